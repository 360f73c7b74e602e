// SPDX-License-Identifier: Apache-2.0
//
// A running root over the ids of each stream, so that comparing a statement costs the
// same for ten consignments and for a million.
#include <string.h>

#include "agents/collector/ingest_parts.h"

static void add_id(struct evx_frontier *f, const struct evx_digest *id)
{
    struct evx_digest leaf;
    evx_log_leaf(&leaf, evx_bytes(id->b, sizeof id->b));
    evx_frontier_append(f, &leaf, NULL, NULL);
}

void evx_intake_tally_next(struct evx_store_stream *stream, uint32_t claimed)
{
    if (stream->head.sequence) {
        add_id(&stream->before, &stream->head.last);
        stream->items += stream->last_items;
        stream->rejected += stream->last_rejected;
    }
    stream->last_items = claimed;
    stream->last_rejected = 0;
}

void evx_intake_tally_close(struct evx_intake *in, const struct evx_intake_step *step,
                            struct evx_intake_result *out)
{
    const struct evx_store_consignment *c = step->c;
    struct evx_store_stream *stream = c->chained ? evx_intake_find_stream(in, &c->stream) : NULL;
    if (!stream || !c->addressed) return;
    uint64_t accepted = 0;
    for (size_t i = 0; i < in->items; i++)
        accepted += in->item[i].code == EVX_OK;
    stream->last_rejected = c->claimed - accepted;
    out->stream = *stream;
}

static bool whole(const struct evx_store_stream *s, uint64_t last)
{
    return s->head.sequence == last && s->before.size + 1 == last;
}

// One look-up for each, for ranges that nobody keeps a running root of.
static enum evx_status add_up(struct evx_intake *in, const struct evx_store_stream *s, uint64_t first,
                              uint64_t last, struct evx_intake_tally *out)
{
    struct evx_frontier f = {0};
    if (last - first >= EVX_INTAKE_RANGE) return EVX_E_STATEMENT_RANGE;
    for (uint64_t sequence = first; sequence <= last; sequence++) {
        struct evx_store_sent sent = {0};
        enum evx_status status = in->world.sent(in->world.user, &s->id, sequence, &sent);
        if (status) return status == EVX_E_NOT_FOUND ? EVX_E_STORE_DAMAGED : status;
        add_id(&f, &sent.id);
        out->items += sent.claimed;
        out->rejected += sent.rejected;
    }
    evx_frontier_root(&out->root, &f);
    return EVX_OK;
}

enum evx_status evx_intake_tally(struct evx_intake *in, const struct evx_store_stream *s, uint64_t first,
                                 uint64_t last, struct evx_intake_tally *out)
{
    *out = (struct evx_intake_tally){.items = 0};
    if (last < first) {
        evx_log_empty(&out->root);
        return EVX_OK;
    }
    bool all_before = first == 1 && s->before.size == last;
    if (!all_before && !(first == 1 && whole(s, last))) return add_up(in, s, first, last, out);
    struct evx_frontier f = s->before;
    out->items = s->items;
    out->rejected = s->rejected;
    if (!all_before) {
        add_id(&f, &s->head.last);
        out->items += s->last_items;
        out->rejected += s->last_rejected;
    }
    evx_frontier_root(&out->root, &f);
    return EVX_OK;
}
