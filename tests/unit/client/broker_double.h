// SPDX-License-Identifier: Apache-2.0
//
// A broker in memory for the courier's tests: a log of a few entries, its checkpoints,
// proofs, receipts and refusals, signed with the fixture's keys. And a port that writes
// down everything the courier asks for.
#ifndef EVX_TESTS_UNIT_CLIENT_BROKER_DOUBLE_H
#define EVX_TESTS_UNIT_CLIENT_BROKER_DOUBLE_H

#include "agents/client/courier.h"
#include "tests/testlib/fixture.h"

#define DOUBLE_LOG 64
// The log's entry 0 is the directory's. The functions here take indexes and sizes counted from the entry
// behind it and the double keeps them so; only its arrays count from the log's beginning.
#define DOUBLE_FIRST  1
#define DOUBLE_SENT   256
#define DOUBLE_POLICE "northam-police"
#define DOUBLE_CARE   "inspectorate-care"

struct sent {
    Evx__V1__Frame *frame;
    struct evx_digest body; // id of the consignment that went with it, zero if none
};

struct double_log {
    struct evx_frontier frontier;
    struct evx_digest root[DOUBLE_LOG + 1]; // by size
    struct evx_digest node[8][DOUBLE_LOG];
    struct evx_buf entry[DOUBLE_LOG];
    struct evx_buf body[DOUBLE_LOG];
    uint64_t received_ms[DOUBLE_LOG];
};

struct broker_double {
    struct evx_fixture *fixture;
    struct evx_courier *courier;
    struct evx_opener *opener;
    struct evx_fingerprint own[1];
    uint64_t now;
    const struct evx_directory *begun_with;   // NULL: the fixture's
    const struct evx_directory *sealed_under; // NULL: the fixture's
    const struct evx_dir_key *sealed_to;      // NULL: the fixture's
    struct evx_inspection_id sealed_for;      // by double_log_items(), else the fixture's
    struct double_log log;

    struct sent sent[DOUBLE_SENT];
    size_t sent_n;
    struct evx_outbox_stream stream;
    struct evx_digest id[DOUBLE_LOG]; // by sequence
    struct evx_buf whole[DOUBLE_LOG]; // by sequence

    // What the courier asked to be made durable.
    unsigned accepted, refused, refused_final, renewed, directories, seen, forked, verdicts, cursors;
    enum evx_status refused_code;
    struct evx_outbox_verdict verdict;
    enum evx_status verdict_answer;
    unsigned letters, letter_items;
    struct evx_inbox_item letter_item[8];
    unsigned equivocations;
    struct evx_outbox *inbox; // letters go there too, if it is set
    uint64_t seen_size, cursor;
    unsigned adopted, adoptions; // port calls; entries handed over
    bool directory_sent;
    uint64_t adopted_index, adopted_version, directory_version;
    bool renew_known;
    unsigned entries, checkpoints;
    struct evx_fetched entry; // the last one, pointers no longer valid
    bool entry_had_body;
};

// What a test adds to the setup before the courier is made, NULL for nothing.
extern void (*double_adjust)(struct broker_double *b, struct evx_courier_setup *setup);
// Set before double_open(): its port takes proofs of equivocation.
extern bool double_takes_equivocations;
// A courier of `org`, greeted and with its stream checked, nothing queued.
void double_open(struct broker_double *b, const char *org);
// The same log again, and a new courier that has not greeted yet.
void double_restart(struct broker_double *b, const char *org);
void double_close(struct broker_double *b);
void double_greet(struct broker_double *b, uint64_t credit_bytes, uint64_t directory_version);

// Seals the next consignment of the stream and offers it.
void double_offer(struct broker_double *b, size_t items);
// Appends a directory's entry to the log; its index. The fixture's stands at 0 from the beginning.
uint64_t double_log_directory(struct broker_double *b, const struct evx_directory *d);
uint64_t double_log_adoption(struct broker_double *b, uint64_t version, const struct evx_digest *hash);
// The log's entry 0 alone, whatever it is, under the tree of `size` entries.
enum evx_status double_send_first(struct broker_double *b, uint64_t size);
// An item from the police to care, sealed under another directory than the one in use, logged.
void double_seal_under(struct broker_double *b, const struct evx_directory *d);
// Another directory than the fixture's in use from the beginning; the log keeps its own.
void double_begin_with(struct broker_double *b, const struct evx_directory *d);
void double_rewrite(struct broker_double *b); // the log begins again, behind its directory
// Appends consignment `sequence` of the stream (or any bytes) to the log; its index.
uint64_t double_log_sequence(struct broker_double *b, uint64_t sequence);
uint64_t double_log_bytes(struct broker_double *b, struct evx_bytes whole);
// Seals items from one organisation to another and logs it.
uint64_t double_log_item(struct broker_double *b, const char *from, const char *to, const Evx__V1__Item *item,
                         uint64_t sequence);

// The same with several items in one consignment, at most 8; their ids.
uint64_t double_log_items(struct broker_double *b, const char *from, const char *to,
                          const Evx__V1__Item *const *item, size_t items, uint64_t sequence,
                          struct evx_item_id *ids);

void double_checkpoint(struct evx_buf *note, struct broker_double *b, uint64_t size, const char *signer);
void double_receipt(struct evx_receipt *r, struct broker_double *b, uint64_t sequence, uint64_t index,
                    uint64_t size);
enum evx_status double_send(struct broker_double *b, Evx__V1__Frame *f, struct evx_bytes body);
enum evx_status double_send_receipt(struct broker_double *b, const struct evx_receipt *r);
enum evx_status double_refuse(struct broker_double *b, uint64_t sequence, enum evx_status code,
                              uint64_t expected);
enum evx_status double_send_consistency(struct broker_double *b, uint64_t from, uint64_t to);
enum evx_status double_send_entry(struct broker_double *b, uint64_t index, uint64_t size, bool with_path);
enum evx_status double_send_end(struct broker_double *b, uint64_t next, uint64_t size);

// How many frames of a kind were sent since the last double_forget().
size_t double_count(const struct broker_double *b, Evx__V1__Frame__BodyCase kind);
const struct sent *double_last(const struct broker_double *b, Evx__V1__Frame__BodyCase kind);
void double_forget(struct broker_double *b);

#endif
