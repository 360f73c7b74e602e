// SPDX-License-Identifier: Apache-2.0
//
// A key wrap opens the consignment key, and that gives every item key of the
// consignment for ever. So a wrap is used once, on arrival, and not kept: otherwise
// the ENC key would bring back what was erased. The header still says what the wraps
// were, by their root.
#include <string.h>

#include "agents/collector/store_parts.h"

enum evx_status evx_wraps_leave_out(struct evx_store_consignment *c, struct evx_store *s)
{
    if (!c->wraps_n) return EVX_OK;
    if (c->wraps_at > c->body.n || c->wraps_n > c->body.n - c->wraps_at) return EVX_E_BUG;
    evx_buf_clear(&s->body);
    enum evx_status status = evx_buf_append(&s->body, c->body.p, c->body.n);
    if (status) return status;
    memset(s->body.p + c->wraps_at, 0, c->wraps_n);
    c->body = evx_buf_bytes(&s->body);
    return EVX_OK;
}

static bool all_zero(struct evx_bytes b)
{
    size_t i = 0;
    while (i < b.n && b.p[i] == 0)
        i++;
    return i == b.n;
}

// Where the wraps stand; n = 0 when there are none, or nothing that could be one.
static enum evx_status find_wraps(struct evx_bytes *out, struct evx_bytes body)
{
    struct evx_consignment c;
    *out = evx_bytes(body.p, 0);
    enum evx_status status = body.n ? evx_consignment_open_kept(&c, body) : EVX_E_NOT_FOUND;
    if (status) return status == EVX_E_MEMORY ? status : EVX_OK;
    if (!all_zero(c.wraps)) *out = c.wraps;
    evx_consignment_close(&c);
    return EVX_OK;
}

static enum evx_status blank(struct evx_store *s, struct evx_store_db_row *row, struct evx_buf *entry,
                             struct evx_buf *body, struct evx_bytes wraps)
{
    struct evx_store_db_blank b = {.index = row->c.index, .at = (size_t)(wraps.p - body->p), .n = wraps.n};
    memset(body->p + b.at, 0, b.n);
    evx_rows_digest(&row->digest, evx_buf_bytes(entry), evx_buf_bytes(body), row->c.vouched);
    b.digest = row->digest;
    enum evx_status status = evx_rows_seal(&b.seal, s, row);
    if (!status) status = evx_store_db_begin(s->rows);
    if (status) return status;
    status = evx_store_db_blank(s->rows, &b);
    if (!status) status = evx_store_db_commit(s->rows);
    if (status) evx_store_db_rollback(s->rows);
    return status;
}

enum evx_status evx_wraps_drop(struct evx_store *s, uint64_t index)
{
    struct evx_store_db_row row;
    struct evx_buf items = {0}, entry = {0}, body = {0};
    struct evx_bytes wraps = {0};
    enum evx_status status = evx_store_content(s, index, &row, &items, &entry, &body);
    if (!status) status = find_wraps(&wraps, evx_buf_bytes(&body));
    row.items = evx_buf_bytes(&items);
    if (!status && wraps.n) status = blank(s, &row, &entry, &body, wraps);
    evx_store_cache_drop(&s->cache);
    evx_buf_free(&items);
    evx_buf_free(&entry);
    evx_buf_free(&body);
    return status;
}
