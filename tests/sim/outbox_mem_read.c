// SPDX-License-Identifier: Apache-2.0
//
// agents/client/outbox.h in memory: what reads it.
#include <stdlib.h>
#include <string.h>

#include "tests/sim/outbox_state.h"

static enum evx_status parcel_of(struct evx_parcel **out, const struct evx_outbox *o, unsigned i)
{
    const struct sim_row *r = &o->now.row[i];
    struct evx_buf whole = {0};
    enum evx_status s = evx_buf_append(&whole, r->whole.p, r->whole.n);
    if (!s) s = evx_parcel_new(out, &whole, i + 1, &r->row.stream, r->row.sequence);
    evx_buf_free(&whole);
    return s;
}

enum evx_status evx_outbox_next(struct evx_outbox *o, uint64_t after, struct evx_parcel **out,
                                uint64_t *number)
{
    *out = NULL;
    *number = 0;
    enum evx_status s = sim_touch(o->node);
    if (s) return s;
    for (unsigned i = (unsigned)after; i < o->now.rows; i++) {
        if (o->now.row[i].row.rung != EVX_RUNG_SPOOLED) continue;
        *number = i + 1;
        return parcel_of(out, o, i);
    }
    return EVX_E_NOT_FOUND;
}

static const struct sim_row *row_of(const struct evx_outbox *o, const struct evx_stream_id *stream,
                                    uint64_t sequence)
{
    for (unsigned i = 0; i < o->now.rows; i++)
        if (o->now.row[i].row.sequence == sequence &&
            !memcmp(o->now.row[i].row.stream.b, stream->b, sizeof stream->b))
            return &o->now.row[i];
    return NULL;
}

enum evx_status evx_outbox_at_sequence(struct evx_outbox *o, const struct evx_stream_id *stream,
                                       uint64_t sequence, struct evx_parcel **out)
{
    *out = NULL;
    const struct sim_row *r = row_of(o, stream, sequence);
    if (!r || !r->whole.n || r->row.rung > EVX_RUNG_ACCEPTED) return EVX_E_NOT_FOUND;
    return parcel_of(out, o, (unsigned)(r - o->now.row));
}

enum evx_status evx_outbox_id_at(struct evx_outbox *o, const struct evx_stream_id *stream, uint64_t sequence,
                                 struct evx_digest *id)
{
    const struct sim_row *r = row_of(o, stream, sequence);
    *id = r ? r->row.id : (struct evx_digest){0};
    return r ? EVX_OK : EVX_E_NOT_FOUND;
}

enum evx_status evx_outbox_rows(struct evx_outbox *o, evx_outbox_visit visit, void *user)
{
    enum evx_status s = EVX_OK;
    for (unsigned i = 0; i < o->now.rows && !s; i++)
        s = visit(user, &o->now.row[i].row);
    return s;
}

static const struct sim_row *row_by_id(const struct evx_outbox *o, const struct evx_digest *id)
{
    for (unsigned i = 0; i < o->now.rows; i++)
        if (!memcmp(o->now.row[i].row.id.b, id->b, sizeof id->b)) return &o->now.row[i];
    return NULL;
}

enum evx_status evx_outbox_items(struct evx_outbox *o, const struct evx_digest *id,
                                 enum evx_status (*visit)(void *, const struct evx_outbox_item *), void *user)
{
    const struct sim_row *r = row_by_id(o, id);
    if (!r) return EVX_E_NOT_FOUND;
    enum evx_status s = EVX_OK;
    for (uint32_t i = 0; i < r->row.items && !s; i++) {
        struct evx_outbox_item item = {.id = r->item_id[i]};
        s = visit(user, &item);
    }
    return s;
}

enum evx_status evx_outbox_receipt(struct evx_outbox *o, const struct evx_digest *id,
                                   struct evx_receipt *receipt, struct evx_buf *log_entry)
{
    *receipt = (struct evx_receipt){0};
    evx_buf_clear(log_entry);
    const struct sim_row *r = row_by_id(o, id);
    if (!r || !r->placed) return EVX_E_NOT_FOUND;
    enum evx_status s = evx_tlog_proof_parse(receipt, r->proof);
    receipt->consignment = *id;
    receipt->inspection = sim_inspection()->id;
    receipt->received_ms = r->row.received_ms;
    if (!s) s = evx_buf_append(log_entry, r->log_entry.p, r->log_entry.n);
    if (s) evx_receipt_free(receipt);
    return s;
}

struct evx_outbox_counts evx_outbox_count(const struct evx_outbox *o) { return o->now.counts; }

enum evx_status evx_outbox_get(struct evx_outbox *o, const char *name, struct evx_buf *out)
{
    evx_buf_clear(out);
    for (unsigned i = 0; i < o->now.values; i++)
        if (!strcmp(o->now.value[i].name, name))
            return evx_buf_append(out, o->now.value[i].bytes.p, o->now.value[i].bytes.n);
    return EVX_OK;
}

static bool in_kind(const struct sim_letter *l, uint32_t kind, const struct evx_inbox_row *after,
                    size_t *item)
{
    for (size_t i = 0; i < l->letter.items; i++) {
        const struct evx_inbox_item *at = &l->letter.item[i];
        if (kind && at->kind != kind) continue;
        if (after && l->letter.index == after->index && at->number <= after->number) continue;
        *item = i;
        return true;
    }
    return false;
}

enum evx_status evx_outbox_letter_next(struct evx_outbox *o, uint32_t kind, const struct evx_inbox_row *after,
                                       struct evx_inbox_row *out)
{
    *out = (struct evx_inbox_row){0};
    for (unsigned i = 0; i < o->now.letters; i++) {
        const struct sim_letter *l = &o->now.letter[i];
        size_t item = 0;
        if ((after && l->letter.index < after->index) || !in_kind(l, kind, after, &item)) continue;
        const struct evx_inbox_item *at = &l->letter.item[item];
        *out = (struct evx_inbox_row){.index = l->letter.index,
                                      .number = at->number,
                                      .id = at->id,
                                      .kind = at->kind,
                                      .received_ms = l->letter.received_ms};
        memcpy(out->sender, l->sender, sizeof out->sender);
        return EVX_OK;
    }
    return EVX_E_NOT_FOUND;
}

enum evx_status evx_outbox_letter_bytes(struct evx_outbox *o, uint64_t index, struct evx_buf *whole)
{
    evx_buf_clear(whole);
    for (unsigned i = 0; i < o->now.letters; i++)
        if (o->now.letter[i].letter.index == index)
            return evx_buf_append(whole, o->now.letter[i].letter.whole.p, o->now.letter[i].letter.whole.n);
    return EVX_E_NOT_FOUND;
}

enum evx_status evx_outbox_inbox_state(struct evx_outbox *o, struct evx_inbox_state *out)
{
    *out = (struct evx_inbox_state){.items = o->now.counts.inbox_items, .bytes = o->now.counts.inbox_bytes};
    return EVX_OK;
}

static bool has_proof(const struct evx_outbox *o, const struct evx_digest *id)
{
    char name[72] = "proof/";
    evx_hex(name + 6, id->b, sizeof id->b);
    for (unsigned i = 0; i < o->now.values; i++)
        if (!strcmp(o->now.value[i].name, name)) return true;
    return false;
}

enum evx_status evx_outbox_unproved(struct evx_outbox *o, uint64_t from, uint64_t below,
                                    struct evx_outbox_row *out)
{
    const struct sim_row *best = NULL;
    for (unsigned i = 0; i < o->now.rows; i++) {
        const struct sim_row *r = &o->now.row[i];
        if (!r->placed || r->row.index < from || r->row.index >= below || has_proof(o, &r->row.id)) continue;
        if (!best || r->row.index < best->row.index) best = r;
    }
    *out = best ? best->row : (struct evx_outbox_row){0};
    return best ? EVX_OK : EVX_E_NOT_FOUND;
}
