// SPDX-License-Identifier: Apache-2.0
//
// What the collector makes of one fetched entry: a pure step from (state, entry)
// to rows, verdicts and remarks. No socket, no file, no clock. The entry's proofs,
// signature and rights were checked by whoever fetched it (evx_fetched.fault);
// here follow, in this order: place in the log, sender, inspection, sender's
// chain (P7), key wrap, and per item: id, key commitment, ciphertext, padding,
// strict content, content rules. Nothing is dropped: whatever is refused becomes
// a row with its code.
#ifndef EVX_AGENTS_COLLECTOR_INGEST_H
#define EVX_AGENTS_COLLECTOR_INGEST_H

#include "agents/client/agent.h"
#include "agents/collector/claims.h"

// What the step may ask about what is stored already. Both answer NOT_FOUND.
struct evx_intake_world {
    const char *organisation; // ours; borrowed, like all here
    struct evx_inspection_id inspection;
    struct evx_opener *opener;
    const struct evx_store_key *master; // item keys are re-wrapped under it
    enum evx_status (*find)(void *user, const struct evx_item_id *id, struct evx_store_row *out);
    enum evx_status (*sent)(void *user, const struct evx_stream_id *stream, uint64_t sequence,
                            struct evx_store_sent *out);
    void *user;
};

struct evx_intake;
// `next` is the log index that comes next. The world is copied.
EVX_MUST_CHECK enum evx_status evx_intake_new(struct evx_intake **out, const struct evx_intake_world *world,
                                              uint64_t next);
void evx_intake_destroy(struct evx_intake **in);
// A stream as it was stored; all of them, before the first step.
EVX_MUST_CHECK enum evx_status evx_intake_stream(struct evx_intake *in,
                                                 const struct evx_store_stream *stream);
uint64_t evx_intake_next(const struct evx_intake *in);

// To be stored in one transaction. Everything is valid until the next step.
struct evx_intake_result {
    bool known; // below `next`: stored already, nothing to do
    struct evx_store_consignment consignment;
    const struct evx_store_item *item;
    size_t items;
    bool stream_changed;
    struct evx_store_stream stream;
    const struct evx_store_note *note;
    size_t notes;
    const struct evx_store_part *part;
    size_t parts;
    const struct evx_store_statement *statement; // NULL: none to be kept
    const struct evx_store_beat *beat;           // the same
};
// A verdict on the entry is never an error. Errors are ours or the log's:
// PROTOCOL (an index was skipped), MEMORY, STORE_DAMAGED … ; the state must then
// be thrown away and built again from the store.
EVX_MUST_CHECK enum evx_status evx_intake_take(struct evx_intake *in, const struct evx_directory *directory,
                                               const struct evx_fetched *f, struct evx_intake_result *out);

#endif
