// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/erasures.h"

#include <string.h>

#include "agents/collector/store_parts.h"

// Record: key index u64 · number u32; step u8 · ground u8 · item id 16 · time u64 ·
// generation u64 · certificate 32 · sender 64 · encrypted (authority NUL decided_by NUL).
#define KEY_BYTES  (8 + 4)
#define HEAD_BYTES (1 + 1 + 16 + 8 + 8 + 32 + EVX_ORG_ID_BYTES)
#define DOMAIN     "evx/store/erasure/v1"

static const char *const grounds[] = {"", "retention", "withdrawn", "right", "order", "mistake"};
#define GROUNDS (sizeof grounds / sizeof grounds[0])

const char *evx_erasure_ground_name(Evx__V1__ErasureGround ground)
{
    return ground > 0 && (size_t)ground < GROUNDS ? grounds[ground] : "unspecified";
}

Evx__V1__ErasureGround evx_erasure_ground_of(const char *name)
{
    for (size_t i = 1; name && i < GROUNDS; i++)
        if (strcmp(grounds[i], name) == 0) return (Evx__V1__ErasureGround)i;
    return EVX__V1__ERASURE_GROUND__ERASURE_UNSPECIFIED;
}

const char *evx_erasure_step_name(enum evx_erasure_step step)
{
    switch (step) {
    case EVX_ERASURE_INTENDED: return "intended";
    case EVX_ERASURE_DESTROYED: return "destroyed";
    case EVX_ERASURE_CERTIFIED: return "certified";
    }
    return "unknown";
}

static void put_key(uint8_t out[KEY_BYTES], struct evx_store_ref ref)
{
    evx_put_be64(out, ref.index);
    evx_put_be32(out + 8, ref.number);
}

static void put_head(uint8_t out[HEAD_BYTES], const struct evx_erasure *e)
{
    memset(out, 0, HEAD_BYTES);
    out[0] = (uint8_t)e->step;
    out[1] = (uint8_t)e->ground;
    memcpy(out + 2, e->item.b, 16);
    evx_put_be64(out + 18, e->time_ms);
    evx_put_be64(out + 26, e->generation);
    memcpy(out + 34, e->certificate.b, 32);
    memcpy(out + 66, e->sender, strnlen(e->sender, EVX_ORG_ID_BYTES - 1));
}

static enum evx_status seal_texts(struct evx_buf *out, const struct evx_store *s, const struct evx_erasure *e)
{
    struct evx_buf plain = {0};
    enum evx_status status = evx_buf_append(&plain, e->authority, strlen(e->authority) + 1);
    if (!status) status = evx_buf_append(&plain, e->decided_by, strlen(e->decided_by) + 1);
    if (!status) status = evx_store_encrypt(out, s->master, DOMAIN, evx_buf_bytes(&plain));
    evx_buf_free(&plain);
    return status;
}

enum evx_status evx_store_put_erasure(struct evx_store *s, const struct evx_erasure *e)
{
    if (!s->writing) return EVX_E_BUG;
    uint8_t key[KEY_BYTES], head[HEAD_BYTES];
    struct evx_buf packed = {0};
    put_key(key, e->ref);
    put_head(head, e);
    enum evx_status status = evx_buf_append(&packed, head, sizeof head);
    if (!status) status = seal_texts(&packed, s, e);
    if (!status)
        status = evx_record_put(s, EVX_RECORD_ERASURE, evx_bytes(key, sizeof key), evx_buf_bytes(&packed));
    evx_buf_free(&packed);
    return status;
}

static bool take_text(char *out, size_t cap, struct evx_bytes *rest)
{
    const uint8_t *end = rest->n ? memchr(rest->p, '\0', rest->n) : NULL;
    size_t n = end ? (size_t)(end - rest->p) + 1 : 0;
    if (!n || n > cap) return false;
    memcpy(out, rest->p, n);
    *rest = evx_bytes(rest->p + n, rest->n - n);
    return true;
}

static enum evx_status open_texts(struct evx_erasure *e, const struct evx_store *s, struct evx_bytes sealed)
{
    if (!s->master) return EVX_OK;
    struct evx_buf plain = {0};
    enum evx_status status = evx_store_decrypt(&plain, s->master, DOMAIN, sealed);
    struct evx_bytes rest = evx_buf_bytes(&plain);
    if (!status && (!take_text(e->authority, sizeof e->authority, &rest) ||
                    !take_text(e->decided_by, sizeof e->decided_by, &rest) || rest.n))
        status = EVX_E_STORE_DAMAGED;
    evx_buf_free(&plain);
    return status;
}

static enum evx_status read_record(struct evx_erasure *e, struct evx_store *s, struct evx_bytes key,
                                   struct evx_bytes packed)
{
    struct evx_bytes content;
    enum evx_status status = evx_record_open(&content, s, EVX_RECORD_ERASURE, key, packed);
    if (status) return status;
    if (key.n != KEY_BYTES || content.n < HEAD_BYTES) return EVX_E_STORE_DAMAGED;
    const uint8_t *p = content.p;
    *e = (struct evx_erasure){.ref = {evx_get_be64(key.p), evx_get_be32(key.p + 8)},
                              .step = (enum evx_erasure_step)p[0],
                              .ground = (Evx__V1__ErasureGround)p[1],
                              .time_ms = evx_get_be64(p + 18),
                              .generation = evx_get_be64(p + 26)};
    memcpy(e->item.b, p + 2, 16);
    memcpy(e->certificate.b, p + 34, 32);
    memcpy(e->sender, p + 66, EVX_ORG_ID_BYTES - 1);
    return open_texts(e, s, evx_bytes(p + HEAD_BYTES, content.n - HEAD_BYTES));
}

struct reading {
    struct evx_store *store;
    evx_erasure_visit visit;
    void *user;
};

static enum evx_status take_record(void *user, struct evx_bytes key, struct evx_bytes packed)
{
    struct reading *r = user;
    struct evx_erasure e;
    enum evx_status s = read_record(&e, r->store, key, packed);
    return s ? s : r->visit(r->user, &e);
}

enum evx_status evx_store_erasures(struct evx_store *s, evx_erasure_visit visit, void *user)
{
    static const uint8_t last[KEY_BYTES + 1] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                                0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    struct reading r = {s, visit, user};
    return evx_store_db_records(s->rows, EVX_RECORD_ERASURE, evx_bytes("", 0), evx_bytes(last, sizeof last),
                                take_record, &r);
}

static enum evx_status take_one(void *user, const struct evx_erasure *e)
{
    *(struct evx_erasure *)user = *e;
    return EVX_OK;
}

enum evx_status evx_store_erasure(struct evx_store *s, struct evx_store_ref ref, struct evx_erasure *out)
{
    *out = (struct evx_erasure){0};
    uint8_t key[KEY_BYTES];
    put_key(key, ref);
    struct reading r = {s, take_one, out};
    struct evx_bytes at = evx_bytes(key, sizeof key);
    enum evx_status status = evx_store_db_records(s->rows, EVX_RECORD_ERASURE, at, at, take_record, &r);
    if (status) return status;
    return out->step ? EVX_OK : EVX_E_NOT_FOUND;
}

static enum evx_status count_one(void *user, const struct evx_erasure *e)
{
    struct evx_erasure_counts *c = user;
    c->intended += e->step == EVX_ERASURE_INTENDED;
    c->destroyed += e->step == EVX_ERASURE_DESTROYED;
    c->certified += e->step == EVX_ERASURE_CERTIFIED;
    return EVX_OK;
}

enum evx_status evx_store_stamp(struct evx_store *s, uint64_t *stamp)
{
    struct evx_erasure_counts c = {0};
    uint64_t generation = 0;
    *stamp = 0;
    enum evx_status status = evx_keys_generation(s->keys, &generation);
    if (!status) status = evx_store_erasures(s, count_one, &c);
    *stamp = generation << 32 | ((c.intended + c.destroyed + c.certified) & UINT32_MAX);
    return status;
}

struct reconciling {
    struct evx_store *store;
    struct evx_erasure_counts *counts;
};

static enum evx_status look_for_reason(void *user, const struct evx_store_row *row)
{
    struct reconciling *r = user;
    struct evx_erasure e;
    enum evx_status s = evx_store_erasure(r->store, row->ref, &e);
    if (s != EVX_E_NOT_FOUND) return s;
    if (!r->counts->unexplained++) r->counts->first = *row;
    return EVX_OK;
}

enum evx_status evx_erasures_reconcile(struct evx_erasure_counts *out, struct evx_store *s)
{
    *out = (struct evx_erasure_counts){0};
    struct reconciling r = {s, out};
    enum evx_status status = evx_store_erasures(s, count_one, out);
    return status ? status : evx_store_keyless(s, look_for_reason, &r);
}
