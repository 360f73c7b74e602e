// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/slab.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/keys.h"

#define BLOCK_BYTES 65536
#define ALIGN       _Alignof(max_align_t)

struct evx_slab_block {
    struct evx_slab_block *before;
    size_t used, cap;
    _Alignas(max_align_t) uint8_t bytes[];
};

static size_t align_up(size_t n) { return (n + ALIGN - 1) & ~(ALIGN - 1); }

static struct evx_slab_block *block_with(struct evx_slab *a, size_t bytes)
{
    struct evx_slab_block *b = a->last;
    if (b && b->cap - b->used >= bytes) return b;
    size_t cap = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
    b = calloc(1, sizeof *b + cap);
    if (!b) return NULL;
    b->cap = cap;
    b->before = a->last;
    a->last = b;
    return b;
}

void *evx_slab_array(struct evx_slab *a, size_t n, size_t size)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(n, size, &bytes) || bytes > SIZE_MAX / 2) return NULL;
    bytes = align_up(bytes ? bytes : 1);
    struct evx_slab_block *b = block_with(a, bytes);
    if (!b) return NULL;
    void *p = b->bytes + b->used;
    b->used += bytes;
    return p;
}

char *evx_slab_text(struct evx_slab *a, const void *p, size_t n)
{
    char *text = evx_slab_array(a, n + 1, 1);
    if (text && n) memcpy(text, p, n);
    return text;
}

char *evx_slab_copy(struct evx_slab *a, const char *text) { return evx_slab_text(a, text, strlen(text)); }

char *evx_slab_printf(struct evx_slab *a, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    char *text = n < 0 ? NULL : evx_slab_array(a, (size_t)n + 1, 1);
    if (text) vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    va_end(args);
    return text;
}

void evx_slab_free(struct evx_slab *a)
{
    if (!a) return;
    while (a->last) {
        struct evx_slab_block *b = a->last;
        a->last = b->before;
        evx_wipe(b->bytes, b->used);
        free(b);
    }
}
