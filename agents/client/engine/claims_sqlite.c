// SPDX-License-Identifier: Apache-2.0
//
// What a sender needs to speak of its own streams.
#include "agents/client/engine/outbox_engine.h"

static enum evx_status read_stream(struct evx_outbox_stream *out, sqlite3_stmt *q)
{
    out->number = (uint64_t)sqlite3_column_int64(q, 0);
    out->sequence = (uint64_t)sqlite3_column_int64(q, 2);
    out->reset = sqlite3_column_type(q, 4) != SQLITE_NULL;
    enum evx_status s = evx_outbox_copy(out->id.b, sizeof out->id.b, q, 1);
    if (!s) s = evx_outbox_copy(out->last.b, sizeof out->last.b, q, 3);
    if (!s && out->reset) s = evx_outbox_copy(out->reset_of.b, sizeof out->reset_of.b, q, 4);
    return s;
}

enum evx_status evx_outbox_stream_after(struct evx_outbox *o, uint64_t number, struct evx_outbox_stream *out)
{
    *out = (struct evx_outbox_stream){0};
    sqlite3_stmt *q = evx_outbox_q(o, Q_STREAM_AFTER);
    sqlite3_bind_int64(q, 1, (sqlite3_int64)number);
    enum evx_status s = evx_outbox_row(o, q);
    if (s) return s;
    s = read_stream(out, q);
    sqlite3_reset(q);
    return s;
}

// In sequence order from 1: a number that is missing is damage.
enum evx_status evx_outbox_sum(struct evx_outbox *o, uint64_t stream,
                               enum evx_status (*visit)(void *user, const struct evx_outbox_sum_row *row),
                               void *user)
{
    sqlite3_stmt *q = evx_outbox_q(o, Q_SUM);
    sqlite3_bind_int64(q, 1, (sqlite3_int64)stream);
    uint64_t expected = 1;
    enum evx_status s;
    while (!(s = evx_outbox_row(o, q))) {
        struct evx_outbox_sum_row row = {.items = (uint32_t)sqlite3_column_int64(q, 2),
                                         .accepted = sqlite3_column_type(q, 3) != SQLITE_NULL};
        s = evx_outbox_copy(row.id.b, sizeof row.id.b, q, 1);
        if (!s && (uint64_t)sqlite3_column_int64(q, 0) != expected++) s = EVX_E_STORE_DAMAGED;
        if (!s) s = visit(user, &row);
        if (s) break;
    }
    sqlite3_reset(q);
    return s == EVX_E_NOT_FOUND ? EVX_OK : s;
}

enum evx_status
evx_outbox_values(struct evx_outbox *o, const char *prefix,
                  enum evx_status (*visit)(void *user, const char *name, struct evx_bytes value), void *user)
{
    sqlite3_stmt *q = evx_outbox_q(o, Q_VALUES);
    sqlite3_bind_text(q, 1, prefix, -1, SQLITE_STATIC);
    enum evx_status s;
    while (!(s = evx_outbox_row(o, q))) {
        s = visit(user, (const char *)sqlite3_column_text(q, 0), evx_outbox_blob(q, 1));
        if (s) break;
    }
    sqlite3_reset(q);
    return s == EVX_E_NOT_FOUND ? EVX_OK : s;
}
