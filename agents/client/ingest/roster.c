// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/roster.h"

#include <stdlib.h>
#include <string.h>

// Offsets, not pointers: the buffer moves while it grows.
struct entry {
    size_t key, packed, packed_n;
};

struct evx_roster {
    const char *scheme; // borrowed
    struct evx_buf bytes;
    struct entry *entry;
    size_t n, cap;
};

enum evx_status evx_roster_new(struct evx_roster **out, const char *scheme)
{
    *out = calloc(1, sizeof **out);
    if (!*out) return EVX_E_MEMORY;
    (*out)->scheme = scheme;
    return EVX_OK;
}

void evx_roster_destroy(struct evx_roster **r)
{
    if (!r || !*r) return;
    evx_buf_free(&(*r)->bytes);
    free((*r)->entry);
    free(*r);
    *r = NULL;
}

size_t evx_roster_size(const struct evx_roster *r) { return r->n; }

static const char *identifier_of(const Evx__V1__Subject *s, const char *scheme)
{
    for (size_t i = 0; i < s->n_identifier; i++)
        if (strcmp(s->identifier[i]->scheme, scheme) == 0) return s->identifier[i]->value;
    return NULL;
}

static enum evx_status grow(struct evx_roster *r)
{
    if (r->n < r->cap) return EVX_OK;
    size_t cap = r->cap ? 2 * r->cap : 256;
    struct entry *more = realloc(r->entry, cap * sizeof *more);
    if (!more) return EVX_E_MEMORY;
    r->entry = more;
    r->cap = cap;
    return EVX_OK;
}

enum evx_status evx_roster_add(struct evx_roster *r, const Evx__V1__Subject *subject)
{
    const char *key = identifier_of(subject, r->scheme);
    if (!key) return EVX_OK;
    size_t n = evx__v1__subject__get_packed_size(subject);
    enum evx_status s = grow(r);
    if (!s) s = evx_buf_reserve(&r->bytes, strlen(key) + 1 + n);
    if (s) return s;
    struct entry *e = &r->entry[r->n++];
    e->key = r->bytes.n;
    s = evx_buf_append(&r->bytes, key, strlen(key) + 1);
    e->packed = r->bytes.n;
    e->packed_n = evx__v1__subject__pack(subject, r->bytes.p + r->bytes.n);
    r->bytes.n += e->packed_n;
    return s;
}

static const char *key_of(const struct evx_roster *r, const struct entry *e)
{
    return (const char *)r->bytes.p + e->key;
}

static int by_key(const void *a, const void *b, void *roster)
{
    return strcmp(key_of(roster, a), key_of(roster, b));
}

void evx_roster_finish(struct evx_roster *r)
{
    if (r->n) qsort_r(r->entry, r->n, sizeof *r->entry, by_key, r);
}

static const struct entry *find(const struct evx_roster *r, const char *key)
{
    size_t low = 0, high = r->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(key_of(r, &r->entry[middle]), key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < r->n && strcmp(key_of(r, &r->entry[low]), key) == 0 ? &r->entry[low] : NULL;
}

static void *pool_alloc(void *pool, size_t n) { return evx_pool_take(pool, n); }
static void pool_free(void *pool, void *p)
{
    (void)pool;
    (void)p;
}

static bool empty(const char *text) { return !text || !*text; }

static void merge(struct evx_draft *d, Evx__V1__Subject *into, const Evx__V1__Subject *known)
{
    if (empty(into->family_name)) into->family_name = known->family_name;
    if (empty(into->given_name)) into->given_name = known->given_name;
    if (empty(into->sex)) into->sex = known->sex;
    if (!into->born) into->born = known->born;
    for (size_t i = 0; i < known->n_identifier; i++) {
        const Evx__V1__Identifier *id = known->identifier[i];
        if (!evx_draft_has_identifier(into, id->scheme))
            evx_draft_identifier(d, into, id->scheme, id->value, id->issuer);
    }
}

bool evx_roster_complete(const struct evx_roster *r, struct evx_draft *d, Evx__V1__Subject *subject)
{
    const char *key = identifier_of(subject, r->scheme);
    const struct entry *e = key ? find(r, key) : NULL;
    if (!e) return false;
    ProtobufCAllocator allocator = {pool_alloc, pool_free, d->pool};
    Evx__V1__Subject *known = evx__v1__subject__unpack(&allocator, e->packed_n, r->bytes.p + e->packed);
    if (known) merge(d, subject, known);
    return known != NULL;
}
