// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/audit.h"

#include <stdlib.h>
#include <string.h>

#include "agents/collector/audit_parts.h"
#include "agents/collector/purpose.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"

// Copies what is needed, so the store key may be exchanged for its next generation meanwhile.
static enum evx_status take_key(struct evx_audit *a, const struct evx_store_key *key)
{
    uint8_t secret[32];
    evx_store_subkey(a->opening_key, key, EVX_AUDIT_SUBKEY_OPENINGS);
    evx_store_subkey(secret, key, EVX_AUDIT_SUBKEY_LISTS);
    enum evx_status s = evx_store_key_from(&a->list_key, secret);
    evx_wipe(secret, sizeof secret);
    return s;
}

enum evx_status evx_audit_open(struct evx_audit **out, const char *folder, const struct evx_store_key *key)
{
    *out = NULL;
    char *path = evx_path_join(folder, "audit.db");
    struct evx_audit *a = calloc(1, sizeof *a);
    enum evx_status s = path && a ? evx_dir_make(folder) : EVX_E_MEMORY;
    if (!s) s = evx_audit_db_open(&a->db, path);
    if (!s && key) s = take_key(a, key);
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
    evx_store_key_destroy(&(*a)->list_key);
    evx_wipe((*a)->opening_key, sizeof(*a)->opening_key);
    free(*a);
    *a = NULL;
}

// --- writing ---

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

enum evx_status evx_audit_hash(struct evx_digest *out, const struct evx_digest *previous,
                               struct evx_bytes record)
{
    struct evx_buf chained = {0};
    enum evx_status s = evx_buf_append(&chained, previous->b, sizeof previous->b);
    if (!s) s = evx_buf_append(&chained, record.p, record.n);
    if (!s) evx_sha256_2(out, "evx/audit/v1\n", evx_buf_bytes(&chained));
    evx_buf_free(&chained);
    return s;
}

static bool is_verb(const char *verb)
{
    static const char *const verbs[] = {"collection", "alteration",  "consultation",
                                        "disclosure", "combination", "erasure"};
    for (size_t i = 0; verb && i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i], verb) == 0) return true;
    return false;
}

static enum evx_status check_record(const struct evx_audit *a, const struct evx_audit_record *r, size_t n)
{
    if (!is_verb(r->verb) || !r->person || !*r->person) return EVX_E_BUG;
    if (n && !a->list_key) return EVX_E_BUG;
    return evx_purpose_good(r->purpose) ? EVX_OK : EVX_E_PURPOSE;
}

static enum evx_status append_locked(struct evx_audit *a, struct evx_audit_record *r, struct evx_bytes list,
                                     struct evx_digest *hash)
{
    struct evx_digest previous;
    struct evx_buf record = {0};
    enum evx_status s = evx_audit_db_last(a->db, &r->number, &previous);
    r->number++;
    if (!s) s = pack_record(&record, r);
    if (!s) s = evx_audit_hash(hash, &previous, evx_buf_bytes(&record));
    struct evx_audit_row row = {r->number, evx_buf_bytes(&record), evx_bytes(hash->b, sizeof hash->b), list};
    if (!s) s = evx_audit_db_put(a->db, &row);
    evx_buf_free(&record);
    return s;
}

static enum evx_status write_record(struct evx_audit *a, struct evx_audit_record *r, struct evx_bytes list,
                                    struct evx_digest *hash)
{
    if (!r->time_ms) r->time_ms = evx_clock_wall_ms();
    evx_blake2b(&r->items_digest, list);
    enum evx_status s = evx_audit_db_begin(a->db);
    if (s) return s;
    s = append_locked(a, r, list, hash);
    enum evx_status ended = evx_audit_db_end(a->db, !s);
    return s ? s : ended;
}

// *plain receives the list of items in the clear.
static enum evx_status record_items(struct evx_audit *a, struct evx_audit_record *r,
                                    const struct evx_store_ref *ref, size_t n, struct evx_buf *plain,
                                    struct evx_digest *hash)
{
    struct evx_buf sealed = {0};
    enum evx_status s = check_record(a, r, n);
    if (!s) s = evx_reflist_make(plain, &r->items, ref, n);
    if (!s && n) s = evx_store_encrypt(&sealed, a->list_key, EVX_AUDIT_ITEMS_DOMAIN, evx_buf_bytes(plain));
    if (!s) s = write_record(a, r, evx_buf_bytes(&sealed), hash);
    evx_buf_free(&sealed);
    return s;
}

enum evx_status evx_audit_append(struct evx_audit *a, struct evx_audit_record *r,
                                 const struct evx_store_ref *ref, size_t n)
{
    struct evx_buf plain = {0};
    struct evx_digest hash;
    enum evx_status s = record_items(a, r, ref, n, &plain, &hash);
    evx_buf_free(&plain);
    return s;
}

enum evx_status evx_audit_release(struct evx_opening **out, struct evx_audit *a, struct evx_audit_record *r,
                                  const struct evx_store_ref *ref, size_t n)
{
    *out = NULL;
    if (!a->list_key) return EVX_E_BUG;
    struct evx_opening *o = calloc(1, sizeof *o);
    if (!o) return EVX_E_MEMORY;
    enum evx_status s = record_items(a, r, ref, n, &o->list, &o->hash);
    if (s) {
        evx_opening_close(&o);
        return s;
    }
    o->audit = a;
    o->number = r->number;
    evx_opening_tag(&o->tag, a->opening_key, &o->hash);
    *out = o;
    return EVX_OK;
}

// --- what is noted beside ---

enum evx_status evx_audit_noted(struct evx_audit *a, const char *name, uint64_t *value)
{
    *value = 0;
    struct evx_buf found = {0};
    enum evx_status s = evx_audit_db_get(a->db, name, &found);
    if (!s && found.n == 8) *value = evx_get_be64(found.p);
    evx_buf_free(&found);
    return s == EVX_E_NOT_FOUND ? EVX_OK : s;
}

enum evx_status evx_audit_note(struct evx_audit *a, const char *name, uint64_t value)
{
    uint8_t packed[8];
    evx_put_be64(packed, value);
    return evx_audit_db_set(a->db, name, evx_bytes(packed, sizeof packed));
}
