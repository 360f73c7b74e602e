// SPDX-License-Identifier: Apache-2.0
//
// What the files of the ingest core share. For ingest*.c only.
#ifndef EVX_AGENTS_COLLECTOR_INGEST_PARTS_H
#define EVX_AGENTS_COLLECTOR_INGEST_PARTS_H

#include "agents/collector/idmap.h"
#include "agents/collector/ingest.h"

// One statement a consignment is compared and confirmed; others in it are remarked.
#define EVX_INTAKE_ROOTS 1
// Consignments that a statement may cover which is not about all of a stream up to its
// own place: each of them costs a look-up then.
#define EVX_INTAKE_RANGE 4096
// Slots for the ids of one consignment; at most a quarter is ever taken.
#define EVX_INTAKE_IDS (4 * EVX_LIMIT_ITEMS)

struct evx_intake {
    struct evx_intake_world world;
    char organisation[EVX_ORG_ID_BYTES];
    uint64_t next;
    struct evx_store_stream *stream;
    size_t streams, stream_cap;
    struct evx_idmap stream_of; // stream id -> position + 1
    // the step under way
    struct evx_store_item item[EVX_LIMIT_ITEMS];
    size_t items;
    uint16_t here[EVX_INTAKE_IDS]; // item id -> position + 1, of this consignment only
    struct evx_store_part part[EVX_LIMIT_ITEMS];
    struct evx_store_note *note;
    size_t notes, note_cap;
    size_t parts;
    unsigned roots;
    struct evx_store_statement statement;
    struct evx_store_beat beat;
    bool beats;
    struct evx_buf plain;
};

// What is known about the entry under way.
struct evx_intake_step {
    const struct evx_directory *directory;
    const struct evx_fetched *fetched;
    const Evx__V1__Header *header;    // NULL when it cannot be read
    const struct evx_dir_org *sender; // NULL when the directory does not know it
    struct evx_store_consignment *c;
};

struct evx_store_stream *evx_intake_find_stream(struct evx_intake *in, const struct evx_stream_id *id);
EVX_MUST_CHECK enum evx_status evx_intake_note(struct evx_intake *in, const struct evx_store_note *note);
// The sender's chain: may change c->code, sets c->chained, moves the stream on.
EVX_MUST_CHECK enum evx_status evx_intake_chain(struct evx_intake *in, const struct evx_intake_step *step,
                                                struct evx_intake_result *out);
// The running root of a stream moves on to a further consignment: before the head does.
void evx_intake_tally_next(struct evx_store_stream *stream, uint32_t claimed);
// Counts what was rejected of the consignment under way, after its items.
void evx_intake_tally_close(struct evx_intake *in, const struct evx_intake_step *step,
                            struct evx_intake_result *out);
struct evx_intake_tally {
    struct evx_digest root;
    uint64_t items, rejected;
};
// Over first..last of a stream; last is not above its head. STATEMENT_RANGE, the errors of sent().
EVX_MUST_CHECK enum evx_status evx_intake_tally(struct evx_intake *in, const struct evx_store_stream *s,
                                                uint64_t first, uint64_t last, struct evx_intake_tally *out);
// All items of an opened consignment into in->item; sets their codes.
EVX_MUST_CHECK enum evx_status evx_intake_items(struct evx_intake *in, const struct evx_intake_step *step);
// The content rules for one unpacked item; *code is the verdict.
EVX_MUST_CHECK enum evx_status evx_intake_rules(struct evx_intake *in, const struct evx_intake_step *step,
                                                const Evx__V1__Item *item, uint32_t number,
                                                enum evx_status *code);
// Heartbeat and completeness statement against the chain: what they say and remarks. The
// item is accepted either way.
EVX_MUST_CHECK enum evx_status evx_intake_heartbeat(struct evx_intake *in, const struct evx_intake_step *step,
                                                    const Evx__V1__Heartbeat *m, uint32_t number);
EVX_MUST_CHECK enum evx_status evx_intake_statement(struct evx_intake *in, const struct evx_intake_step *step,
                                                    const Evx__V1__CompletenessStatement *m, uint32_t number,
                                                    const struct evx_item_id *id);

// Our own trouble, as opposed to a verdict on what somebody sent.
static inline bool evx_intake_trouble(enum evx_status s)
{
    if (!s) return false;
    enum evx_class class = evx_error_info(s)->class;
    return class == EVX_CLASS_LOCAL || class == EVX_CLASS_BUG;
}

#endif
