// SPDX-License-Identifier: Apache-2.0
//
// A set of (number, kind, word): tells copies from distinct origins.
#ifndef EVX_GRADING_WORDSET_H
#define EVX_GRADING_WORDSET_H

#include "grading/arena.h"
#include "proto/base/status.h"

struct evx_wordset_entry;
struct evx_wordset { // zero-initialise
    struct evx_wordset_entry *at;
    size_t n, cap;
};
// *fresh: it was not there. The word is copied into the arena. MEMORY.
EVX_MUST_CHECK enum evx_status evx_wordset_add(struct evx_wordset *s, struct evx_arena *a, uint32_t number,
                                               int kind, const char *word, int *fresh);
void evx_wordset_free(struct evx_wordset *s);

#endif
