// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/audit.h"

#include <stdlib.h>
#include <string.h>

#include "agents/collector/engine/audit_sqlite.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"

// Canonical record: number u64 · time u64 · items u64 · items digest 32 · then
// verb, person, on_behalf_of, purpose, view, each length u16 and text.
#define EVX_AUDIT_HEAD_BYTES (8 + 8 + 8 + 32)
#define EVX_AUDIT_TEXTS      5
#define EVX_AUDIT_TEXT_BYTES 1024

struct evx_audit {
    struct evx_audit_db *db;
};

enum evx_status evx_audit_open(struct evx_audit **out, const char *folder)
{
    *out = NULL;
    char *path = evx_path_join(folder, "audit.db");
    struct evx_audit *a = calloc(1, sizeof *a);
    enum evx_status s = path && a ? evx_dir_make(folder) : EVX_E_MEMORY;
    if (!s) s = evx_audit_db_open(&a->db, path);
    free(path);
    if (s)
        evx_audit_close(&a);
    else
        *out = a;
    return s;
}

void evx_audit_close(struct evx_audit **a)
{
    if (!a || !*a) return;
    evx_audit_db_close(&(*a)->db);
    free(*a);
    *a = NULL;
}

static enum evx_status append_text(struct evx_buf *out, const char *text)
{
    size_t n = text ? strlen(text) : 0;
    if (n > EVX_AUDIT_TEXT_BYTES) return EVX_E_TOO_LARGE;
    uint8_t length[2];
    evx_put_be16(length, (uint16_t)n);
    enum evx_status s = evx_buf_append(out, length, sizeof length);
    return s ? s : evx_buf_append(out, text, n);
}

static enum evx_status pack_record(struct evx_buf *out, const struct evx_audit_record *r)
{
    uint8_t head[EVX_AUDIT_HEAD_BYTES];
    evx_put_be64(head, r->number);
    evx_put_be64(head + 8, r->time_ms);
    evx_put_be64(head + 16, r->items);
    memcpy(head + 24, r->items_digest.b, 32);
    const char *text[EVX_AUDIT_TEXTS] = {r->verb, r->person, r->on_behalf_of, r->purpose, r->view};
    enum evx_status s = evx_buf_append(out, head, sizeof head);
    for (int i = 0; !s && i < EVX_AUDIT_TEXTS; i++)
        s = append_text(out, text[i]);
    return s;
}

static enum evx_status hash_record(struct evx_digest *out, const struct evx_digest *previous,
                                   struct evx_bytes record)
{
    struct evx_buf chained = {0};
    enum evx_status s = evx_buf_append(&chained, previous->b, sizeof previous->b);
    if (!s) s = evx_buf_append(&chained, record.p, record.n);
    if (!s) evx_sha256_2(out, "evx/audit/v1\n", evx_buf_bytes(&chained));
    evx_buf_free(&chained);
    return s;
}

static enum evx_status append_locked(struct evx_audit *a, struct evx_audit_record *r, struct evx_buf *record)
{
    struct evx_digest previous, hash;
    enum evx_status s = evx_audit_db_last(a->db, &r->number, &previous);
    if (s) return s;
    r->number++;
    s = pack_record(record, r);
    if (!s) s = hash_record(&hash, &previous, evx_buf_bytes(record));
    return s ? s : evx_audit_db_put(a->db, r->number, evx_buf_bytes(record), &hash);
}

enum evx_status evx_audit_append(struct evx_audit *a, struct evx_audit_record *r,
                                 const struct evx_item_id *ids, size_t n)
{
    r->items = n;
    if (!r->time_ms) r->time_ms = evx_clock_wall_ms();
    evx_blake2b(&r->items_digest, evx_bytes(ids, n * sizeof *ids));
    enum evx_status s = evx_audit_db_begin(a->db);
    if (s) return s;
    struct evx_buf record = {0};
    s = append_locked(a, r, &record);
    enum evx_status ended = evx_audit_db_end(a->db, !s);
    evx_buf_free(&record);
    return s ? s : ended;
}

// --- reading back ---

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

struct reading {
    uint64_t next; // the number that must come
    bool chained;  // `previous` is known
    struct evx_digest previous;
    evx_audit_visit visit; // may be NULL
    void *user;
};

static enum evx_status read_one(void *user, uint64_t number, struct evx_bytes record, struct evx_bytes hash)
{
    char room[EVX_AUDIT_TEXTS][EVX_AUDIT_TEXT_BYTES + 1];
    struct reading *r = user;
    struct evx_audit_record parsed;
    if (number != r->next || hash.n != 32 || !parse_record(&parsed, room, record) || parsed.number != number)
        return EVX_E_STORE_DAMAGED;
    struct evx_digest computed;
    enum evx_status s = hash_record(&computed, &r->previous, record);
    if (s) return s;
    if (r->chained && memcmp(computed.b, hash.p, 32) != 0) return EVX_E_STORE_DAMAGED;
    memcpy(r->previous.b, hash.p, 32);
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
    if (s == EVX_E_STORE_DAMAGED) *bad = r.next;
    return s;
}

enum evx_status evx_audit_head(struct evx_audit *a, uint64_t *records, struct evx_digest *head)
{
    return evx_audit_db_last(a->db, records, head);
}
