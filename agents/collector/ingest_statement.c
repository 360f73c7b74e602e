// SPDX-License-Identifier: Apache-2.0
//
// What a sender says about its own stream against what the log shows (P8). The
// consignment that carries the statement is already part of the chain.
#include "agents/collector/ingest_parts.h"

#include <string.h>

// Which item of which consignment speaks about which stream.
struct statement {
    struct evx_intake *in;
    const struct evx_intake_step *step;
    uint32_t number;
    const struct evx_store_stream *stream; // the sender's own, or NULL
    struct evx_stream_id id;
};

static enum evx_status remark(const struct statement *st, enum evx_status code, uint64_t said, uint64_t seen,
                              const char *text)
{
    struct evx_store_note note = {.index = st->step->c->index,
                                  .number = st->number,
                                  .code = code,
                                  .stream = st->id,
                                  .said = said,
                                  .seen = seen};
    memcpy(note.text, text, strnlen(text, sizeof note.text - 1));
    return evx_intake_note(st->in, &note);
}

static struct statement begin(struct evx_intake *in, const struct evx_intake_step *step,
                              const ProtobufCBinaryData *id, uint32_t number)
{
    struct statement st = {.in = in, .step = step, .number = number};
    memcpy(st.id.b, id->data, sizeof st.id.b);
    const struct evx_store_stream *found = evx_intake_find_stream(in, &st.id);
    if (found && strcmp(found->sender, step->c->sender) == 0) st.stream = found;
    return st;
}

static uint64_t seen_of(const struct statement *st) { return st->stream ? st->stream->head.sequence : 0; }

// The consignment under way is not in the store yet.
static enum evx_status sent_at(const struct statement *st, uint64_t sequence, struct evx_store_sent *out)
{
    const struct evx_store_consignment *c = st->step->c;
    if (c->chained && sequence == c->sequence && memcmp(st->id.b, c->stream.b, sizeof st->id.b) == 0) {
        *out = (struct evx_store_sent){c->id, c->index, c->claimed};
        return EVX_OK;
    }
    enum evx_status s = st->in->world.sent(st->in->world.user, &st->id, sequence, out);
    return s == EVX_E_NOT_FOUND ? EVX_E_STORE_DAMAGED : s;
}

enum evx_status evx_intake_heartbeat(struct evx_intake *in, const struct evx_intake_step *step,
                                     const Evx__V1__Heartbeat *m, uint32_t number)
{
    struct statement st = begin(in, step, &m->stream, number);
    uint64_t seen = seen_of(&st);
    if (!m->sequence) return EVX_OK;
    if (m->sequence > seen)
        return remark(&st, EVX_E_GAP, m->sequence, seen, "sent by its own word, but not in the log");
    struct evx_store_sent sent;
    enum evx_status s = sent_at(&st, m->sequence, &sent);
    if (s || memcmp(sent.id.b, m->last.data, sizeof sent.id.b) == 0) return s;
    return remark(&st, EVX_E_CHAIN, m->sequence, seen, "the log has another consignment there");
}

// Root over the ids and the number of items of first..last.
static enum evx_status sum_up(const struct statement *st, const Evx__V1__CompletenessStatement *m,
                              struct evx_digest *root, uint64_t *items)
{
    struct evx_frontier frontier = {0};
    *items = 0;
    for (uint64_t sequence = m->first; sequence <= m->last; sequence++) {
        struct evx_store_sent sent;
        enum evx_status s = sent_at(st, sequence, &sent);
        if (s) return s;
        struct evx_digest leaf;
        evx_log_leaf(&leaf, evx_bytes(sent.id.b, sizeof sent.id.b));
        evx_frontier_append(&frontier, &leaf, NULL, NULL);
        *items += sent.claimed;
    }
    evx_frontier_root(root, &frontier);
    return EVX_OK;
}

static enum evx_status compare(const struct statement *st, const Evx__V1__CompletenessStatement *m)
{
    struct evx_digest root;
    uint64_t items;
    enum evx_status s = sum_up(st, m, &root, &items);
    if (s) return s;
    if (memcmp(root.b, m->root.data, sizeof root.b) != 0)
        return remark(st, EVX_E_CHAIN, m->last, seen_of(st), "completeness: the log has other consignments");
    if (items != m->items)
        return remark(st, EVX_E_CHAIN, m->items, items, "completeness: the log has another number of items");
    return EVX_OK;
}

enum evx_status evx_intake_statement(struct evx_intake *in, const struct evx_intake_step *step,
                                     const Evx__V1__CompletenessStatement *m, uint32_t number)
{
    struct statement st = begin(in, step, &m->stream, number);
    uint64_t seen = seen_of(&st);
    if (m->last > seen)
        return remark(&st, EVX_E_GAP, m->last, seen,
                      "completeness: sent by its own word, but not in the log");
    if (!st.stream || m->last < m->first) return EVX_OK;
    if (in->roots++ >= EVX_INTAKE_ROOTS)
        return remark(&st, EVX_E_BUSY, m->last, seen,
                      "completeness: not compared, one statement a consignment");
    return compare(&st, m);
}
