// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "agents/collector/audit_parts.h"

// The texts are cut out of the record and given their NULs in `room`.
static bool parse_texts(char room[EVX_AUDIT_TEXTS][EVX_AUDIT_TEXT_BYTES + 1], struct evx_bytes rest)
{
    for (int i = 0; i < EVX_AUDIT_TEXTS; i++) {
        if (rest.n < 2) return false;
        size_t n = evx_get_be16(rest.p);
        if (n > EVX_AUDIT_TEXT_BYTES || rest.n - 2 < n) return false;
        memcpy(room[i], rest.p + 2, n);
        room[i][n] = '\0';
        rest = evx_bytes(rest.p + 2 + n, rest.n - 2 - n);
    }
    return rest.n == 0;
}

static bool parse_record(struct evx_audit_record *out, char room[EVX_AUDIT_TEXTS][EVX_AUDIT_TEXT_BYTES + 1],
                         struct evx_bytes record)
{
    if (record.n < EVX_AUDIT_HEAD_BYTES) return false;
    const uint8_t *p = record.p;
    *out = (struct evx_audit_record){.number = evx_get_be64(p),
                                     .time_ms = evx_get_be64(p + 8),
                                     .items = evx_get_be64(p + 16),
                                     .verb = room[0],
                                     .person = room[1],
                                     .on_behalf_of = room[2],
                                     .purpose = room[3],
                                     .view = room[4]};
    memcpy(out->items_digest.b, p + 24, 32);
    return parse_texts(room, evx_bytes(p + EVX_AUDIT_HEAD_BYTES, record.n - EVX_AUDIT_HEAD_BYTES));
}

static bool list_fits(const struct evx_audit_record *r, struct evx_bytes list)
{
    struct evx_digest digest;
    evx_blake2b(&digest, list);
    return memcmp(digest.b, r->items_digest.b, sizeof digest) == 0;
}

struct reading {
    uint64_t next; // the number that must come
    bool chained;  // `previous` is known
    struct evx_digest previous;
    evx_audit_visit visit; // may be NULL
    void *user;
};

static enum evx_status read_one(void *user, const struct evx_audit_row *row)
{
    char room[EVX_AUDIT_TEXTS][EVX_AUDIT_TEXT_BYTES + 1];
    struct reading *r = user;
    struct evx_audit_record parsed;
    if (row->number != r->next || row->hash.n != 32) return EVX_E_AUDIT_ALTERED;
    if (!parse_record(&parsed, room, row->record) || parsed.number != row->number) return EVX_E_AUDIT_ALTERED;
    struct evx_digest computed;
    enum evx_status s = evx_audit_hash(&computed, &r->previous, row->record);
    if (s) return s;
    if (r->chained && memcmp(computed.b, row->hash.p, 32) != 0) return EVX_E_AUDIT_ALTERED;
    if (!list_fits(&parsed, row->list)) return EVX_E_AUDIT_ALTERED;
    memcpy(r->previous.b, row->hash.p, 32);
    r->chained = true;
    r->next++;
    return r->visit ? r->visit(r->user, &parsed, &r->previous) : EVX_OK;
}

enum evx_status evx_audit_read(struct evx_audit *a, uint64_t from, evx_audit_visit visit, void *user)
{
    if (!from) from = 1;
    struct reading r = {.next = from, .chained = from == 1, .visit = visit, .user = user};
    return evx_audit_db_from(a->db, from, read_one, &r);
}

enum evx_status evx_audit_verify(struct evx_audit *a, uint64_t *records, uint64_t *bad)
{
    *records = *bad = 0;
    struct reading r = {.next = 1, .chained = true};
    enum evx_status s = evx_audit_db_from(a->db, 0, read_one, &r);
    *records = r.next - 1;
    if (s == EVX_E_AUDIT_ALTERED) *bad = r.next;
    return s;
}

enum evx_status evx_audit_head(struct evx_audit *a, uint64_t *records, struct evx_digest *head)
{
    return evx_audit_db_last(a->db, records, head);
}

static enum evx_status take_hash(void *user, const struct evx_audit_row *row)
{
    struct evx_digest *hash = user;
    if (row->hash.n != sizeof hash->b) return EVX_E_AUDIT_ALTERED;
    memcpy(hash->b, row->hash.p, sizeof hash->b);
    return EVX_OK;
}

enum evx_status evx_audit_hash_at(struct evx_audit *a, uint64_t number, struct evx_digest *hash)
{
    *hash = (struct evx_digest){0};
    return evx_audit_db_at(a->db, number, take_hash, hash);
}

static enum evx_status look_at(void *user, const struct evx_audit_row *row)
{
    char room[EVX_AUDIT_TEXTS][EVX_AUDIT_TEXT_BYTES + 1];
    struct reading *r = user;
    struct evx_audit_record parsed;
    if (row->hash.n != 32 || !parse_record(&parsed, room, row->record)) return EVX_E_AUDIT_ALTERED;
    memcpy(r->previous.b, row->hash.p, 32);
    return r->visit(r->user, &parsed, &r->previous);
}

enum evx_status evx_audit_record_at(struct evx_audit *a, uint64_t number, evx_audit_visit visit, void *user)
{
    struct reading r = {.visit = visit, .user = user};
    return evx_audit_db_at(a->db, number, look_at, &r);
}

struct opening_list {
    const struct evx_store_key *key;
    struct evx_buf *list;
};

static enum evx_status take_list(void *user, const struct evx_audit_row *row)
{
    char room[EVX_AUDIT_TEXTS][EVX_AUDIT_TEXT_BYTES + 1];
    struct opening_list *o = user;
    struct evx_audit_record r;
    uint64_t items = 0;
    evx_buf_clear(o->list);
    if (!parse_record(&r, room, row->record) || !list_fits(&r, row->list)) return EVX_E_AUDIT_ALTERED;
    if (!r.items) return EVX_OK;
    enum evx_status s = evx_store_decrypt(o->list, o->key, EVX_AUDIT_ITEMS_DOMAIN, row->list);
    if (s) return s == EVX_E_STORE_DAMAGED ? EVX_E_AUDIT_ALTERED : s;
    bool whole = evx_reflist_valid(evx_buf_bytes(o->list), &items) && items == r.items;
    return whole ? EVX_OK : EVX_E_AUDIT_ALTERED;
}

enum evx_status evx_audit_items(struct evx_audit *a, uint64_t number, struct evx_buf *list)
{
    if (!a->list_key) return EVX_E_NOT_ALLOWED;
    struct opening_list o = {a->list_key, list};
    return evx_audit_db_at(a->db, number, take_list, &o);
}
