// SPDX-License-Identifier: Apache-2.0
#include "agents/social_care/social_care.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/agencies/reader.h"

#define FOLDER "tests/data/samples/social_care/"

Test(social_care, every_sample_is_evidence_without_problems, .timeout = 20)
{
    static const struct {
        const char *file, *kind;
        uint64_t rows;
    } samples[] = {{FOLDER "header.csv", "child-record", 6},
                   {FOLDER "episodes.csv", "placement-episode", 9},
                   {FOLDER "missing.csv", "missing-episode", 4},
                   {FOLDER "reviews.csv", "looked-after-review", 9},
                   {FOLDER "oc2_2026.csv", "health-and-offending", 3}};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const char *paths[] = {samples[i].file, FOLDER "header.csv"};
        struct kept k;
        kept_read_file(&k, evx_social_care(), paths, i ? 2 : 1);
        cr_assert_eq(k.problems, 0, "%s: %s", samples[i].file, k.problem[0].message);
        cr_assert_eq(k.result.evidence, samples[i].rows, "%s", samples[i].file);
        cr_assert_str_eq(k.item[0]->evidence->kind, samples[i].kind);
        kept_free(&k);
    }
}

Test(social_care, an_episode_gets_birth_and_upn_from_the_header, .timeout = 20)
{
    static const char *const paths[] = {FOLDER "episodes.csv", FOLDER "header.csv"};
    struct kept k;
    kept_read_file(&k, evx_social_care(), paths, 2);
    const Evx__V1__Subject *child = k.item[0]->evidence->subject[0];
    cr_assert_str_eq(kept_identifier(k.item[0], "la-child-id"), "730011");
    cr_assert_str_eq(kept_identifier(k.item[0], "upn"), "X999000117001");
    cr_assert_str_eq(child->born->text, "04/03/2012");
    cr_assert_str_eq(child->sex, "male");
    kept_free(&k);
}

Test(social_care, without_the_header_it_says_so_once_and_goes_on, .timeout = 20)
{
    static const char *const paths[] = {FOLDER "episodes.csv"};
    struct kept k;
    kept_read_file(&k, evx_social_care(), paths, 1);
    cr_assert_eq(k.problems, 1);
    cr_assert_eq(k.problem[0].code, EVX_E_ROW_ORPHAN);
    cr_assert_eq(k.problem[0].severity, EVX_SEVERITY_WARNING);
    cr_assert_eq(k.result.evidence, 9);
    kept_free(&k);
}

Test(social_care, a_code_raises_significance_and_adds_its_criterion, .timeout = 20)
{
    struct kept k;
    kept_read_text(&k, evx_social_care(), "episodes.csv",
                   "CHILD,DECOM,RNE,LS,CIN,PLACE,REASON_PLACE_CHANGE\n1,01/02/2026,P,C2,N5,U4,ALLEG\n");
    const Evx__V1__Evidence *e = k.item[0]->evidence;
    cr_assert_eq(e->direction, EVX__V1__DIRECTION__DIRECTION_CONCERN);
    cr_assert_eq(e->significance, EVX__V1__SIGNIFICANCE__SIGNIFICANCE_CRITICAL);
    cr_assert_eq(e->n_criterion, 2);
    cr_assert_str_eq(e->criterion[1]->criterion, "32n");
    cr_assert_str_eq(kept_field(k.item[0], "placement"), "U4 fostered, long term");
    kept_free(&k);
}
