// SPDX-License-Identifier: Apache-2.0
#include "agents/client/spell.h"

#include <string.h>

#define WORD 64

static size_t least(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

static size_t distance(const char *a, size_t an, const char *b, size_t bn)
{
    size_t row[WORD + 1];
    for (size_t j = 0; j <= bn; j++)
        row[j] = j;
    for (size_t i = 1; i <= an; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= bn; j++) {
            size_t above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[bn];
}

const char *evx_spell_nearest(const char *word, const char *const *candidate, size_t n)
{
    size_t word_n = strlen(word);
    if (word_n == 0 || word_n > WORD) return NULL;
    const char *best = NULL;
    size_t best_distance = word_n / 3 + 2;
    for (size_t i = 0; i < n; i++) {
        size_t candidate_n = strlen(candidate[i]);
        if (candidate_n > WORD) continue;
        size_t d = distance(word, word_n, candidate[i], candidate_n);
        if (d < best_distance) {
            best = candidate[i];
            best_distance = d;
        }
    }
    return best;
}
