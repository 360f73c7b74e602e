// SPDX-License-Identifier: Apache-2.0
//
// A collector's store and ingest core on the made-up exchange, and entries to feed
// them with, without any network. Every function ends the test when its own means fail.
#ifndef EVX_TESTS_UNIT_COLLECTOR_RIG_H
#define EVX_TESTS_UNIT_COLLECTOR_RIG_H

#include "agents/collector/audit.h"
#include "agents/collector/ingest.h"
#include "tests/testlib/fixture.h"

#define RIG_OWN    "inspectorate-care" // whose collector it is
#define RIG_POLICE "northam-police"
#define RIG_SCHOOL "eastcliff-school"

struct rig {
    struct evx_fixture *fixture;
    struct evx_opener *opener;
    struct evx_store *store;
    struct evx_intake *intake;
    struct evx_frontier frontier;
    char folder[64];
};
void rig_new(struct rig *r);
void rig_free(struct rig *r); // removes the folder
// Closes the store and opens it again; the ingest core starts from what is stored.
void rig_reopen(struct rig *r);
struct evx_store *rig_reader(const struct rig *r, bool with_key); // close it yourself

// A record of reading these items in the folder's audit.db. The audit is opened for it
// and must be closed after the opening.
struct evx_opening *rig_release(struct evx_audit **a, const struct rig *r, struct evx_store *s,
                                const struct evx_store_ref *ref, size_t n);
// Record, open, close: as a program does that opens one item.
enum evx_status rig_open_item(const struct rig *r, struct evx_store *s, struct evx_store_ref ref,
                              Evx__V1__Item **out);
enum evx_status rig_attachment(const struct rig *r, const char *sender, const struct evx_digest *file,
                               size_t limit, struct evx_buf *out);

// What to seal: contents as packed items, or anything at all.
struct rig_parcel {
    const char *sender;
    const char *to; // NULL: all inspectorates
    struct evx_chain_link link;
    const struct evx_bytes *content;
    size_t items;
    const struct evx_item_id *ids; // NULL: random
    uint32_t flags;
    const struct evx_inspection_id *inspection; // NULL: the fixture's
};
struct rig_sealed {
    struct evx_buf body, log_entry;
    struct evx_digest id;
    struct evx_consignment consignment; // borrows from body
    struct evx_item_id item_id[EVX_LIMIT_ITEMS];
    const char *sender;
    const struct evx_dir_key *key;
};
void rig_seal(struct rig_sealed *out, const struct rig *r, const struct rig_parcel *p);
void rig_sealed_free(struct rig_sealed *s);
// One evidence item (or `n` of them) from a sender as the next of its stream.
void rig_evidence(struct rig_sealed *out, const struct rig *r, const char *sender,
                  const struct evx_chain_link *link, size_t n);
struct evx_chain_link rig_first(uint8_t stream);
struct evx_chain_link rig_after(const struct evx_chain_link *link, const struct evx_digest *id);

struct evx_fetched rig_fetched(const struct rig *r, const struct rig_sealed *s); // at the next index
// Through the core; the result stays valid until the next take.
struct evx_intake_result rig_take(struct rig *r, const struct evx_fetched *f);
// Through the core and into the store, in one committed transaction.
struct evx_intake_result rig_store(struct rig *r, const struct evx_fetched *f);
// The same without commit, for transactions of more than one.
void rig_put(struct rig *r, const struct evx_fetched *f, const struct evx_intake_result *result);

// Packed items.
struct rig_items {
    struct evx_buf buf[16];
    struct evx_bytes content[16];
    size_t n;
};
void rig_add(struct rig_items *items, const Evx__V1__Item *item);
void rig_add_raw(struct rig_items *items, const void *p, size_t n);
void rig_add_evidence(struct rig_items *items, const struct evx_inspection_id *inspection,
                      const struct evx_item_id *supersedes);
void rig_add_withdrawal(struct rig_items *items, const struct evx_item_id *target);
void rig_add_heartbeat(struct rig_items *items, const struct evx_chain_link *about,
                       const struct evx_digest *last);
void rig_items_free(struct rig_items *items);

#endif
