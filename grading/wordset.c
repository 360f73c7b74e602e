// SPDX-License-Identifier: Apache-2.0
#include "grading/wordset.h"

#include <stdlib.h>
#include <string.h>

struct evx_wordset_entry {
    const char *word; // NULL: free
    uint64_t hash;
    uint32_t number;
    int kind;
};

static uint64_t hash_of(uint32_t number, int kind, const char *word)
{
    uint64_t h = 14695981039346656037ull ^ ((uint64_t)number << 8 | (unsigned)kind);
    h *= 1099511628211ull;
    for (; *word; word++)
        h = (h ^ (unsigned char)*word) * 1099511628211ull;
    return h ^ h >> 29;
}

static struct evx_wordset_entry *place(struct evx_wordset_entry *at, size_t cap,
                                       const struct evx_wordset_entry *e)
{
    for (size_t i = e->hash & (cap - 1);; i = (i + 1) & (cap - 1)) {
        struct evx_wordset_entry *x = &at[i];
        if (!x->word) return x;
        if (x->hash == e->hash && x->number == e->number && x->kind == e->kind && !strcmp(x->word, e->word))
            return x;
    }
}

static enum evx_status grow(struct evx_wordset *s)
{
    size_t cap = s->cap ? s->cap * 2 : 64;
    struct evx_wordset_entry *at = calloc(cap, sizeof *at);
    if (!at) return EVX_E_MEMORY;
    for (size_t i = 0; i < s->cap; i++)
        if (s->at[i].word) *place(at, cap, &s->at[i]) = s->at[i];
    free(s->at);
    s->at = at;
    s->cap = cap;
    return EVX_OK;
}

enum evx_status evx_wordset_add(struct evx_wordset *s, struct evx_arena *a, uint32_t number, int kind,
                                const char *word, int *fresh)
{
    *fresh = 0;
    if ((s->n + 1) * 4 > s->cap * 3) {
        enum evx_status status = grow(s);
        if (status) return status;
    }
    struct evx_wordset_entry e = {word, hash_of(number, kind, word), number, kind};
    struct evx_wordset_entry *x = place(s->at, s->cap, &e);
    if (x->word) return EVX_OK;
    e.word = evx_arena_text(a, word, strlen(word));
    if (!e.word) return EVX_E_MEMORY;
    *x = e;
    s->n++;
    *fresh = 1;
    return EVX_OK;
}

void evx_wordset_free(struct evx_wordset *s)
{
    free(s->at);
    *s = (struct evx_wordset){0};
}
