// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "agents/client/engine/outbox_engine.h"

static void bind_int(sqlite3_stmt *q, int at, uint64_t v) { sqlite3_bind_int64(q, at, (sqlite3_int64)v); }

enum evx_status evx_outbox_recount_inbox(struct evx_outbox *o)
{
    sqlite3_stmt *q = evx_outbox_q(o, Q_INBOX_COUNTS);
    enum evx_status s = evx_outbox_row(o, q);
    if (s) return s;
    o->counts.inbox_items = (uint64_t)sqlite3_column_int64(q, 0);
    o->counts.inbox_bytes = (uint64_t)sqlite3_column_int64(q, 1);
    sqlite3_reset(q);
    return EVX_OK;
}

// What was left out: how many consignments, the first and the last of them. The same one may come
// again, and counts once.
struct left_out {
    uint64_t n, first, last;
};

static enum evx_status get_left_out(struct evx_outbox *o, struct left_out *out)
{
    struct evx_buf value = {0};
    *out = (struct left_out){0};
    enum evx_status s = evx_outbox_get(o, "inbox-left-out", &value);
    if (!s && value.n == 24)
        *out =
            (struct left_out){evx_get_be64(value.p), evx_get_be64(value.p + 8), evx_get_be64(value.p + 16)};
    else if (!s && value.n)
        s = EVX_E_STORE_DAMAGED;
    evx_buf_free(&value);
    return s;
}

static enum evx_status leave_out(struct evx_outbox *o, uint64_t index)
{
    struct left_out l;
    enum evx_status s = get_left_out(o, &l);
    if (s || (l.n && index <= l.last)) return s;
    if (l.n++ == 0) l.first = index;
    uint8_t value[24];
    evx_put_be64(value, l.n);
    evx_put_be64(value + 8, l.first);
    evx_put_be64(value + 16, index);
    return evx_outbox_put(o, "inbox-left-out", evx_bytes(value, sizeof value));
}

static enum evx_status add_letter(struct evx_outbox *o, const struct evx_inbox_letter *l, bool *fresh)
{
    sqlite3_stmt *q = evx_outbox_q(o, Q_LETTER);
    bind_int(q, 1, l->index);
    bind_int(q, 2, l->received_ms);
    sqlite3_bind_text(q, 3, l->sender, -1, SQLITE_STATIC);
    bind_int(q, 4, l->whole.n);
    sqlite3_bind_blob64(q, 5, l->whole.p, l->whole.n, SQLITE_STATIC);
    enum evx_status s = evx_outbox_run(o, q);
    *fresh = !s && sqlite3_changes(o->db) == 1;
    sqlite3_clear_bindings(q);
    if (*fresh) o->counts.inbox_bytes += l->whole.n;
    return s;
}

static enum evx_status add_item(struct evx_outbox *o, const struct evx_inbox_letter *l,
                                const struct evx_inbox_item *item)
{
    sqlite3_stmt *q = evx_outbox_q(o, Q_LETTER_ITEM);
    bind_int(q, 1, l->index);
    bind_int(q, 2, item->number);
    sqlite3_bind_text(q, 3, l->sender, -1, SQLITE_STATIC);
    sqlite3_bind_blob64(q, 4, item->id.b, sizeof item->id.b, SQLITE_STATIC);
    bind_int(q, 5, item->kind);
    enum evx_status s = evx_outbox_run(o, q);
    if (!s) o->counts.inbox_items += (uint64_t)sqlite3_changes(o->db);
    sqlite3_clear_bindings(q);
    return s;
}

enum evx_status evx_outbox_letter(struct evx_outbox *o, const struct evx_inbox_letter *l)
{
    if (!o->writing) return EVX_E_BUG;
    bool fits = o->counts.inbox_bytes + l->whole.n <= o->inbox_limit_bytes &&
                o->counts.inbox_items + l->items <= EVX_LIMIT_INBOX_ITEMS;
    if (!fits) return leave_out(o, l->index);
    bool fresh = false;
    enum evx_status s = add_letter(o, l, &fresh);
    for (size_t i = 0; fresh && i < l->items && !s; i++)
        s = add_item(o, l, &l->item[i]);
    return s;
}

// What is no organisation's id stays empty, and then nobody's.
static void copy_sender(struct evx_inbox_row *row, sqlite3_stmt *q, int column)
{
    const char *sender = (const char *)sqlite3_column_text(q, column);
    int n = sender ? snprintf(row->sender, sizeof row->sender, "%s", sender) : -1;
    if (n <= 0 || (size_t)n >= sizeof row->sender) row->sender[0] = 0;
}

enum evx_status evx_outbox_letter_next(struct evx_outbox *o, uint32_t kind, const struct evx_inbox_row *after,
                                       struct evx_inbox_row *out)
{
    *out = (struct evx_inbox_row){0};
    sqlite3_stmt *q = evx_outbox_q(o, Q_LETTER_NEXT);
    sqlite3_bind_int64(q, 1, after ? (sqlite3_int64)after->index : -1);
    sqlite3_bind_int64(q, 2, after ? (sqlite3_int64)after->number : -1);
    bind_int(q, 3, kind);
    enum evx_status s = evx_outbox_row(o, q);
    if (s) return s;
    out->index = (uint64_t)sqlite3_column_int64(q, 0);
    out->number = (uint32_t)sqlite3_column_int64(q, 1);
    out->kind = (uint32_t)sqlite3_column_int64(q, 4);
    out->received_ms = (uint64_t)sqlite3_column_int64(q, 5);
    s = evx_outbox_copy(out->id.b, sizeof out->id.b, q, 2);
    copy_sender(out, q, 3);
    sqlite3_reset(q);
    return s;
}

enum evx_status evx_outbox_letter_bytes(struct evx_outbox *o, uint64_t index, struct evx_buf *whole)
{
    evx_buf_clear(whole);
    sqlite3_stmt *q = evx_outbox_q(o, Q_LETTER_BYTES);
    bind_int(q, 1, index);
    enum evx_status s = evx_outbox_row(o, q);
    if (s) return s;
    struct evx_bytes b = evx_outbox_blob(q, 0);
    s = evx_buf_append(whole, b.p, b.n);
    sqlite3_reset(q);
    return s;
}

enum evx_status evx_outbox_inbox_state(struct evx_outbox *o, struct evx_inbox_state *out)
{
    struct left_out l;
    enum evx_status s = get_left_out(o, &l);
    *out = (struct evx_inbox_state){o->counts.inbox_items, o->counts.inbox_bytes, l.n, l.first};
    return s;
}
