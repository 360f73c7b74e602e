// SPDX-License-Identifier: Apache-2.0
#include "grading/load/load.h"

#include <string.h>

#include "grading/nearest.h"

void *evx_load_take(struct evx_loading *l, size_t n, size_t size)
{
    return evx_arena_take(&l->f->arena, (n + 1) * size);
}

enum evx_status evx_load_strings(struct evx_loading *l, const struct evx_texts *t, const char *const **out,
                                 size_t *n)
{
    *out = NULL;
    *n = 0;
    const char **words = evx_load_take(l, t->n, sizeof *words);
    if (!words) return EVX_E_MEMORY;
    for (size_t i = 0; i < t->n; i++)
        words[i] = t->at[i].s;
    *out = words;
    *n = t->n;
    return EVX_OK;
}

enum evx_status evx_load_word(struct evx_loading *l, const struct evx_text *t)
{
    static const char *const reserved[] = {"is",     "not",    "and",  "or",        "always",
                                           "open",   "judged", "than", "report",    "worse",
                                           "better", "least",  "most", "not-judged"};
    for (const char *s = t->s; *s; s++)
        if (!((*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9') || *s == '-'))
            return evx_reader_fail(&l->reader, t->line, t->key, "'%.60s': only a-z, 0-9 and '-' make an id",
                                   t->s);
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (!strcmp(t->s, reserved[i]))
            return evx_reader_fail(&l->reader, t->line, t->key, "'%s' means something in conditions", t->s);
    return EVX_OK;
}

enum evx_status evx_load_choice(struct evx_loading *l, const struct evx_text *t, const char *const *words,
                                size_t n, size_t *choice)
{
    *choice = 0;
    struct evx_nearest near = evx_nearest_begin(t->s);
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(t->s, words[i])) {
            *choice = i;
            return EVX_OK;
        }
        evx_nearest_offer(&near, words[i]);
    }
    return evx_reader_fail_near(&l->reader, t, "such word here:", near.best);
}

enum evx_status evx_load_flag(struct evx_loading *l, const struct evx_text *t, bool *out)
{
    static const char *const words[] = {"no", "yes"};
    size_t choice = 0;
    enum evx_status s = *t->s ? evx_load_choice(l, t, words, 2, &choice) : EVX_OK;
    *out = choice == 1;
    return s;
}

enum evx_status evx_load_judgement_ref(struct evx_loading *l, const struct evx_text *t, int8_t *out)
{
    const char *near;
    int i = evx_find_judgement(l->f, t->s, &near);
    *out = (int8_t)i;
    return i < 0 ? evx_reader_fail_near(&l->reader, t, "judgement", near) : EVX_OK;
}

enum evx_status evx_load_grade_ref(struct evx_loading *l, const struct evx_text *t, int *out)
{
    const char *near;
    *out = evx_find_grade(l->f, t->s, &near);
    return *out < 0 ? evx_reader_fail_near(&l->reader, t, "grade", near) : EVX_OK;
}

enum evx_status evx_load_twice(struct evx_loading *l, const struct evx_text *id)
{
    return evx_reader_fail(&l->reader, id->line, id->key, "'%.60s' is there already", id->s);
}
