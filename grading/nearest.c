// SPDX-License-Identifier: Apache-2.0
#include "grading/nearest.h"

#include <string.h>

#define LONGEST 64

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

// Edits (insert, delete, replace, swap of neighbours) between two words of at
// most LONGEST characters.
static size_t distance(const char *a, size_t an, const char *b, size_t bn)
{
    size_t rows[3][LONGEST + 1];
    size_t *before = rows[0], *above = rows[1], *here = rows[2];
    for (size_t j = 0; j <= bn; j++) {
        above[j] = j;
        before[j] = j;
    }
    for (size_t i = 1; i <= an; i++) {
        here[0] = i;
        for (size_t j = 1; j <= bn; j++) {
            size_t d = above[j - 1] + (a[i - 1] != b[j - 1]);
            d = least(d, least(above[j], here[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d = least(d, before[j - 2] + 1);
            here[j] = d;
        }
        size_t *free_row = before;
        before = above;
        above = here;
        here = free_row;
    }
    return above[bn];
}

struct evx_nearest evx_nearest_begin(const char *wanted)
{
    size_t n = strlen(wanted);
    return (struct evx_nearest){.wanted = wanted, .distance = n < 4 ? 2 : n / 2 + 1};
}

void evx_nearest_offer(struct evx_nearest *n, const char *known)
{
    size_t a = strlen(n->wanted), b = strlen(known);
    if (a > LONGEST || b > LONGEST) return;
    size_t d = distance(n->wanted, a, known, b);
    if (d >= n->distance) return;
    n->distance = d;
    n->best = known;
}
