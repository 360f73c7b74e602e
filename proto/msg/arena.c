// SPDX-License-Identifier: Apache-2.0
#include "proto/msg/arena.h"

#include <stdint.h>
#include <stdlib.h>

#define ALIGN         16u
#define FURTHER_BLOCK 16384u

struct block {
    struct block *next;
    _Alignas(ALIGN) uint8_t bytes[];
};

struct evx_msg_arena {
    uint8_t *at;
    uint8_t *end;
    size_t budget; // left
    struct block *further;
    enum evx_status status;
    _Alignas(ALIGN) uint8_t first[];
};

struct evx_msg_arena *evx_msg_arena_new(size_t expected, size_t budget)
{
    size_t n = expected < budget ? expected : budget;
    struct evx_msg_arena *a = malloc(sizeof *a + n);
    if (!a) return NULL;
    a->at = a->first;
    a->end = a->first + n;
    a->budget = budget;
    a->further = NULL;
    a->status = EVX_OK;
    return a;
}

void evx_msg_arena_free(struct evx_msg_arena *a)
{
    if (!a) return;
    for (struct block *b = a->further, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    free(a);
}

// Starts a new block of at least n bytes.
static bool grow(struct evx_msg_arena *a, size_t n)
{
    size_t size = n > FURTHER_BLOCK ? n : FURTHER_BLOCK;
    struct block *b = malloc(sizeof *b + size);
    if (!b) {
        a->status = EVX_E_MEMORY;
        return false;
    }
    b->next = a->further;
    a->further = b;
    a->at = b->bytes;
    a->end = b->bytes + size;
    return true;
}

static void *take(void *user, size_t n)
{
    struct evx_msg_arena *a = user;
    if (n > a->budget) {
        a->status = EVX_E_TOO_LARGE;
        return NULL;
    }
    size_t rounded = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    a->budget -= rounded < a->budget ? rounded : a->budget;
    if (rounded > (size_t)(a->end - a->at) && !grow(a, rounded)) return NULL;
    void *p = a->at;
    a->at += rounded;
    return p;
}

static void keep(void *user, void *p)
{
    (void)user;
    (void)p;
}

ProtobufCAllocator evx_msg_arena_allocator(struct evx_msg_arena *a)
{
    return (ProtobufCAllocator){take, keep, a};
}

enum evx_status evx_msg_arena_status(const struct evx_msg_arena *a) { return a->status; }

struct evx_msg_arena *evx_msg_arena_of(void *first)
{
    return (struct evx_msg_arena *)((uint8_t *)first - offsetof(struct evx_msg_arena, first));
}
