// SPDX-License-Identifier: Apache-2.0
//
// What senders say about their own streams, and what the log says to it (P8): the last
// heartbeat of each stream, every completeness statement with the verdict on it, and
// proofs that a sender signed two contents under one sequence number. Sealed records of
// the store, without anything personal: no item has to be opened to read them.
#ifndef EVX_AGENTS_COLLECTOR_CLAIMS_H
#define EVX_AGENTS_COLLECTOR_CLAIMS_H

#include "agents/collector/store.h"

// The newest heartbeat that came in a stream.
struct evx_store_beat {
    struct evx_stream_id carrier; // the stream it came in
    char sender[EVX_ORG_ID_BYTES];
    uint64_t index, received_ms; // of its consignment
    struct evx_stream_id about;  // the stream it speaks of
    uint64_t said;               // last sequence sent, by its own word
    uint64_t seen;               // last one in the log at that place
    enum evx_status code;        // GAP: a tail is missing; CHAIN: another consignment stands there
};
EVX_MUST_CHECK enum evx_status evx_store_put_beat(struct evx_store *s, const struct evx_store_beat *beat);
typedef enum evx_status (*evx_store_beat_visit)(void *user, const struct evx_store_beat *beat);
EVX_MUST_CHECK enum evx_status evx_store_beats(struct evx_store *s, evx_store_beat_visit visit, void *user);

// A completeness statement. It is compared at its own place in the log: everything it
// names must stand before it.
struct evx_store_statement {
    struct evx_store_ref ref;
    struct evx_item_id id;
    uint64_t received_ms;
    char sender[EVX_ORG_ID_BYTES];
    struct evx_stream_id stream;
    uint64_t first, last; // last = first - 1: nothing was sent
    struct evx_digest root;
    uint64_t items;
    bool final;
    // the verdict
    enum evx_status code; // OK; GAP: `seen` < `last`; CHAIN: root or items differ; STATEMENT_RANGE
    uint64_t seen;        // last sequence of the stream in the log at that place
    struct evx_digest found_root;
    uint64_t found_items, found_rejected;
    bool owed; // the confirmation is still to be queued
};
// Replaces the one with the same ref.
EVX_MUST_CHECK enum evx_status evx_store_put_statement(struct evx_store *s,
                                                       const struct evx_store_statement *statement);
typedef enum evx_status (*evx_store_statement_visit)(void *user, const struct evx_store_statement *st);
// Those with an index >= from, in the order of the log.
EVX_MUST_CHECK enum evx_status evx_store_statements(struct evx_store *s, uint64_t from_index,
                                                    evx_store_statement_visit visit, void *user);

// Two consignments that one organisation signed under one sequence number of one
// stream: each as `header || signature (64)`, which anyone can check.
struct evx_store_equivocation {
    struct evx_stream_id stream;
    uint64_t sequence;
    char sender[EVX_ORG_ID_BYTES];
    struct evx_digest first_id, second_id;
    uint64_t number;                // the broker's, 0 when the log itself showed it
    struct evx_bytes first, second; // borrowed
};
// The same two once more change nothing.
EVX_MUST_CHECK enum evx_status evx_store_put_equivocation(struct evx_store *s,
                                                          const struct evx_store_equivocation *e);
typedef enum evx_status (*evx_store_equivocation_visit)(void *user, const struct evx_store_equivocation *e);
EVX_MUST_CHECK enum evx_status evx_store_equivocations(struct evx_store *s,
                                                       evx_store_equivocation_visit visit, void *user);

#endif
