// SPDX-License-Identifier: Apache-2.0
//
// What the files of the ingest core share. For ingest*.c only.
#ifndef EVX_AGENTS_COLLECTOR_INGEST_PARTS_H
#define EVX_AGENTS_COLLECTOR_INGEST_PARTS_H

#include "agents/collector/idmap.h"
#include "agents/collector/ingest.h"

// One heartbeat may follow another, but a statement's root costs a look-up per
// consignment: one root a consignment is compared, the others are remarked.
#define EVX_INTAKE_ROOTS 1
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
// All items of an opened consignment into in->item; sets their codes.
EVX_MUST_CHECK enum evx_status evx_intake_items(struct evx_intake *in, const struct evx_intake_step *step);
// The content rules for one unpacked item; *code is the verdict.
EVX_MUST_CHECK enum evx_status evx_intake_rules(struct evx_intake *in, const struct evx_intake_step *step,
                                                const Evx__V1__Item *item, uint32_t number,
                                                enum evx_status *code);
// Heartbeat and completeness statement against the chain; remarks only.
EVX_MUST_CHECK enum evx_status evx_intake_heartbeat(struct evx_intake *in, const struct evx_intake_step *step,
                                                    const Evx__V1__Heartbeat *m, uint32_t number);
EVX_MUST_CHECK enum evx_status evx_intake_statement(struct evx_intake *in, const struct evx_intake_step *step,
                                                    const Evx__V1__CompletenessStatement *m, uint32_t number);

// Our own trouble, as opposed to a verdict on what somebody sent.
static inline bool evx_intake_trouble(enum evx_status s)
{
    if (!s) return false;
    enum evx_class class = evx_error_info(s)->class;
    return class == EVX_CLASS_LOCAL || class == EVX_CLASS_BUG;
}

#endif
