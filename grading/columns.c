// SPDX-License-Identifier: Apache-2.0
//
// How a table of outcomes spells columns and grades. Words of one scale are
// recognised in other spellings of the same word, never as another word.
#include "grading/model.h"

#include <string.h>

static char fold(char c)
{
    if (c >= 'A' && c <= 'Z') return (char)(c - 'A' + 'a');
    return c == '_' || c == '-' ? ' ' : c;
}

// Equal but for case, '_', '-' and ' '.
static bool alike(const char *a, const char *b)
{
    while (*a && fold(*a) == fold(*b)) {
        a++;
        b++;
    }
    return fold(*a) == fold(*b);
}

static int among(const char *const *words, size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++)
        if (alike(words[i], word)) return (int)i;
    return -1;
}

int evx_framework_grade_position(const struct evx_framework *f, const char *word)
{
    for (size_t i = 0; i < f->grades; i++)
        if (alike(f->grade[i].id, word) || among(f->grade[i].written, f->grade[i].written_n, word) >= 0)
            return (int)i;
    return -1;
}

int evx_framework_column(const struct evx_framework *f, const char *column)
{
    for (size_t i = 0; i < f->judgements && f->graded; i++)
        if (alike(f->judgement[i].id, column) || among(f->audit.column[i], f->audit.column_n[i], column) >= 0)
            return (int)i;
    return -1;
}

int evx_framework_date_column(const struct evx_framework *f, const char *column)
{
    return among(f->audit.date, f->audit.date_n, column);
}

bool evx_framework_absent_word(const struct evx_framework *f, const char *cell)
{
    return among(f->audit.absent, f->audit.absent_n, cell) >= 0;
}
