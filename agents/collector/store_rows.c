// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/store_parts.h"

#include <string.h>

static void pack_item(uint8_t out[EVX_STORE_ITEM_BYTES], const struct evx_store_item *item)
{
    memcpy(out, item->record.item_id.b, 16);
    evx_put_be16(out + 16, (uint16_t)item->kind);
    evx_put_be16(out + 18, (uint16_t)item->code);
    evx_put_be16(out + 20, item->record.retention);
    evx_put_be16(out + 22, 0);
}

enum evx_status evx_rows_pack(struct evx_buf *out, const struct evx_store_item *item, size_t items)
{
    evx_buf_clear(out);
    enum evx_status s = evx_buf_reserve(out, items * EVX_STORE_ITEM_BYTES);
    if (s) return s;
    for (size_t i = 0; i < items; i++)
        pack_item(out->p + i * EVX_STORE_ITEM_BYTES, &item[i]);
    out->n = items * EVX_STORE_ITEM_BYTES;
    return EVX_OK;
}

void evx_rows_unpack(struct evx_store_item *out, struct evx_bytes packed, uint32_t number)
{
    *out = (struct evx_store_item){0};
    const uint8_t *p = packed.p + (size_t)number * EVX_STORE_ITEM_BYTES;
    out->record.number = number;
    memcpy(out->record.item_id.b, p, 16);
    out->kind = evx_get_be16(p + 16);
    out->code = evx_status_from_wire(evx_get_be16(p + 18));
    out->record.retention = evx_get_be16(p + 20);
}

void evx_rows_digest(struct evx_digest *out, struct evx_bytes log_entry, struct evx_bytes body,
                     size_t vouched)
{
    if (vouched < body.n) body.n -= vouched;
    uint8_t n[8];
    evx_put_be64(n, log_entry.n);
    struct evx_blake2b_state state;
    evx_blake2b_begin(&state);
    evx_blake2b_update(&state, evx_bytes(n, sizeof n));
    evx_blake2b_update(&state, log_entry);
    evx_blake2b_update(&state, body);
    evx_blake2b_end(out, &state);
}

#define EVX_ROW_HEAD_BYTES (8 + 8 + 32 + EVX_ORG_ID_BYTES + 16 + 8 + 4 + 4 + 4 + 4 + 4 + 32)

static void row_head(uint8_t out[EVX_ROW_HEAD_BYTES], const struct evx_store_db_row *row)
{
    const struct evx_store_consignment *c = &row->c;
    memset(out, 0, EVX_ROW_HEAD_BYTES);
    uint8_t *p = out;
    evx_put_be64(p, c->index);
    evx_put_be64(p + 8, c->received_ms);
    memcpy(p + 16, c->id.b, 32);
    memcpy(p + 48, c->sender, strnlen(c->sender, EVX_ORG_ID_BYTES));
    p += 48 + EVX_ORG_ID_BYTES;
    memcpy(p, c->stream.b, 16);
    evx_put_be64(p + 16, c->sequence);
    evx_put_be32(p + 24, (uint32_t)c->code);
    evx_put_be32(p + 28, (uint32_t)c->addressed << 1 | (uint32_t)c->chained);
    evx_put_be32(p + 32, c->claimed);
    evx_put_be32(p + 36, row->accepted);
    evx_put_be32(p + 40, c->vouched);
    memcpy(p + 44, row->digest.b, 32);
}

enum evx_status evx_rows_seal(struct evx_digest *out, struct evx_store *s, const struct evx_store_db_row *row)
{
    uint8_t head[EVX_ROW_HEAD_BYTES];
    row_head(head, row);
    evx_buf_clear(&s->scratch);
    enum evx_status status = evx_buf_append(&s->scratch, head, sizeof head);
    if (!status) status = evx_buf_append(&s->scratch, row->items.p, row->items.n);
    if (!status) evx_keyed_hash(out, s->row_key, "evx/store/row/v1\n", evx_buf_bytes(&s->scratch));
    return status;
}

enum evx_status evx_rows_check(struct evx_store *s, const struct evx_store_db_row *row)
{
    if (row->items.n % EVX_STORE_ITEM_BYTES || row->items.n / EVX_STORE_ITEM_BYTES > EVX_LIMIT_ITEMS)
        return EVX_E_STORE_DAMAGED;
    if (!s->master) return EVX_OK;
    struct evx_digest seal;
    enum evx_status status = evx_rows_seal(&seal, s, row);
    if (status) return status;
    return evx_equal_secret(seal.b, row->seal.b, sizeof seal) ? EVX_OK : EVX_E_STORE_DAMAGED;
}

static enum evx_status seal_record(struct evx_digest *out, struct evx_store *s, enum evx_store_record kind,
                                   struct evx_bytes key, struct evx_bytes content)
{
    uint8_t head[8];
    evx_put_be32(head, kind);
    evx_put_be32(head + 4, (uint32_t)key.n);
    evx_buf_clear(&s->scratch);
    enum evx_status status = evx_buf_append(&s->scratch, head, sizeof head);
    if (!status) status = evx_buf_append(&s->scratch, key.p, key.n);
    if (!status) status = evx_buf_append(&s->scratch, content.p, content.n);
    if (!status) evx_keyed_hash(out, s->row_key, "evx/store/record/v1\n", evx_buf_bytes(&s->scratch));
    return status;
}

enum evx_status evx_record_put(struct evx_store *s, enum evx_store_record kind, struct evx_bytes key,
                               struct evx_bytes content)
{
    struct evx_digest seal;
    struct evx_buf packed = {0};
    enum evx_status status = seal_record(&seal, s, kind, key, content);
    if (!status) status = evx_buf_append(&packed, seal.b, sizeof seal.b);
    if (!status) status = evx_buf_append(&packed, content.p, content.n);
    if (!status) status = evx_store_db_put_record(s->rows, kind, key, evx_buf_bytes(&packed));
    evx_buf_free(&packed);
    return status;
}

enum evx_status evx_record_open(struct evx_bytes *content, struct evx_store *s, enum evx_store_record kind,
                                struct evx_bytes key, struct evx_bytes packed)
{
    *content = (struct evx_bytes){0};
    if (packed.n < EVX_STORE_SEAL_BYTES) return EVX_E_STORE_DAMAGED;
    struct evx_bytes inner = evx_bytes(packed.p + EVX_STORE_SEAL_BYTES, packed.n - EVX_STORE_SEAL_BYTES);
    struct evx_digest seal = {0};
    enum evx_status status = s->master ? seal_record(&seal, s, kind, key, inner) : EVX_OK;
    if (status) return status;
    if (s->master && !evx_equal_secret(seal.b, packed.p, sizeof seal.b)) return EVX_E_STORE_DAMAGED;
    *content = inner;
    return EVX_OK;
}
