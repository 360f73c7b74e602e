// SPDX-License-Identifier: Apache-2.0
//
// The courier's own state, and what its files share.
#ifndef EVX_AGENTS_CLIENT_COURIER_STATE_H
#define EVX_AGENTS_CLIENT_COURIER_STATE_H

#include "agents/client/courier.h"

enum courier_state { COURIER_OFFLINE, COURIER_GREETING, COURIER_READY };

// A consignment that waits to be sent or for its receipt.
struct flight {
    struct evx_parcel *parcel;
    bool sent;
    unsigned attempts;
    uint64_t sent_ms;
    uint64_t not_before_ms;
};

struct flights {
    struct flight *at; // in order of number
    size_t n, cap;
    size_t bytes;      // of all
    size_t sent_bytes; // of those without a receipt yet
};

// A checkpoint that was signed by the log's key but not yet proved consistent.
struct sighting {
    struct evx_checkpoint checkpoint;
    struct evx_buf note;
};
#define COURIER_SIGHTINGS 256
struct sights {
    bool any;
    struct sighting last;
    struct sighting waiting[COURIER_SIGHTINGS]; // ascending size
    size_t n;
    bool asked;
    uint64_t asked_ms;
};

enum fetch_mode { FETCH_ACKNOWLEDGEMENTS, FETCH_LOG };
struct held_entry { // an agency's entry, until FetchEnd brings the checkpoint for it
    uint64_t index;
    struct evx_buf log_entry;
    struct evx_buf body;
    struct evx_proof path;
};
struct fetch {
    enum fetch_mode mode;
    bool outstanding; // a Fetch without its FetchEnd yet
    bool wanted;      // More was said, or nothing asked yet
    bool caught_up;
    uint64_t asked_ms, not_before_ms;
    uint64_t from;    // of the request that is out
    uint64_t next;    // next index
    uint64_t settled; // FETCH_LOG: the index up to which checkpoint() was called
    uint64_t max_bytes;
    struct evx_frontier frontier; // FETCH_LOG
    uint64_t taken_bytes;
    struct held_entry *held; // FETCH_ACKNOWLEDGEMENTS
    size_t held_n, held_cap;
    // A FetchEnd that waits for its proofs.
    bool ending;
    struct sighting end;
    uint64_t end_next;
    bool tail_asked; // entries stop before the checkpoint: that they are its prefix is asked for
    bool tail_proved;
    struct evx_digest tail_root;
};

struct evx_courier {
    struct evx_courier_port port;
    struct evx_inspection_id inspection;
    const char *organisation;
    const char *program;
    struct evx_directory *directory;
    struct evx_vkey log;
    struct evx_opener *opener;
    const struct evx_fingerprint *own;
    size_t own_n;

    enum courier_state state;
    uint64_t greeted_ms;
    uint64_t credit_bytes;
    uint64_t pause_until_ms;
    enum evx_status halted, fault;

    struct evx_outbox_stream stream;
    bool has_stream, stream_checked, stream_asked;
    bool directory_asked;
    uint64_t directory_newest; // what the broker says it has
    uint64_t highest_version;  // sealed under, seen in the log

    struct flights flights;
    struct sights sights;
    struct fetch fetch;
    struct evx_buf scratch;
};

// Packs and sends.
EVX_MUST_CHECK enum evx_status evx_courier_send(struct evx_courier *c, Evx__V1__Frame *frame,
                                                struct evx_parcel *body);
void evx_courier_halt(struct evx_courier *c, enum evx_status why);
// Logs that something was not believed and goes on.
enum evx_status evx_courier_disbelieve(struct evx_courier *c, const char *what, enum evx_status why);
// Milliseconds to wait before attempt number `attempts`, with jitter.
uint64_t evx_courier_backoff(struct evx_courier *c, unsigned attempts);
bool evx_courier_is_ours(const struct evx_courier *c, const ProtobufCBinaryData *inspection);
EVX_MUST_CHECK enum evx_status evx_courier_use_directory(struct evx_courier *c, struct evx_directory *d);

// courier_submit.c
EVX_MUST_CHECK enum evx_status evx_courier_send_due(struct evx_courier *c, uint64_t now_ms);
EVX_MUST_CHECK enum evx_status evx_courier_submit(struct evx_courier *c, struct evx_parcel *p);
struct flight *evx_courier_flight(struct evx_courier *c, const uint8_t id[32]);
void evx_courier_land(struct evx_courier *c, struct flight *f); // forget it
void evx_courier_ground_all(struct evx_courier *c);             // connection lost: all to be sent again
void evx_courier_rewind(struct evx_courier *c, uint64_t sequence, uint64_t not_before_ms);
void evx_courier_drop_stream(struct evx_courier *c, const struct evx_stream_id *stream);
void evx_courier_flights_free(struct evx_courier *c);

// courier_stream.c
EVX_MUST_CHECK enum evx_status evx_courier_ask_stream(struct evx_courier *c);
EVX_MUST_CHECK enum evx_status evx_courier_renew(struct evx_courier *c, const struct evx_digest *known);
EVX_MUST_CHECK enum evx_status evx_courier_ask_directory(struct evx_courier *c);

// courier_sight.c
EVX_MUST_CHECK enum evx_status evx_courier_see(struct evx_courier *c, const struct evx_checkpoint *checkpoint,
                                               struct evx_bytes note);
EVX_MUST_CHECK enum evx_status evx_courier_ask_consistency(struct evx_courier *c, uint64_t now_ms);
bool evx_courier_sights_settled(const struct evx_courier *c);
EVX_MUST_CHECK enum evx_status evx_courier_fork(struct evx_courier *c, struct evx_bytes note,
                                                struct evx_bytes other);
void evx_courier_sights_free(struct evx_courier *c);

// courier_verify.c
struct verified_entry {
    uint64_t received_ms;
    const char *sender;
    const struct evx_dir_key *key;
    struct evx_consignment consignment; // header NULL when there is no body
    bool ours;                          // addressed to one of our keys
    enum evx_status fault;
};
// OK with `fault` set when the sender is to blame; STORE_DAMAGED and the like when the
// broker is. Close v->consignment afterwards.
EVX_MUST_CHECK enum evx_status evx_courier_verify_entry(struct evx_courier *c, struct verified_entry *v,
                                                        uint64_t index, struct evx_bytes log_entry,
                                                        struct evx_bytes body, bool expired);

// courier_fetch.c and its two modes
EVX_MUST_CHECK enum evx_status evx_courier_fetch_due(struct evx_courier *c, uint64_t now_ms);
EVX_MUST_CHECK enum evx_status evx_courier_fetch_finish(struct evx_courier *c, uint64_t now_ms);
void evx_courier_fetch_abandon(struct evx_courier *c);
EVX_MUST_CHECK enum evx_status evx_courier_log_entry(struct evx_courier *c, const Evx__V1__Entry *m,
                                                     struct evx_bytes body);
EVX_MUST_CHECK enum evx_status evx_courier_hold_entry(struct evx_courier *c, const Evx__V1__Entry *m,
                                                      struct evx_bytes body);
// Takes the verdicts out of the held entries; *held_back: one of them came before the receipt it answers.
EVX_MUST_CHECK enum evx_status
evx_courier_take_held(struct evx_courier *c, const struct evx_checkpoint *checkpoint, bool *held_back);
void evx_courier_release_held(struct evx_courier *c);

// one handler a message
enum evx_status evx_courier_on_welcome(struct evx_courier *c, const Evx__V1__Frame *f, struct evx_bytes body,
                                       uint64_t now);
enum evx_status evx_courier_on_receipt(struct evx_courier *c, const Evx__V1__Frame *f, struct evx_bytes body,
                                       uint64_t now);
enum evx_status evx_courier_on_rejection(struct evx_courier *c, const Evx__V1__Frame *f,
                                         struct evx_bytes body, uint64_t now);
enum evx_status evx_courier_on_entry(struct evx_courier *c, const Evx__V1__Frame *f, struct evx_bytes body,
                                     uint64_t now);
enum evx_status evx_courier_on_fetch_end(struct evx_courier *c, const Evx__V1__Frame *f,
                                         struct evx_bytes body, uint64_t now);
enum evx_status evx_courier_on_more(struct evx_courier *c, const Evx__V1__Frame *f, struct evx_bytes body,
                                    uint64_t now);
enum evx_status evx_courier_on_directory(struct evx_courier *c, const Evx__V1__Frame *f,
                                         struct evx_bytes body, uint64_t now);
enum evx_status evx_courier_on_consistency(struct evx_courier *c, const Evx__V1__Frame *f,
                                           struct evx_bytes body, uint64_t now);
enum evx_status evx_courier_on_stream_head(struct evx_courier *c, const Evx__V1__Frame *f,
                                           struct evx_bytes body, uint64_t now);

#endif
