// SPDX-License-Identifier: Apache-2.0
#include "grading/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct evx_arena_block {
    struct evx_arena_block *next;
    size_t used, size;
    alignas(max_align_t) unsigned char at[];
};

static const size_t block_size = 32768;

static struct evx_arena_block *grow(struct evx_arena *a, size_t n)
{
    size_t size = n > block_size ? n : block_size;
    struct evx_arena_block *b = calloc(1, sizeof *b + size);
    if (!b) return NULL;
    b->size = size;
    b->next = a->head;
    a->head = b;
    return b;
}

void *evx_arena_take(struct evx_arena *a, size_t n)
{
    if (n > SIZE_MAX / 4) return NULL;
    n = (n + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
    struct evx_arena_block *b = a->head;
    if (!b || b->size - b->used < n) b = grow(a, n);
    if (!b) return NULL;
    void *p = b->at + b->used;
    b->used += n;
    return p;
}

char *evx_arena_text(struct evx_arena *a, const char *p, size_t n)
{
    char *copy = evx_arena_take(a, n + 1);
    if (copy && n) memcpy(copy, p, n);
    return copy;
}

void evx_arena_free(struct evx_arena *a)
{
    for (struct evx_arena_block *b = a->head; b;) {
        struct evx_arena_block *next = b->next;
        free(b);
        b = next;
    }
    a->head = NULL;
}
