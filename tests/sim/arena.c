// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES (1u << 20)

struct sim_chunk {
    struct sim_chunk *next;
    size_t used, room;
    _Alignas(16) uint8_t bytes[];
};

static struct sim_chunk *grow(struct sim_arena *a, size_t n)
{
    size_t room = n > CHUNK_BYTES ? n : CHUNK_BYTES;
    struct sim_chunk *c = malloc(sizeof *c + room);
    if (!c) {
        fputs("evx-sim: out of memory\n", stderr);
        exit(70);
    }
    *c = (struct sim_chunk){.next = a->chunks, .room = room};
    a->chunks = c;
    return c;
}

void *sim_take(struct sim_arena *a, size_t n)
{
    n = (n + 15) & ~(size_t)15;
    struct sim_chunk *c = a->chunks;
    if (!c || c->room - c->used < n) c = grow(a, n);
    void *p = c->bytes + c->used;
    c->used += n;
    memset(p, 0, n);
    return p;
}

struct evx_bytes sim_keep(struct sim_arena *a, struct evx_bytes bytes)
{
    if (!bytes.n) return evx_bytes(NULL, 0);
    uint8_t *p = sim_take(a, bytes.n);
    memcpy(p, bytes.p, bytes.n);
    return evx_bytes(p, bytes.n);
}

void sim_arena_reset(struct sim_arena *a)
{
    while (a->chunks && a->chunks->next) {
        struct sim_chunk *c = a->chunks;
        a->chunks = c->next;
        free(c);
    }
    if (a->chunks) a->chunks->used = 0;
}

void sim_arena_free(struct sim_arena *a)
{
    while (a->chunks) {
        struct sim_chunk *c = a->chunks;
        a->chunks = c->next;
        free(c);
    }
}
