// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/store_parts.h"

#include <string.h>

#include "crypto/layout.h"

void evx_store_cache_drop(struct evx_store_cache *c)
{
    if (c->filled) evx_consignment_close(&c->consignment);
    evx_buf_free(&c->body);
    evx_buf_free(&c->items);
    *c = (struct evx_store_cache){0};
}

struct loading {
    struct evx_store *store;
    struct evx_buf *items; // may be NULL
    struct evx_digest digest;
    size_t vouched;
};

static enum evx_status take_row(void *user, const struct evx_store_db_row *row)
{
    struct loading *l = user;
    enum evx_status s = evx_rows_check(l->store, row);
    l->digest = row->digest;
    l->vouched = row->c.vouched;
    return !s && l->items ? evx_buf_append(l->items, row->items.p, row->items.n) : s;
}

// A row without its content is damage; an index without a row is just not there.
static enum evx_status read_content(struct loading *l, uint64_t index, struct evx_buf *log_entry,
                                    struct evx_buf *body)
{
    enum evx_status s =
        index > INT64_MAX ? EVX_E_NOT_FOUND : evx_store_db_at(l->store->rows, index, take_row, l);
    if (s) return s;
    s = evx_store_db_content(l->store->rows, index, log_entry, body);
    if (s) return s == EVX_E_NOT_FOUND ? EVX_E_STORE_DAMAGED : s;
    struct evx_digest digest;
    evx_rows_digest(&digest, evx_buf_bytes(log_entry), evx_buf_bytes(body), l->vouched);
    return memcmp(digest.b, l->digest.b, sizeof digest) ? EVX_E_STORE_DAMAGED : EVX_OK;
}

struct whole_row {
    struct evx_store *store;
    struct evx_store_db_row *row;
    struct evx_buf *items;
};

static enum evx_status copy_row(void *user, const struct evx_store_db_row *row)
{
    struct whole_row *w = user;
    *w->row = *row;
    w->row->items = evx_bytes(NULL, 0);
    return evx_buf_append(w->items, row->items.p, row->items.n);
}

enum evx_status evx_store_content(struct evx_store *s, uint64_t index, struct evx_store_db_row *row,
                                  struct evx_buf *items, struct evx_buf *log_entry, struct evx_buf *body)
{
    struct loading l = {.store = s};
    struct whole_row w = {s, row, items};
    *row = (struct evx_store_db_row){0};
    enum evx_status status = read_content(&l, index, log_entry, body);
    return status ? status : evx_store_db_at(s->rows, index, copy_row, &w);
}

// Header and records are under the row's digest, and whatever is left of the wraps; the
// records' roots hold the rest.
static enum evx_status open_body(struct evx_consignment *out, const struct evx_buf *body)
{
    enum evx_status s = evx_consignment_open_kept(out, evx_buf_bytes(body));
    return s && s != EVX_E_MEMORY ? EVX_E_STORE_DAMAGED : s;
}

static enum evx_status check_vouched(const struct loading *l, const struct evx_buf *body)
{
    if (!l->vouched) return EVX_OK;
    struct evx_consignment c;
    enum evx_status s = open_body(&c, body);
    struct evx_item_cursor cursor = {0};
    struct evx_record record;
    struct evx_bytes ciphertext;
    while (!s && evx_consignment_next(&cursor, &record, &ciphertext, &c)) {
        struct evx_digest root;
        evx_ciphertext_root(&root, ciphertext);
        if (memcmp(root.b, record.ciphertext_root.b, sizeof root) != 0) s = EVX_E_STORE_DAMAGED;
    }
    evx_consignment_close(&c);
    return s;
}

enum evx_status evx_store_consignment(struct evx_store *s, uint64_t index, struct evx_buf *log_entry,
                                      struct evx_buf *body)
{
    struct loading l = {.store = s};
    struct evx_buf e = {0}, b = {0};
    enum evx_status status = read_content(&l, index, &e, &b);
    if (!status) status = check_vouched(&l, &b);
    if (!status && log_entry) status = evx_buf_append(log_entry, e.p, e.n);
    if (!status && body) status = evx_buf_append(body, b.p, b.n);
    evx_buf_free(&e);
    evx_buf_free(&b);
    return status;
}

static enum evx_status fill_cache(struct evx_store *s, uint64_t index)
{
    struct evx_store_cache *c = &s->cache;
    if (c->filled && c->index == index) return EVX_OK;
    evx_store_cache_drop(c);
    struct loading l = {.store = s, .items = &c->items};
    struct evx_buf log_entry = {0};
    enum evx_status status = read_content(&l, index, &log_entry, &c->body);
    evx_buf_free(&log_entry);
    if (!status && !c->items.n) status = EVX_E_NOT_FOUND; // not for us, or refused as a whole
    if (!status) {
        status = open_body(&c->consignment, &c->body);
        c->filled = true;
        c->index = index;
    }
    if (status) evx_store_cache_drop(c);
    return status;
}

static bool find_record(struct evx_store_cache *c, uint32_t number, struct evx_record *record,
                        struct evx_bytes *ciphertext)
{
    if (c->cursor.i > number) c->cursor = (struct evx_item_cursor){0};
    while (evx_consignment_next(&c->cursor, record, ciphertext, &c->consignment))
        if (record->number == number) return true;
    return false;
}

static enum evx_status read_key(struct evx_item_key *ik, struct evx_store *s, struct evx_store_ref ref,
                                const struct evx_item_id *id)
{
    static const uint8_t erased[EVX_REWRAP_BYTES];
    uint8_t slot[EVX_REWRAP_BYTES];
    enum evx_status status = evx_keys_get(s->keys, ref.index, ref.number, slot);
    if (status) return status == EVX_E_NOT_FOUND ? EVX_E_STORE_DAMAGED : status;
    if (evx_equal_secret(slot, erased, sizeof slot)) return EVX_E_ERASED;
    return evx_unwrap(ik, s->master, slot, id) ? EVX_E_STORE_DAMAGED : EVX_OK;
}

static enum evx_status decrypt(struct evx_store *s, struct evx_store_ref ref, struct evx_buf *plain)
{
    struct evx_record record;
    struct evx_bytes ciphertext;
    if (!find_record(&s->cache, ref.number, &record, &ciphertext)) return EVX_E_STORE_DAMAGED;
    struct evx_item_key ik;
    enum evx_status status = read_key(&ik, s, ref, &record.item_id);
    const Evx__V1__Header *header = s->cache.consignment.header;
    if (!status && evx_open_item(plain, &record, ciphertext, header->nonce.data, &ik))
        status = EVX_E_STORE_DAMAGED;
    evx_wipe(&ik, sizeof ik);
    return status;
}

enum evx_status evx_store_plain(struct evx_store *s, struct evx_store_ref ref, struct evx_buf *plain)
{
    if (!s->master) return EVX_E_BUG;
    enum evx_status status = fill_cache(s, ref.index);
    if (status) return status;
    if (ref.number >= s->cache.items.n / EVX_STORE_ITEM_BYTES) return EVX_E_NOT_FOUND;
    struct evx_store_item item;
    evx_rows_unpack(&item, evx_buf_bytes(&s->cache.items), ref.number);
    return item.code ? item.code : decrypt(s, ref, plain);
}

static enum evx_status open_unasked(struct evx_store *s, struct evx_store_ref ref, Evx__V1__Item **out)
{
    *out = NULL;
    struct evx_buf plain = {0};
    enum evx_status status = evx_store_plain(s, ref, &plain);
    if (!status) status = evx_item_unpack(out, evx_buf_bytes(&plain));
    if (plain.p) evx_wipe(plain.p, plain.n);
    evx_buf_free(&plain);
    return status;
}

enum evx_status evx_store_open_item(struct evx_store *s, struct evx_opening *opening,
                                    struct evx_store_ref ref, Evx__V1__Item **out)
{
    *out = NULL;
    enum evx_status status = evx_opening_covers(opening, s->master, ref);
    return status ? status : open_unasked(s, ref, out);
}

enum evx_status evx_store_disclose(struct evx_item_key *key, const struct evx_consignment **consignment,
                                   struct evx_store *s, struct evx_opening *opening, struct evx_store_ref ref)
{
    memset(key, 0, sizeof *key);
    *consignment = NULL;
    struct evx_record record;
    struct evx_bytes ciphertext;
    struct evx_store_item item;
    enum evx_status status = evx_opening_covers(opening, s->master, ref);
    if (!status) status = fill_cache(s, ref.index);
    if (status) return status;
    if (ref.number >= s->cache.items.n / EVX_STORE_ITEM_BYTES) return EVX_E_NOT_FOUND;
    evx_rows_unpack(&item, evx_buf_bytes(&s->cache.items), ref.number);
    if (item.code) return item.code;
    if (!find_record(&s->cache, ref.number, &record, &ciphertext)) return EVX_E_STORE_DAMAGED;
    status = read_key(key, s, ref, &record.item_id);
    if (!status) *consignment = &s->cache.consignment;
    return status;
}

struct digests {
    struct evx_store *store;
    enum evx_status (*visit)(void *user, const struct evx_store_access *digest);
    void *user;
};

static enum evx_status take_digest(void *user, const struct evx_store_row *row)
{
    struct digests *d = user;
    if (row->kind != EVX__V1__ITEM__BODY_ACCESS || row->code) return EVX_OK;
    Evx__V1__Item *item = NULL;
    enum evx_status s = open_unasked(d->store, row->ref, &item);
    if (s) return s == EVX_E_ERASED ? EVX_OK : s;
    struct evx_store_access a = {.index = row->ref.index, .received_ms = row->received_ms};
    memcpy(a.sender, row->sender, sizeof a.sender);
    bool whole = item->body_case == EVX__V1__ITEM__BODY_ACCESS && item->access->head.len == sizeof a.head.b;
    if (whole) a.records = item->access->records;
    if (whole) memcpy(a.head.b, item->access->head.data, sizeof a.head.b);
    evx_item_free(item);
    return whole ? d->visit(d->user, &a) : EVX_E_STORE_DAMAGED;
}

enum evx_status evx_store_access_digests(struct evx_store *s,
                                         enum evx_status (*visit)(void *user,
                                                                  const struct evx_store_access *digest),
                                         void *user)
{
    struct digests d = {s, visit, user};
    return s->master ? evx_store_items(s, 0, take_digest, &d) : EVX_E_BUG;
}
