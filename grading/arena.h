// SPDX-License-Identifier: Apache-2.0
//
// Memory that lives and dies together: a framework, or a case, owns one arena.
#ifndef EVX_GRADING_ARENA_H
#define EVX_GRADING_ARENA_H

#include <stddef.h>

struct evx_arena_block;
struct evx_arena { // zero-initialise
    struct evx_arena_block *head;
};

void *evx_arena_take(struct evx_arena *a, size_t n); // zeroed, aligned for anything; NULL without memory
char *evx_arena_text(struct evx_arena *a, const char *p, size_t n); // copy with a NUL
void evx_arena_free(struct evx_arena *a);                           // everything; back to zero

#endif
