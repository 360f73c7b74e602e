// SPDX-License-Identifier: Apache-2.0
//
// Properties that hold for every input of a kind.
#include <criterion/criterion.h>
#include <criterion/theories.h>
#include <stdio.h>
#include <string.h>

#include "grading/rules.h"
#include "tests/unit/grading/scene.h"

static const char *const limited[] = {
    "childrens-homes-2014",  "childrens-homes-2015", "single-inspection-2013",
    "sccif-childrens-homes", "ilacs-2018",           "child-protection-2012"};

// Position in limited[], judgement that gets worse, its grade, grade of the others.
TheoryDataPoints(properties, worse_never_widens) = {
    DataPoints(size_t, 0, 1, 2, 3, 4, 5),
    DataPoints(size_t, 1, 2, 3, 4, 5, 6),
    DataPoints(size_t, 0, 1, 2),
    DataPoints(size_t, 0, 1, 2, 3),
};

static uint32_t overall_of(const struct evx_framework *f, size_t worse, size_t grade, size_t others)
{
    struct evx_case *c = NULL;
    struct evx_permitted p;
    cr_assert_eq(evx_case_new(&c, f), EVX_OK);
    for (size_t j = 1; j < evx_framework_judgements(f); j++) {
        const char *word = evx_framework_grade(f, j == worse ? grade : others);
        cr_assert_eq(evx_case_judge(c, evx_framework_judgement(f, j), word, NULL), EVX_OK);
    }
    cr_assert_eq(evx_case_permitted(c, &p), EVX_OK);
    evx_case_destroy(&c);
    return p.permitted[0];
}

Theory((size_t framework, size_t judgement, size_t grade, size_t others), properties, worse_never_widens,
       .timeout = 60)
{
    struct evx_framework *f = evx_scene_framework(limited[framework]);
    if (judgement < evx_framework_judgements(f)) {
        uint32_t before = overall_of(f, judgement, grade, others),
                 after = overall_of(f, judgement, grade + 1, others);
        cr_assert_eq(after & ~before, 0, "%s", limited[framework]);
        cr_assert_neq(after, 0, "something always stays permitted");
    }
    evx_framework_destroy(&f);
}

// Any one criterion of the 63 that is not met.
TheoryDataPoints(properties, one_unmet_criterion_keeps_good) = {
    DataPoints(size_t, 0, 1, 2, 3, 4, 5, 6),
    DataPoints(size_t, 0, 1, 2, 3, 4, 5, 6, 7, 8),
    DataPoints(int, 0, 1),
};

Theory((size_t tens, size_t ones, int met), properties, one_unmet_criterion_keeps_good, .timeout = 60)
{
    struct evx_framework *f = evx_scene_framework("childrens-homes-2015");
    struct evx_case *c = NULL;
    struct evx_permitted p;
    size_t unmet = tens * 9 + ones;
    cr_assert_eq(evx_case_new(&c, f), EVX_OK);
    cr_assert_lt(unmet, evx_framework_criteria(f));
    for (size_t i = 0; i < evx_framework_criteria(f); i++)
        if (i == unmet || met)
            cr_assert_eq(evx_case_criterion(c, evx_framework_criterion(f, i)->id,
                                            i == unmet ? EVX_CRITERION_NOT_MET : EVX_CRITERION_MET, NULL),
                         EVX_OK);
    cr_assert_eq(evx_case_permitted(c, &p), EVX_OK);
    for (size_t j = 0; j < evx_framework_judgements(f); j++)
        cr_assert_eq(p.permitted[j], evx_scene_set(f, "OGRI"));
    cr_assert(evx_scene_fired(&p, "B.L7"));
    evx_case_destroy(&c);
    evx_framework_destroy(&f);
}

// Six facts in every order that a seed gives: the answer is the same.
TheoryDataPoints(properties, order_of_facts_does_not_matter) = {
    DataPoints(unsigned, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16),
};

static void join(char out[512], const char *const words[6])
{
    snprintf(out, 512, "%s %s %s %s %s %s", words[0], words[1], words[2], words[3], words[4], words[5]);
}

Theory((unsigned seed), properties, order_of_facts_does_not_matter, .timeout = 60)
{
    const char *words[] = {
        "leaders-and-managers=inadequate",     "any-child-missing=yes", "help-and-protection=good",
        "weeks-without-registered-manager=30", "28a:not-met",           "serious-or-widespread-failures=yes"};
    char forward[512], shuffled[512];
    join(forward, words);
    for (size_t i = 6; i > 1; i--) {
        seed = seed * 1103515245u + 12345u;
        size_t j = (seed >> 16) % i;
        const char *held = words[i - 1];
        words[i - 1] = words[j];
        words[j] = held;
    }
    join(shuffled, words);
    struct evx_framework *f = evx_scene_framework("childrens-homes-2015");
    struct evx_permitted a = evx_scene_permitted(f, forward), b = evx_scene_permitted(f, shuffled);
    cr_assert_eq(memcmp(a.permitted, b.permitted, sizeof a.permitted), 0);
    cr_assert_eq(memcmp(a.advised, b.advised, sizeof a.advised), 0);
    cr_assert_eq(a.fired_n, b.fired_n);
    for (size_t i = 0; i < a.fired_n; i++)
        cr_assert_str_eq(a.fired[i].rule, b.fired[i].rule);
    evx_framework_destroy(&f);
}
