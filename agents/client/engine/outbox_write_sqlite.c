// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "agents/client/engine/outbox_engine.h"

static void bind_blob(sqlite3_stmt *q, int at, const void *p, size_t n)
{
    sqlite3_bind_blob64(q, at, p, n, SQLITE_STATIC);
}
static void bind_int(sqlite3_stmt *q, int at, uint64_t v) { sqlite3_bind_int64(q, at, (sqlite3_int64)v); }

enum evx_status evx_outbox_stream_begin(struct evx_outbox *o, const struct evx_stream_id *id,
                                        const struct evx_digest *reset_of)
{
    if (!o->writing) return EVX_E_BUG;
    sqlite3_stmt *q = evx_outbox_q(o, Q_STREAM_BEGIN);
    bind_blob(q, 1, id->b, sizeof id->b);
    if (reset_of) bind_blob(q, 2, reset_of->b, sizeof reset_of->b);
    return evx_outbox_run(o, q);
}

enum evx_status evx_outbox_give_up(struct evx_outbox *o, const struct evx_stream_id *stream,
                                   enum evx_status code, uint64_t now_ms, uint64_t *rows)
{
    *rows = 0;
    if (!o->writing) return EVX_E_BUG;
    sqlite3_stmt *q = evx_outbox_q(o, Q_GIVE_UP);
    bind_blob(q, 1, stream->b, sizeof stream->b);
    bind_int(q, 2, (uint64_t)code);
    bind_int(q, 3, now_ms);
    enum evx_status s = evx_outbox_run(o, q);
    if (s) return s;
    *rows = (uint64_t)sqlite3_changes64(o->db);
    o->forgotten_bytes = UINT64_MAX / 2;
    s = evx_outbox_run(o, evx_outbox_q(o, Q_GIVE_UP_BODIES));
    return s ? s : evx_outbox_recount(o);
}

static enum evx_status add_row(struct evx_outbox *o, const struct evx_outbox_new *row, uint64_t *number)
{
    sqlite3_stmt *q = evx_outbox_q(o, Q_ADD);
    bind_blob(q, 1, row->id.b, sizeof row->id.b);
    bind_int(q, 2, row->sequence);
    bind_int(q, 3, row->awaits);
    bind_int(q, 4, row->items);
    bind_int(q, 5, row->whole.n);
    bind_int(q, 6, row->now_ms);
    bind_blob(q, 7, row->signer.b, sizeof row->signer.b);
    bind_blob(q, 8, row->item_id, row->items * sizeof *row->item_id);
    enum evx_status s = evx_outbox_run(o, q);
    if (!s) *number = (uint64_t)sqlite3_last_insert_rowid(o->db);
    return s;
}

static enum evx_status advance_stream(struct evx_outbox *o, uint64_t sequence, const struct evx_digest *id)
{
    sqlite3_stmt *q = evx_outbox_q(o, Q_STREAM_ADVANCE);
    bind_int(q, 1, sequence);
    bind_blob(q, 2, id->b, sizeof id->b);
    enum evx_status s = evx_outbox_run(o, q);
    if (!s && sqlite3_changes(o->db) != 1) s = EVX_E_BUG; // a sequence number was skipped or used twice
    return s;
}

enum evx_status evx_outbox_add(struct evx_outbox *o, const struct evx_outbox_new *row, uint64_t *number)
{
    *number = 0;
    if (!o->writing) return EVX_E_BUG;
    if (o->counts.kept_bytes + row->whole.n > o->limit_bytes) return EVX_E_OUTBOX_FULL;
    enum evx_status s = advance_stream(o, row->sequence, &row->id);
    if (!s) s = add_row(o, row, number);
    if (!s) s = evx_outbox_put_body(o, *number, row->whole);
    if (s) return s;
    o->counts.rows++;
    o->counts.spooled++;
    o->counts.unanswered += row->awaits;
    o->counts.kept_bytes += row->whole.n;
    return EVX_OK;
}

static enum evx_status forget_body(struct evx_outbox *o, uint64_t number, uint64_t bytes)
{
    sqlite3_stmt *q = evx_outbox_q(o, Q_FORGET);
    bind_int(q, 1, number);
    enum evx_status s = evx_outbox_run(o, q);
    if (s) return s;
    o->counts.kept_bytes -= bytes;
    o->forgotten_bytes += bytes;
    return EVX_OK;
}

struct standing {
    enum evx_rung rung;
    bool awaits;
    uint64_t bytes;
};

static enum evx_status standing_of(struct evx_outbox *o, uint64_t number, struct standing *out)
{
    sqlite3_stmt *q = evx_outbox_q(o, Q_RUNG);
    bind_int(q, 1, number);
    enum evx_status s = evx_outbox_row(o, q);
    if (s) return s;
    *out = (struct standing){(enum evx_rung)sqlite3_column_int(q, 0), sqlite3_column_int(q, 1),
                             (uint64_t)sqlite3_column_int64(q, 2)};
    sqlite3_reset(q);
    return EVX_OK;
}

static enum evx_status keep_receipt(struct evx_outbox *o, uint64_t number, const struct evx_receipt *receipt,
                                    struct evx_bytes log_entry)
{
    struct evx_buf proof = {0};
    enum evx_status s = evx_tlog_proof_text(&proof, receipt);
    if (!s) {
        sqlite3_stmt *q = evx_outbox_q(o, Q_ADD_RECEIPT);
        bind_int(q, 1, number);
        bind_blob(q, 2, proof.p, proof.n);
        bind_blob(q, 3, log_entry.p, log_entry.n);
        s = evx_outbox_run(o, q);
        sqlite3_clear_bindings(q);
    }
    evx_buf_free(&proof);
    return s;
}

enum evx_status evx_outbox_accept(struct evx_outbox *o, uint64_t number, const struct evx_receipt *receipt,
                                  struct evx_bytes log_entry, uint64_t now_ms)
{
    if (!o->writing) return EVX_E_BUG;
    struct standing at;
    enum evx_status s = standing_of(o, number, &at);
    if (s || at.rung != EVX_RUNG_SPOOLED) return s;
    sqlite3_stmt *q = evx_outbox_q(o, Q_ACCEPT);
    bind_int(q, 1, number);
    bind_int(q, 2, receipt->index);
    bind_int(q, 3, receipt->received_ms);
    bind_int(q, 4, now_ms);
    s = evx_outbox_run(o, q);
    if (!s) s = keep_receipt(o, number, receipt, log_entry);
    if (!s && !at.awaits) s = forget_body(o, number, at.bytes);
    if (!s) o->counts.spooled--;
    return s;
}

enum evx_status evx_outbox_refuse(struct evx_outbox *o, uint64_t number, enum evx_status code, bool final,
                                  uint64_t now_ms)
{
    if (!o->writing) return EVX_E_BUG;
    struct standing at;
    enum evx_status s = standing_of(o, number, &at);
    if (s || at.rung != EVX_RUNG_SPOOLED) return s;
    sqlite3_stmt *q = evx_outbox_q(o, Q_REFUSE);
    bind_int(q, 1, number);
    bind_int(q, 2, final ? EVX_RUNG_REJECTED : EVX_RUNG_SPOOLED);
    bind_int(q, 3, (uint64_t)code);
    bind_int(q, 4, now_ms);
    s = evx_outbox_run(o, q);
    if (s || !final) return s;
    o->counts.spooled--;
    o->counts.unanswered -= at.awaits;
    return forget_body(o, number, at.bytes);
}

// 18 bytes an item: id and code.
static enum evx_status pack_items(struct evx_buf *out, const struct evx_outbox_verdict *v)
{
    enum evx_status s = EVX_OK;
    for (size_t i = 0; i < v->items && !s; i++) {
        uint8_t code[2];
        evx_put_be16(code, (uint16_t)v->item[i].code);
        s = evx_buf_append(out, v->item[i].id.b, sizeof v->item[i].id.b);
        if (!s) s = evx_buf_append(out, code, sizeof code);
    }
    return s;
}

// *fresh is false when this organisation has answered before.
static enum evx_status keep_verdict(struct evx_outbox *o, uint64_t number, const struct evx_outbox_verdict *v,
                                    uint64_t now_ms, bool *fresh)
{
    struct evx_buf items = {0};
    enum evx_status s = pack_items(&items, v);
    if (!s) {
        sqlite3_stmt *q = evx_outbox_q(o, Q_VERDICT);
        bind_int(q, 1, number);
        sqlite3_bind_text(q, 2, v->organisation, -1, SQLITE_STATIC);
        bind_int(q, 3, (uint64_t)v->code);
        bind_blob(q, 4, items.n ? items.p : (const uint8_t *)"", items.n);
        bind_int(q, 5, now_ms);
        s = evx_outbox_run(o, q);
        *fresh = !s && sqlite3_changes(o->db) == 1;
        sqlite3_clear_bindings(q);
    }
    evx_buf_free(&items);
    return s;
}

static enum evx_status climb(struct evx_outbox *o, uint64_t number, const struct evx_outbox_verdict *v,
                             uint64_t now_ms)
{
    sqlite3_stmt *q = evx_outbox_q(o, Q_JUDGE);
    bind_int(q, 1, number);
    bind_int(q, 2, v->code ? EVX_RUNG_REJECTED : EVX_RUNG_ACKNOWLEDGED);
    bind_int(q, 3, (uint64_t)v->code);
    bind_int(q, 4, v->items);
    bind_int(q, 5, now_ms);
    return evx_outbox_run(o, q);
}

// The row that stands at the place in the log that the verdict names, and is what it names.
static enum evx_status find_judged(struct evx_outbox *o, const struct evx_outbox_verdict *v, uint64_t *number,
                                   struct standing *at)
{
    sqlite3_stmt *q = evx_outbox_q(o, Q_AT_INDEX);
    bind_int(q, 1, v->log_index);
    enum evx_status s = evx_outbox_row(o, q);
    if (s) return s;
    struct evx_digest id;
    s = evx_outbox_copy(id.b, sizeof id.b, q, 1);
    *number = (uint64_t)sqlite3_column_int64(q, 0);
    *at = (struct standing){(enum evx_rung)sqlite3_column_int(q, 2), sqlite3_column_int(q, 3),
                            (uint64_t)sqlite3_column_int64(q, 4)};
    sqlite3_reset(q);
    if (!s && memcmp(id.b, v->id.b, sizeof id.b) != 0) s = EVX_E_RECEIPT_MISMATCH;
    return s;
}

// One that was given up after a restore stays so: its answer must not be waited for.
static enum evx_status spooled_or_unknown(struct evx_outbox *o, const struct evx_digest *id)
{
    sqlite3_stmt *q = evx_outbox_q(o, Q_BY_ID);
    bind_blob(q, 1, id->b, sizeof id->b);
    enum evx_status s = evx_outbox_row(o, q);
    if (s) return s;
    uint64_t number = (uint64_t)sqlite3_column_int64(q, 0);
    sqlite3_reset(q);
    struct standing at = {0};
    s = standing_of(o, number, &at);
    if (s) return s;
    return at.rung == EVX_RUNG_SPOOLED ? EVX_E_GAP : EVX_E_NOT_FOUND;
}

enum evx_status evx_outbox_judge(struct evx_outbox *o, const struct evx_outbox_verdict *v, uint64_t now_ms)
{
    if (!o->writing) return EVX_E_BUG;
    uint64_t number = 0;
    struct standing at = {0};
    enum evx_status s = find_judged(o, v, &number, &at);
    if (s == EVX_E_NOT_FOUND) return spooled_or_unknown(o, &v->id);
    bool fresh = false;
    if (!s) s = keep_verdict(o, number, v, now_ms, &fresh);
    if (s || !fresh || at.rung != EVX_RUNG_ACCEPTED) return s;
    s = climb(o, number, v, now_ms);
    if (s || !at.awaits) return s;
    o->counts.unanswered--;
    return forget_body(o, number, at.bytes);
}

enum evx_status evx_outbox_put(struct evx_outbox *o, const char *name, struct evx_bytes value)
{
    if (!o->writing) return EVX_E_BUG;
    sqlite3_stmt *q = evx_outbox_q(o, Q_PUT);
    sqlite3_bind_text(q, 1, name, -1, SQLITE_STATIC);
    bind_blob(q, 2, value.n ? value.p : (const uint8_t *)"", value.n);
    enum evx_status s = evx_outbox_run(o, q);
    sqlite3_clear_bindings(q);
    return s;
}
