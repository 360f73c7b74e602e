// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/search.h"

#include <criterion/criterion.h>

#include "agents/inspector/views/tally.h"
#include "scene.h"

static size_t hits(struct scene *s, const char *const *word, size_t n)
{
    struct evx_search search;
    uint32_t *item = NULL;
    size_t items = 0;
    struct evx_views *v = scene_view(s);
    cr_assert_eq(evx_search_prepare(&search, v, word, n), EVX_OK);
    cr_assert_eq(evx_search_run(&search, v), EVX_E_READ_UNRECORDED, "nothing is searched before the record");
    cr_assert_eq(evx_all_evidence(&item, &items, v), EVX_OK);
    cr_assert_eq(evx_views_release(v, "consultation", "search", item, items), EVX_OK);
    cr_assert_eq(evx_search_run(&search, v), EVX_OK);
    return search.hits;
}

Test(search, every_word_must_occur_whatever_its_case_and_accents, .timeout = 60)
{
    static const struct {
        const char *word[2];
        size_t n, want;
    } row[] = {
        {{"park", NULL}, 1, 1},         {{"PARK", "railway"}, 2, 1},  {{"park", "hospital"}, 2, 0},
        {{"whitcombe", NULL}, 1, 2},    {{"andre", NULL}, 1, 1},      {{"9990000018", NULL}, 1, 2},
        {{"zebra-export", NULL}, 1, 2}, {{"found late", NULL}, 1, 1}, {{"nothing-like-it", NULL}, 1, 0},
    };
    const struct scene_child orla = {"Orla", "Whitcombe", "2012-03-04", "nhs-number", "9990000018", "", "F"};
    struct scene s;
    scene_begin(&s);
    struct scene_evidence a = {.kind = "note", .narrative = "Seen at the Railway Park.", .child = &orla};
    struct scene_evidence b = {.kind = "note",
                               .narrative = "With André.",
                               .field = "outcome",
                               .field_value = "found, late",
                               .child = &orla};
    scene_evidence(&s, POLICE, &a);
    scene_evidence(&s, CARE, &b);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        cr_assert_eq(hits(&s, row[i].word, row[i].n), row[i].want, "row %zu", i);
    scene_end(&s);
}

Test(search, needs_a_word_and_takes_not_too_many, .timeout = 30)
{
    struct scene s;
    struct evx_search search;
    scene_begin(&s);
    struct evx_views *v = scene_view(&s);
    const char *none[] = {" -- "};
    const char *many[] = {"a b c d e f g h i j k l m n o p q"};
    cr_assert_eq(evx_search_prepare(&search, v, none, 1), EVX_E_USAGE);
    cr_assert_eq(evx_search_prepare(&search, v, many, 1), EVX_E_USAGE);
    scene_end(&s);
}
