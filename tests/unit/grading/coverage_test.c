// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "grading/rules.h"
#include "tests/unit/grading/scene.h"

static struct evx_framework *f;
static struct evx_case *c;

static void open_case(void)
{
    f = evx_scene_framework("childrens-homes-2015");
    cr_assert_eq(evx_case_new(&c, f), EVX_OK);
}

static void close_case(void)
{
    evx_case_destroy(&c);
    evx_framework_destroy(&f);
}

static struct evx_coverage_row row(const char *criterion)
{
    struct evx_coverage_row r = {0};
    for (size_t i = 0; i < evx_framework_criteria(f); i++)
        if (!strcmp(evx_framework_criterion(f, i)->id, criterion))
            cr_assert_eq(evx_case_coverage(c, i, &r), EVX_OK);
    cr_assert_not_null(r.criterion, "%s", criterion);
    return r;
}

static void give(const char *criterion, const char *agency, const char *origin, int direction,
                 const char *evidence)
{
    struct evx_evidence_fact e = {criterion, agency, origin, direction, evidence};
    cr_assert_eq(evx_case_evidence(c, &e, NULL), EVX_OK);
}

TestSuite(coverage, .init = open_case, .fini = close_case, .timeout = 10);

Test(coverage, counts_the_63_criterion_records)
{
    static const struct {
        const char *judgement, *grade;
        size_t n;
    } rows[] = {{"overall", "good", 16},
                {"overall", "outstanding", 3},
                {"help-and-protection", "good", 17},
                {"help-and-protection", "outstanding", 2},
                {"leaders-and-managers", "good", 22},
                {"leaders-and-managers", "inadequate", 2},
                {"leaders-and-managers", "outstanding", 1}};
    size_t counted = 0;
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        size_t n = 0;
        for (size_t i = 0; i < evx_framework_criteria(f); i++) {
            const struct evx_criterion *k = evx_framework_criterion(f, i);
            n += !strcmp(k->judgement, rows[r].judgement) && !strcmp(k->grade, rows[r].grade);
        }
        cr_assert_eq(n, rows[r].n, "%s %s", rows[r].judgement, rows[r].grade);
        counted += n;
    }
    cr_assert_eq(counted, 63);
    cr_assert_eq(evx_framework_criteria(f), 63);
}

Test(coverage, copies_are_one_item_and_one_origin)
{
    give("32c", "police", "org-a", 2, "e1");
    give("32c", "police", "org-a", 2, "e1");
    give("32c", "police", "org-a", 1, "e2");
    struct evx_coverage_row r = row("32c");
    cr_assert_eq(r.items, 2);
    cr_assert_eq(r.origins, 1);
    cr_assert_eq(r.concerns, 1);
    cr_assert_eq(r.strengths, 1);
    give("32c", "social-care", "org-b", 3, "e3");
    r = row("32c");
    cr_assert_eq(r.origins, 2);
    cr_assert_eq(r.neutrals, 1);
    cr_assert_eq(r.missing_n, 1);
    cr_assert_str_eq(r.missing[0], "home");
}

Test(coverage, the_same_item_counts_for_each_criterion_it_supports)
{
    give("32c", "police", "org-a", 2, "e1");
    give("32d", "police", "org-a", 2, "e1");
    cr_assert_eq(row("32c").items, 1);
    cr_assert_eq(row("32d").items, 1);
    cr_assert_eq(row("32d").origins, 1);
}

Test(coverage, conditions_drop_a_criterion_and_unknown_is_said)
{
    cr_assert_not(row("32c").applies);
    cr_assert(row("32c").undecided);
    evx_scene(f, c, "any-child-missing=yes");
    cr_assert(row("32c").applies);
    evx_scene(f, c, "any-child-missing=no");
    cr_assert_not(row("32c").applies);
    cr_assert_not(row("32c").undecided);
    cr_assert(row("28a").applies);
    cr_assert_not(row("28k").applies);
    evx_scene(f, c, "28a:not-relevant");
    cr_assert_not(row("28a").applies);
}

Test(coverage, refuses_what_it_does_not_know)
{
    const char *near;
    struct evx_evidence_fact e = {"32z", "police", "org-a", 1, "e1"};
    cr_assert_eq(evx_case_evidence(c, &e, &near), EVX_E_CRITERION_UNKNOWN);
    cr_assert_not_null(near);
    e.criterion = "32c";
    e.agency = "polise";
    cr_assert_eq(evx_case_evidence(c, &e, &near), EVX_E_AGENCY_UNKNOWN);
    cr_assert_str_eq(near, "police");
    e.agency = "police";
    e.direction = 0;
    cr_assert_eq(evx_case_evidence(c, &e, &near), EVX_E_FACT_UNKNOWN);
    e.direction = 1;
    e.origin = "";
    cr_assert_eq(evx_case_evidence(c, &e, &near), EVX_E_INCOMPLETE);
    cr_assert_eq(row("32c").items, 0);
}

Test(coverage, many_items_and_origins_are_told_apart)
{
    char evidence[32], origin[32];
    for (int i = 0; i < 5000; i++) {
        snprintf(evidence, sizeof evidence, "e%d", i);
        snprintf(origin, sizeof origin, "o%d", i % 37);
        give("36t", "health", origin, 1 + i % 3, evidence);
    }
    struct evx_coverage_row r = row("36t");
    cr_assert_eq(r.items, 5000);
    cr_assert_eq(r.origins, 37);
    evx_case_reset(c);
    cr_assert_eq(row("36t").items, 0);
    give("36t", "health", "o1", 1, "e1");
    cr_assert_eq(row("36t").origins, 1);
}
