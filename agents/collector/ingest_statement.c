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
        *out = (struct evx_store_sent){c->id, c->index, c->claimed, 0};
        return EVX_OK;
    }
    enum evx_status s = st->in->world.sent(st->in->world.user, &st->id, sequence, out);
    return s == EVX_E_NOT_FOUND ? EVX_E_STORE_DAMAGED : s;
}

static enum evx_status compare_beat(const struct statement *st, const Evx__V1__Heartbeat *m,
                                    enum evx_status *code)
{
    if (m->sequence > seen_of(st)) *code = EVX_E_GAP;
    if (*code || !m->sequence) return EVX_OK;
    struct evx_store_sent sent;
    enum evx_status s = sent_at(st, m->sequence, &sent);
    if (!s && memcmp(sent.id.b, m->last.data, sizeof sent.id.b) != 0) *code = EVX_E_CHAIN;
    return s;
}

static void keep_beat(const struct statement *st, const Evx__V1__Heartbeat *m, enum evx_status code)
{
    const struct evx_store_consignment *c = st->step->c;
    if (!c->chained) return;
    struct evx_store_beat *b = &st->in->beat;
    *b = (struct evx_store_beat){.carrier = c->stream,
                                 .index = c->index,
                                 .received_ms = c->received_ms,
                                 .about = st->id,
                                 .said = m->sequence,
                                 .seen = seen_of(st),
                                 .code = code};
    memcpy(b->sender, c->sender, sizeof b->sender);
    st->in->beats = true;
}

enum evx_status evx_intake_heartbeat(struct evx_intake *in, const struct evx_intake_step *step,
                                     const Evx__V1__Heartbeat *m, uint32_t number)
{
    struct statement st = begin(in, step, &m->stream, number);
    enum evx_status code = EVX_OK, s = compare_beat(&st, m, &code);
    if (s) return s;
    keep_beat(&st, m, code);
    if (code == EVX_E_GAP)
        return remark(&st, code, m->sequence, seen_of(&st), "sent by its own word, but not in the log");
    return code ? remark(&st, code, m->sequence, seen_of(&st), "the log has another consignment there")
                : EVX_OK;
}

static struct evx_store_statement stated(const struct statement *st, const Evx__V1__CompletenessStatement *m,
                                         const struct evx_item_id *id)
{
    const struct evx_store_consignment *c = st->step->c;
    struct evx_store_statement out = {.ref = {c->index, st->number},
                                      .id = *id,
                                      .received_ms = c->received_ms,
                                      .stream = st->id,
                                      .first = m->first,
                                      .last = m->last,
                                      .items = m->items,
                                      .final = m->final,
                                      .seen = seen_of(st),
                                      .owed = st->step->sender->role != EVX_ROLE_INSPECTORATE};
    memcpy(out.sender, c->sender, sizeof out.sender);
    memcpy(out.root.b, m->root.data, sizeof out.root.b);
    evx_log_empty(&out.found_root);
    return out;
}

static const char *difference(const struct evx_store_statement *x)
{
    if (x->code == EVX_E_GAP) return "completeness: sent by its own word, but not in the log";
    if (x->code == EVX_E_STATEMENT_RANGE) return "completeness: not compared, the range is too long";
    if (memcmp(x->found_root.b, x->root.b, sizeof x->root.b) != 0)
        return "completeness: the log has other consignments";
    return "completeness: the log has another number of items";
}

static enum evx_status compare(const struct statement *st, struct evx_store_statement *x)
{
    // What was not found is a gap whatever else there is; what is there is still summed up.
    static const struct evx_store_stream nothing;
    const struct evx_store_stream *stream = st->stream ? st->stream : &nothing;
    uint64_t last = x->last < x->seen ? x->last : x->seen;
    struct evx_intake_tally tally = {.items = 0};
    enum evx_status s = evx_intake_tally(st->in, stream, x->first, last, &tally);
    if (s && s != EVX_E_STATEMENT_RANGE) return s;
    if (!s) x->found_root = tally.root;
    x->found_items = tally.items;
    x->found_rejected = tally.rejected;
    bool same = memcmp(tally.root.b, x->root.b, sizeof x->root.b) == 0 && tally.items == x->items;
    x->code = x->last > x->seen ? EVX_E_GAP : s ? s : same ? EVX_OK : EVX_E_CHAIN;
    return EVX_OK;
}

enum evx_status evx_intake_statement(struct evx_intake *in, const struct evx_intake_step *step,
                                     const Evx__V1__CompletenessStatement *m, uint32_t number,
                                     const struct evx_item_id *id)
{
    struct statement st = begin(in, step, &m->stream, number);
    if (in->roots >= EVX_INTAKE_ROOTS)
        return remark(&st, EVX_E_BUSY, m->last, seen_of(&st),
                      "completeness: not compared, one statement a consignment");
    struct evx_store_statement x = stated(&st, m, id);
    enum evx_status s = compare(&st, &x);
    if (s) return s;
    in->statement = x;
    in->roots++;
    return x.code ? remark(&st, x.code, x.last, x.seen, difference(&x)) : EVX_OK;
}
