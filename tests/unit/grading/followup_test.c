// SPDX-License-Identifier: Apache-2.0
#include "grading/followup.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/grading/scene.h"

static const char *const gates[8] = {
    "manager-agrees-discrete", "higher-without-concerns", "good-track-record", "no-leadership-concerns",
    "no-protection-concerns",  "quickly-rectifiable",     "safe-now",          "requirements-met-in-full"};
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

TestSuite(followup, .init = open_case, .fini = close_case, .timeout = 10);

static void answer(int missing_gate, int unanswered)
{
    char words[1024] = "";
    size_t n = 0;
    for (int i = 0; i < 8; i++) {
        if (i == unanswered) continue;
        n += (size_t)snprintf(words + n, sizeof words - n, "%s=%s ", gates[i],
                              i == missing_gate ? "no" : "yes");
    }
    evx_scene(f, c, words);
}

Test(followup, improves_only_when_all_eight_gates_hold)
{
    struct evx_followup_result r;
    answer(-1, -1);
    cr_assert_eq(evx_followup(c, "monitored", "improve-judgement", &r, NULL), EVX_OK);
    cr_assert_str_eq(r.state, "improved");
    cr_assert_eq(r.step->gates, 8);
    cr_assert_str_eq(r.step->duty[0], "publish-report");
}

Test(followup, each_gate_that_fails_is_named_and_keeps_the_state)
{
    for (int i = 0; i < 8; i++) {
        struct evx_followup_result r;
        char id[16];
        snprintf(id, sizeof id, "G%d", i + 1);
        answer(i, -1);
        cr_assert_eq(evx_followup(c, "monitored", "improve-judgement", &r, NULL), EVX_E_FOLLOW_UP);
        cr_assert_eq(r.failed_n, 1);
        cr_assert_str_eq(r.failed[0]->id, id);
        cr_assert_not(r.unanswered[0]);
        cr_assert_str_eq(r.state, "monitored");
        answer(-1, i);
        cr_assert_eq(evx_followup(c, "monitored", "improve-judgement", &r, NULL), EVX_E_FOLLOW_UP);
        cr_assert_eq(r.failed_n, 1);
        cr_assert(r.unanswered[0], "a gate that nobody answered does not hold");
    }
}

Test(followup, nothing_answered_fails_all_eight)
{
    struct evx_followup_result r;
    evx_case_reset(c);
    cr_assert_eq(evx_followup(c, "monitored", "improve-judgement", &r, NULL), EVX_E_FOLLOW_UP);
    cr_assert_eq(r.failed_n, 8);
}

Test(followup, every_step_leads_where_the_table_says)
{
    static const char *const ids[] = {"childrens-homes-2015", "sccif-childrens-homes"};
    for (size_t k = 0; k < 2; k++) {
        struct evx_framework *g = evx_scene_framework(ids[k]);
        struct evx_case *d = NULL;
        cr_assert_eq(evx_case_new(&d, g), EVX_OK);
        for (size_t i = 0; i < 8; i++)
            cr_assert_eq(evx_case_fact_flag(d, gates[i], true, NULL), EVX_OK);
        cr_assert_eq(evx_followup_steps(g), 7);
        for (size_t i = 0; i < evx_followup_steps(g); i++) {
            const struct evx_followup_step *s = evx_followup_step_at(g, i);
            struct evx_followup_result r;
            cr_assert_eq(evx_followup(d, s->from, s->event, &r, NULL), EVX_OK, "%s", s->id);
            cr_assert_str_eq(r.state, s->to);
        }
        cr_assert_str_eq(evx_followup_start(g), "inadequate");
        evx_case_destroy(&d);
        evx_framework_destroy(&g);
    }
}

Test(followup, a_judgement_cannot_improve_without_a_visit)
{
    struct evx_followup_result r;
    answer(-1, -1);
    cr_assert_eq(evx_followup(c, "inadequate", "improve-judgement", &r, NULL), EVX_E_FOLLOW_UP);
    cr_assert_null(r.step);
    cr_assert_str_eq(r.state, "inadequate");
}

Test(followup, unknown_words_are_errors_with_a_suggestion)
{
    struct evx_followup_result r;
    const char *near;
    cr_assert_eq(evx_followup(c, "monitord", "improve-judgement", &r, &near), EVX_E_EVENT_UNKNOWN);
    cr_assert_str_eq(near, "monitored");
    cr_assert_eq(evx_followup(c, "monitored", "improve-judgment", &r, &near), EVX_E_EVENT_UNKNOWN);
    cr_assert_str_eq(near, "improve-judgement");
    struct evx_framework *none = evx_scene_framework("jtai");
    struct evx_case *d = NULL;
    cr_assert_eq(evx_case_new(&d, none), EVX_OK);
    cr_assert_null(evx_followup_start(none));
    cr_assert_eq(evx_followup(d, "x", "y", &r, &near), EVX_E_FOLLOW_UP);
    evx_case_destroy(&d);
    evx_framework_destroy(&none);
}
