// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "agents/client/engine/outbox_engine.h"

static void bind_blob(sqlite3_stmt *q, int at, const void *p, size_t n)
{
    sqlite3_bind_blob64(q, at, p, n, SQLITE_STATIC);
}

enum evx_status evx_outbox_stream(struct evx_outbox *o, struct evx_outbox_stream *out)
{
    *out = (struct evx_outbox_stream){0};
    sqlite3_stmt *q = evx_outbox_q(o, Q_STREAM);
    enum evx_status s = evx_outbox_row(o, q);
    if (s) return s;
    out->number = (uint64_t)sqlite3_column_int64(q, 0);
    out->sequence = (uint64_t)sqlite3_column_int64(q, 2);
    out->reset = sqlite3_column_type(q, 4) != SQLITE_NULL;
    s = evx_outbox_copy(out->id.b, sizeof out->id.b, q, 1);
    if (!s) s = evx_outbox_copy(out->last.b, sizeof out->last.b, q, 3);
    if (!s && out->reset) s = evx_outbox_copy(out->reset_of.b, sizeof out->reset_of.b, q, 4);
    sqlite3_reset(q);
    return s;
}

// The consignment commits to its own bytes: its signature covers the header and the
// header every hash, so opening it under the signer's key is the check on reading.
static enum evx_status check_bytes(const struct evx_parcel *p, const struct evx_digest *id,
                                   const struct evx_sign_public *signer)
{
    struct evx_dir_key key = {.use = EVX_KEY_SIG};
    memcpy(key.public_key, signer->b, sizeof key.public_key);
    evx_fingerprint_of(&key.fingerprint, EVX_KEY_SIG, signer->b);
    struct evx_consignment c = {0};
    enum evx_status s = evx_consignment_open(&c, p->whole, &key);
    if (!s && memcmp(c.id.b, id->b, sizeof id->b) != 0) s = EVX_E_STORE_DAMAGED;
    evx_consignment_close(&c);
    return s == EVX_OK || s == EVX_E_MEMORY ? s : EVX_E_STORE_DAMAGED;
}

// Columns: number, id, stream id, sequence, signer, bytes, place, length.
static enum evx_status parcel_of(struct evx_outbox *o, struct evx_parcel **out, sqlite3_stmt *q,
                                 uint64_t *number)
{
    struct evx_digest id;
    struct evx_stream_id stream;
    struct evx_sign_public signer;
    struct evx_buf whole = {0};
    *number = (uint64_t)sqlite3_column_int64(q, 0);
    enum evx_status s = evx_outbox_copy(id.b, sizeof id.b, q, 1);
    if (!s) s = evx_outbox_copy(stream.b, sizeof stream.b, q, 2);
    if (!s) s = evx_outbox_copy(signer.b, sizeof signer.b, q, 4);
    if (!s) s = evx_outbox_get_body(o, q, 5, &whole);
    if (!s) s = evx_parcel_new(out, &whole, *number, &stream, (uint64_t)sqlite3_column_int64(q, 3));
    if (s && s != EVX_E_MEMORY) s = EVX_E_STORE_DAMAGED;
    if (!s) s = check_bytes(*out, &id, &signer);
    if (s) evx_parcel_destroy(out);
    evx_buf_free(&whole);
    return s;
}

enum evx_status evx_outbox_next(struct evx_outbox *o, uint64_t after, struct evx_parcel **out,
                                uint64_t *number)
{
    *out = NULL;
    *number = 0;
    sqlite3_stmt *q = evx_outbox_q(o, Q_NEXT);
    sqlite3_bind_int64(q, 1, (sqlite3_int64)after);
    enum evx_status s = evx_outbox_row(o, q);
    if (!s) s = parcel_of(o, out, q, number);
    sqlite3_reset(q);
    return s;
}

enum evx_status evx_outbox_at_sequence(struct evx_outbox *o, const struct evx_stream_id *stream,
                                       uint64_t sequence, struct evx_parcel **out)
{
    *out = NULL;
    sqlite3_stmt *q = evx_outbox_q(o, Q_AT_SEQUENCE);
    bind_blob(q, 1, stream->b, sizeof stream->b);
    sqlite3_bind_int64(q, 2, (sqlite3_int64)sequence);
    uint64_t number = 0;
    enum evx_status s = evx_outbox_row(o, q);
    if (!s) s = parcel_of(o, out, q, &number);
    sqlite3_reset(q);
    return s;
}

enum evx_status evx_outbox_id_at(struct evx_outbox *o, const struct evx_stream_id *stream, uint64_t sequence,
                                 struct evx_digest *id)
{
    *id = (struct evx_digest){0};
    sqlite3_stmt *q = evx_outbox_q(o, Q_ID_AT);
    bind_blob(q, 1, stream->b, sizeof stream->b);
    sqlite3_bind_int64(q, 2, (sqlite3_int64)sequence);
    enum evx_status s = evx_outbox_row(o, q);
    if (!s) s = evx_outbox_copy(id->b, sizeof id->b, q, 0);
    sqlite3_reset(q);
    return s;
}

static enum evx_status row_of(struct evx_outbox_row *r, sqlite3_stmt *q)
{
    *r = (struct evx_outbox_row){.sequence = (uint64_t)sqlite3_column_int64(q, 2),
                                 .rung = (enum evx_rung)sqlite3_column_int(q, 3),
                                 .code = evx_status_from_wire((uint32_t)sqlite3_column_int(q, 4)),
                                 .items = (uint32_t)sqlite3_column_int64(q, 5),
                                 .items_rejected = (uint32_t)sqlite3_column_int64(q, 6),
                                 .bytes = (uint64_t)sqlite3_column_int64(q, 7),
                                 .queued_ms = (uint64_t)sqlite3_column_int64(q, 8),
                                 .changed_ms = (uint64_t)sqlite3_column_int64(q, 9),
                                 .index = (uint64_t)sqlite3_column_int64(q, 10),
                                 .received_ms = (uint64_t)sqlite3_column_int64(q, 11),
                                 .awaits = sqlite3_column_int(q, 12) != 0};
    enum evx_status s = evx_outbox_copy(r->id.b, sizeof r->id.b, q, 0);
    return s ? s : evx_outbox_copy(r->stream.b, sizeof r->stream.b, q, 1);
}

enum evx_status evx_outbox_rows(struct evx_outbox *o, evx_outbox_visit visit, void *user)
{
    sqlite3_stmt *q = evx_outbox_q(o, Q_ROWS);
    enum evx_status s;
    while (!(s = evx_outbox_row(o, q))) {
        struct evx_outbox_row r;
        s = row_of(&r, q);
        if (!s) s = visit(user, &r);
        if (s) break;
    }
    sqlite3_reset(q);
    return s == EVX_E_NOT_FOUND ? EVX_OK : s;
}

enum evx_status evx_outbox_unproved(struct evx_outbox *o, uint64_t from, uint64_t below,
                                    struct evx_outbox_row *out)
{
    sqlite3_stmt *q = evx_outbox_q(o, Q_UNPROVED);
    sqlite3_bind_int64(q, 1, (sqlite3_int64)from);
    sqlite3_bind_int64(q, 2, (sqlite3_int64)below);
    enum evx_status s = evx_outbox_row(o, q);
    if (!s) s = row_of(out, q);
    sqlite3_reset(q);
    return s;
}

static enum evx_status number_of(struct evx_outbox *o, const struct evx_digest *id, int64_t *number)
{
    sqlite3_stmt *q = evx_outbox_q(o, Q_BY_ID);
    bind_blob(q, 1, id->b, sizeof id->b);
    enum evx_status s = evx_outbox_row(o, q);
    if (!s) *number = sqlite3_column_int64(q, 0);
    sqlite3_reset(q);
    return s;
}

// Marks what one stored verdict says of each item; the first refusal of an item stays.
static void apply_verdict(struct evx_outbox_item *item, size_t n, enum evx_status whole,
                          struct evx_bytes refused)
{
    for (size_t i = 0; i < n; i++) {
        if (!item[i].judged) item[i].code = whole;
        item[i].judged = true;
    }
    for (size_t at = 0; at + 18 <= refused.n; at += 18)
        for (size_t i = 0; i < n; i++)
            if (!item[i].code && memcmp(item[i].id.b, refused.p + at, sizeof item[i].id.b) == 0)
                item[i].code = evx_status_from_wire(evx_get_be16(refused.p + at + 16));
}

static enum evx_status apply_verdicts(struct evx_outbox *o, int64_t number, struct evx_outbox_item *item,
                                      size_t n)
{
    sqlite3_stmt *q = evx_outbox_q(o, Q_VERDICTS);
    sqlite3_bind_int64(q, 1, number);
    enum evx_status s;
    while (!(s = evx_outbox_row(o, q)))
        apply_verdict(item, n, evx_status_from_wire((uint32_t)sqlite3_column_int(q, 0)),
                      evx_outbox_blob(q, 1));
    return s == EVX_E_NOT_FOUND ? EVX_OK : s;
}

static enum evx_status items_of(struct evx_outbox *o, int64_t number, struct evx_outbox_item **out, size_t *n)
{
    sqlite3_stmt *q = evx_outbox_q(o, Q_ITEMS);
    sqlite3_bind_int64(q, 1, number);
    enum evx_status s = evx_outbox_row(o, q);
    if (s) return s;
    struct evx_bytes ids = evx_outbox_blob(q, 0);
    bool refused = sqlite3_column_int(q, 1) == EVX_RUNG_REJECTED;
    enum evx_status code = evx_status_from_wire((uint32_t)sqlite3_column_int(q, 2));
    *n = ids.n / sizeof(struct evx_item_id);
    *out = calloc(*n + 1, sizeof **out);
    for (size_t i = 0; *out && i < *n; i++) {
        memcpy((*out)[i].id.b, ids.p + i * sizeof(struct evx_item_id), sizeof(struct evx_item_id));
        (*out)[i].judged = refused;
        (*out)[i].code = refused ? code : EVX_OK;
    }
    sqlite3_reset(q);
    return *out ? EVX_OK : EVX_E_MEMORY;
}

enum evx_status evx_outbox_items(struct evx_outbox *o, const struct evx_digest *id,
                                 enum evx_status (*visit)(void *, const struct evx_outbox_item *), void *user)
{
    int64_t number = 0;
    struct evx_outbox_item *item = NULL;
    size_t n = 0;
    enum evx_status s = number_of(o, id, &number);
    if (!s) s = items_of(o, number, &item, &n);
    if (!s) s = apply_verdicts(o, number, item, n);
    for (size_t i = 0; i < n && !s; i++)
        s = visit(user, &item[i]);
    free(item);
    return s;
}

enum evx_status evx_outbox_receipt(struct evx_outbox *o, const struct evx_digest *id,
                                   struct evx_receipt *receipt, struct evx_buf *log_entry)
{
    *receipt = (struct evx_receipt){0};
    evx_buf_clear(log_entry);
    int64_t number = 0;
    enum evx_status s = number_of(o, id, &number);
    if (s) return s;
    sqlite3_stmt *q = evx_outbox_q(o, Q_RECEIPT);
    sqlite3_bind_int64(q, 1, number);
    s = evx_outbox_row(o, q);
    if (!s) {
        struct evx_bytes entry = evx_outbox_blob(q, 1);
        s = evx_tlog_proof_parse(receipt, evx_outbox_blob(q, 0));
        receipt->consignment = *id;
        receipt->inspection = o->inspection;
        receipt->received_ms = (uint64_t)sqlite3_column_int64(q, 2);
        if (!s) s = evx_buf_append(log_entry, entry.p, entry.n);
    }
    sqlite3_reset(q);
    if (s) evx_receipt_free(receipt);
    return s;
}

enum evx_status evx_outbox_get(struct evx_outbox *o, const char *name, struct evx_buf *out)
{
    evx_buf_clear(out);
    sqlite3_stmt *q = evx_outbox_q(o, Q_GET);
    sqlite3_bind_text(q, 1, name, -1, SQLITE_STATIC);
    enum evx_status s = evx_outbox_row(o, q);
    if (s == EVX_E_NOT_FOUND) return EVX_OK;
    if (s) return s;
    struct evx_bytes b = evx_outbox_blob(q, 0);
    s = evx_buf_append(out, b.p, b.n);
    sqlite3_reset(q);
    return s;
}
