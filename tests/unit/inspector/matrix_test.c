// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/matrix.h"

#include <criterion/criterion.h>

#include "grading/frameworks/registry.h"
#include "scene.h"

static const struct scene_child orla = {"Orla",       "Whitcombe", "2012-03-04", "nhs-number",
                                        "9990000018", "",          "F"};

static struct evx_item_id put(struct scene *s, int agency, const char *narrative, int direction,
                              const char *origin)
{
    struct scene_evidence e = {.kind = "note",
                               .narrative = narrative,
                               .direction = direction,
                               .origin = origin,
                               .criterion = "32c",
                               .child = &orla};
    return scene_evidence(s, agency, &e);
}

static const struct evx_matrix_row *row_of(const struct evx_matrix *m, const char *criterion)
{
    for (size_t r = 0; r < m->rows; r++)
        if (strcmp(m->row[r].criterion, criterion) == 0) return &m->row[r];
    return NULL;
}

static void work_out(struct evx_matrix *m, struct scene *s, struct evx_framework **f)
{
    cr_assert_eq(evx_framework_builtin_load(f, "childrens-homes-2015", NULL, NULL), EVX_OK);
    cr_assert_eq(evx_matrix_work_out(m, scene_view(s), "childrens-homes-2015", *f), EVX_OK);
}

Test(matrix, counts_items_directions_and_distinct_origins, .timeout = 30)
{
    struct scene s;
    struct evx_matrix m;
    struct evx_framework *f = NULL;
    scene_begin(&s);
    put(&s, POLICE, "a", EVX__V1__DIRECTION__DIRECTION_CONCERN, NULL);
    put(&s, POLICE, "b", EVX__V1__DIRECTION__DIRECTION_STRENGTH, NULL);
    put(&s, CARE, "c", EVX__V1__DIRECTION__DIRECTION_CONCERN, NULL);
    put(&s, CARE, "what the police saw", EVX__V1__DIRECTION__DIRECTION_CONCERN, scene_org[POLICE]);
    work_out(&m, &s, &f);
    const struct evx_matrix_row *row = row_of(&m, "32c");
    cr_assert_not_null(row);
    cr_assert_eq(row->all.items, 4);
    cr_assert_eq(row->all.concerns, 3);
    cr_assert_eq(row->all.strengths, 1);
    cr_assert_eq(row->origins, 2, "a copy passed on keeps its origin");
    for (size_t a = 0; a < s.views->agencies; a++) {
        size_t want = strcmp(s.views->agency[a].id, scene_org[POLICE]) == 0 ? 3
                      : strcmp(s.views->agency[a].id, scene_org[CARE]) == 0 ? 1
                                                                            : 0;
        cr_assert_eq(row->cell[a].items, want, "%s", s.views->agency[a].id);
    }
    cr_assert_eq(m.with_evidence, 1);
    scene_end(&s);
    evx_framework_destroy(&f);
}

Test(matrix, repetitions_and_withdrawn_items_count_nothing, .timeout = 30)
{
    struct scene s;
    struct evx_matrix m;
    struct evx_framework *f = NULL;
    scene_begin(&s);
    put(&s, POLICE, "same", EVX__V1__DIRECTION__DIRECTION_CONCERN, NULL);
    put(&s, POLICE, "same", EVX__V1__DIRECTION__DIRECTION_CONCERN, NULL);
    struct evx_item_id gone = put(&s, CARE, "gone", EVX__V1__DIRECTION__DIRECTION_CONCERN, NULL);
    scene_withdraw(&s, CARE, &gone);
    work_out(&m, &s, &f);
    cr_assert_eq(row_of(&m, "32c")->all.items, 1);
    cr_assert_eq(row_of(&m, "32c")->origins, 1);
    scene_end(&s);
    evx_framework_destroy(&f);
}

Test(matrix, says_which_kind_of_agency_is_missing, .timeout = 30)
{
    struct scene s;
    struct evx_matrix m;
    struct evx_framework *f = NULL;
    scene_begin(&s);
    put(&s, POLICE, "a", EVX__V1__DIRECTION__DIRECTION_NEUTRAL, NULL);
    work_out(&m, &s, &f);
    const struct evx_matrix_row *row = row_of(&m, "32c");
    bool police = false, care = false;
    for (size_t i = 0; i < row->missing_n; i++) {
        police = police || strcmp(row->missing[i], "police") == 0;
        care = care || strcmp(row->missing[i], "social-care") == 0;
    }
    cr_assert(!police);
    cr_assert(care);
    cr_assert_eq(m.rows, evx_framework_criteria(f));
    scene_end(&s);
    evx_framework_destroy(&f);
}

Test(matrix, without_the_framework_the_rows_are_what_was_cited, .timeout = 30)
{
    struct scene s;
    struct evx_matrix m;
    scene_begin(&s);
    put(&s, POLICE, "a", EVX__V1__DIRECTION__DIRECTION_NEUTRAL, NULL);
    cr_assert_eq(evx_matrix_work_out(&m, scene_view(&s), "childrens-homes-2015", NULL), EVX_OK);
    cr_assert_eq(m.rows, 1);
    cr_assert_null(m.row[0].known);
    cr_assert_eq(evx_matrix_work_out(&m, s.views, "another", NULL), EVX_OK);
    cr_assert_eq(m.rows, 0);
    cr_assert_eq(m.uncited, 1);
    scene_end(&s);
}
