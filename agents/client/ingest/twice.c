// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/twice.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/keys.h"

struct evx_twice_row {
    struct evx_digest cells;
    uint64_t number, other;
};

static enum evx_status on_row(void *user, const struct evx_csv_row *row)
{
    struct evx_twice *t = user;
    if (t->n == t->cap) {
        size_t cap = t->cap ? 2 * t->cap : 1024;
        struct evx_twice_row *more = realloc(t->row, cap * sizeof *more);
        if (!more) return EVX_E_MEMORY;
        t->row = more;
        t->cap = cap;
    }
    // The cells lie one after the other, each with its NUL.
    const char *begin = row->cell[0], *last = row->cell[row->cells - 1];
    t->row[t->n] = (struct evx_twice_row){.number = row->number};
    evx_blake2b(&t->row[t->n++].cells, evx_bytes(begin, (size_t)(last - begin) + strlen(last)));
    return EVX_OK;
}

static int by_cells(const void *a, const void *b)
{
    const struct evx_twice_row *x = a, *y = b;
    int order = memcmp(x->cells.b, y->cells.b, sizeof x->cells.b);
    return order ? order : (x->number > y->number) - (x->number < y->number);
}

static int by_number(const void *a, const void *b)
{
    const struct evx_twice_row *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

static bool same(const struct evx_twice_row *a, const struct evx_twice_row *b)
{
    return memcmp(a->cells.b, b->cells.b, sizeof a->cells.b) == 0;
}

static void pair_up(struct evx_twice *t)
{
    for (size_t i = 1; i < t->n; i++) {
        if (!same(&t->row[i], &t->row[i - 1])) continue;
        t->row[i].other = t->row[i - 1].number;
        if (!t->row[i - 1].other) t->row[i - 1].other = t->row[i].number;
    }
}

enum evx_status evx_twice_find(struct evx_twice *out, struct evx_bytes utf8)
{
    *out = (struct evx_twice){0};
    uint64_t fault;
    if (evx_csv_read(utf8, on_row, out, &fault) == EVX_E_MEMORY) {
        evx_twice_free(out);
        return EVX_E_MEMORY;
    }
    if (out->n < 2) return EVX_OK;
    qsort(out->row, out->n, sizeof *out->row, by_cells);
    pair_up(out);
    qsort(out->row, out->n, sizeof *out->row, by_number);
    return EVX_OK;
}

void evx_twice_free(struct evx_twice *t)
{
    if (!t) return;
    free(t->row);
    *t = (struct evx_twice){0};
}

uint64_t evx_twice_other(const struct evx_twice *t, uint64_t row)
{
    struct evx_twice_row key = {.number = row};
    const struct evx_twice_row *at = t->n ? bsearch(&key, t->row, t->n, sizeof key, by_number) : NULL;
    return at ? at->other : 0;
}
