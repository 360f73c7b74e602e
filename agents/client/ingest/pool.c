// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/pool.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES 65536u
#define ALIGNMENT   16u

struct chunk {
    struct chunk *next;
    size_t used, size;
    _Alignas(ALIGNMENT) uint8_t bytes[];
};

struct evx_pool {
    struct chunk *first; // the one that is being filled
};

static struct chunk *chunk_new(size_t size)
{
    struct chunk *c = malloc(sizeof *c + size);
    if (c) *c = (struct chunk){.size = size};
    return c;
}

struct evx_pool *evx_pool_new(void)
{
    struct evx_pool *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->first = chunk_new(CHUNK_BYTES);
    if (!p->first) evx_pool_destroy(&p);
    return p;
}

void evx_pool_destroy(struct evx_pool **p)
{
    if (!p || !*p) return;
    for (struct chunk *c = (*p)->first, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    free(*p);
    *p = NULL;
}

void *evx_pool_take(struct evx_pool *p, size_t n)
{
    if (n > SIZE_MAX / 2) return NULL;
    size_t need = (n + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    struct chunk *c = p->first;
    if (c->size - c->used < need) {
        c = chunk_new(need > CHUNK_BYTES ? need : CHUNK_BYTES);
        if (!c) return NULL;
        c->next = p->first;
        p->first = c;
    }
    void *at = c->bytes + c->used;
    c->used += need;
    memset(at, 0, need);
    return at;
}

char *evx_pool_text(struct evx_pool *p, const char *text, size_t n)
{
    char *copy = evx_pool_take(p, n + 1);
    if (copy && n) memcpy(copy, text, n);
    return copy;
}

void evx_pool_reset(struct evx_pool *p)
{
    while (p->first->next) {
        struct chunk *c = p->first;
        p->first = c->next;
        free(c);
    }
    p->first->used = 0;
}
