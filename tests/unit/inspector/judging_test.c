// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/judging.h"

#include <criterion/criterion.h>

#include "grading/frameworks/registry.h"
#include "scene.h"

static struct evx_judging proposal(const struct evx_framework *f, const char *judgement, const char *grade)
{
    return (struct evx_judging){.framework = f,
                                .judgement = judgement,
                                .grade = grade,
                                .reason = "because",
                                .inspector = "A. Tester",
                                .inspectorate = "inspectorate-care"};
}

struct room {
    struct scene s;
    struct evx_framework *f;
    struct evx_views *v;
};

static void begin(struct room *r, const char *framework)
{
    scene_begin(&r->s);
    r->f = NULL;
    cr_assert_eq(evx_framework_builtin_load(&r->f, framework, NULL, NULL), EVX_OK);
    r->v = scene_view(&r->s);
}

static void end(struct room *r)
{
    scene_end(&r->s);
    evx_framework_destroy(&r->f);
}

Test(judging, a_limiting_judgement_refuses_and_names_the_rule, .timeout = 30)
{
    struct room r;
    struct evx_judging_verdict verdict;
    uint32_t number = 0;
    begin(&r, "childrens-homes-2015");
    struct evx_judging overall = proposal(r.f, "overall", "good");
    struct evx_judging help = proposal(r.f, "help-and-protection", "inadequate");
    cr_assert_eq(evx_judging_check(&verdict, r.v, &overall), EVX_OK);
    cr_assert_eq(evx_judging_check(&verdict, r.v, &help), EVX_OK);
    cr_assert_eq(evx_judging_save(&number, r.v, &help), EVX_OK);
    cr_assert_eq(number, 1);
    cr_assert_eq(evx_judging_check(&verdict, r.v, &overall), EVX_E_NOT_PERMITTED);
    cr_assert_str_eq(verdict.rule, "B.L1");

    overall.override_rule = "B.L9";
    overall.override_reason = "reviewed";
    cr_assert_eq(evx_judging_check(&verdict, r.v, &overall), EVX_E_NOT_PERMITTED, "another rule's override");
    overall.override_rule = "B.L1";
    overall.override_reason = "";
    cr_assert_eq(evx_judging_check(&verdict, r.v, &overall), EVX_E_NOT_PERMITTED, "without a reason");
    overall.override_reason = "reviewed";
    cr_assert_eq(evx_judging_check(&verdict, r.v, &overall), EVX_OK);
    cr_assert(!verdict.permitted);
    end(&r);
}

Test(judging, unknown_words_are_refused, .timeout = 30)
{
    struct room r;
    struct evx_judging_verdict verdict;
    begin(&r, "childrens-homes-2015");
    struct evx_judging j = proposal(r.f, "overal", "good");
    cr_assert_eq(evx_judging_check(&verdict, r.v, &j), EVX_E_JUDGEMENT_UNKNOWN);
    j = proposal(r.f, "overall", "satisfactory");
    cr_assert_eq(evx_judging_check(&verdict, r.v, &j), EVX_E_GRADE_UNKNOWN);
    const char *fact[] = {"no-such-fact=1"};
    j = proposal(r.f, "overall", "good");
    j.fact = fact;
    j.facts = 1;
    cr_assert_eq(evx_judging_check(&verdict, r.v, &j), EVX_E_FACT_UNKNOWN);
    fact[0] = "nothing";
    cr_assert_eq(evx_judging_check(&verdict, r.v, &j), EVX_E_USAGE);
    end(&r);
}

Test(judging, a_narrative_framework_takes_no_grade, .timeout = 30)
{
    struct room r;
    struct evx_judging_verdict verdict;
    begin(&r, "jtai");
    struct evx_judging j = proposal(r.f, "front-door", "good");
    cr_assert_eq(evx_judging_check(&verdict, r.v, &j), EVX_E_GRADE_UNKNOWN);
    j.grade = "";
    cr_assert_eq(evx_judging_check(&verdict, r.v, &j), EVX_OK);
    end(&r);
}

Test(judging, a_draft_comes_back_as_it_was, .timeout = 30)
{
    struct room r;
    uint32_t number = 0;
    struct evx_draft_view *draft = NULL;
    size_t n = 0;
    begin(&r, "childrens-homes-2015");
    struct evx_judging j = proposal(r.f, "leaders-and-managers", "good");
    cr_assert_eq(evx_judging_save(&number, r.v, &j), EVX_OK);
    r.v = scene_view(&r.s);
    cr_assert_eq(evx_judging_drafts(&draft, &n, r.v), EVX_OK);
    cr_assert_eq(n, 1);
    cr_assert_str_eq(draft[0].item->judgement->judgement, "leaders-and-managers");
    cr_assert_str_eq(draft[0].item->judgement->reason, "because");
    cr_assert_str_eq(draft[0].item->judgement->inspector, "A. Tester");
    cr_assert(!draft[0].sent);
    evx_judging_drafts_free(draft, n);
    end(&r);
}
