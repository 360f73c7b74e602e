// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
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

TestSuite(decide, .init = open_case, .fini = close_case, .timeout = 10);

static enum evx_status override(const char *rule, const char *who, const char *reason)
{
    struct evx_override o = {rule, who, reason, 1700000000000};
    return evx_case_override(c, &o, NULL);
}

Test(decide, a_cap_refuses_and_an_override_lets_pass_on_the_record)
{
    struct evx_decision d;
    evx_scene(f, c, "help-and-protection=good leaders-and-managers=inadequate");
    cr_assert_eq(evx_case_decide(c, "overall", "requires-improvement", &d), EVX_OK);
    cr_assert_eq(d.against_n, 0);
    cr_assert_eq(evx_case_decide(c, "overall", "good", &d), EVX_E_NOT_PERMITTED);
    cr_assert_eq(d.against_n, 1);
    cr_assert_str_eq(d.against[0].rule, "B.L3");
    cr_assert_null(d.by[0]);
    cr_assert_eq(override("B.L3", "inspector-7", "manager appointed on the day of the visit"), EVX_OK);
    cr_assert_eq(evx_case_decide(c, "overall", "good", &d), EVX_OK);
    cr_assert_eq(d.against_n, 1, "the rule stays named");
    cr_assert_str_eq(d.by[0]->reason, "manager appointed on the day of the visit");
    cr_assert_eq(d.permitted, evx_scene_set(f, "RI"), "what the rules leave does not change");
    cr_assert_eq(evx_case_overrides(c), 1);
    cr_assert_eq(evx_case_override_at(c, 0)->time_ms, 1700000000000);
}

Test(decide, one_override_does_not_pass_another_rule)
{
    struct evx_decision d;
    evx_scene(f, c, "help-and-protection=inadequate leaders-and-managers=inadequate");
    cr_assert_eq(override("B.L3", "inspector-7", "reason"), EVX_OK);
    cr_assert_eq(evx_case_decide(c, "overall", "good", &d), EVX_E_NOT_PERMITTED);
    cr_assert_eq(d.against_n, 2);
}

Test(decide, an_override_needs_person_reason_and_a_rule_that_binds)
{
    const char *near;
    struct evx_override o = {"B.L33", "w", "r", 0};
    cr_assert_eq(override("B.L3", "", "reason"), EVX_E_INCOMPLETE);
    cr_assert_eq(override("B.L3", "inspector-7", ""), EVX_E_INCOMPLETE);
    cr_assert_eq(override("B.L3", NULL, "reason"), EVX_E_INCOMPLETE);
    cr_assert_eq(override("B.L2", "inspector-7", "advice binds nobody"), EVX_E_RULE_UNKNOWN);
    cr_assert_eq(override("B.L7", "inspector-7", "a guard is not passed"), EVX_E_RULE_UNKNOWN);
    cr_assert_eq(evx_case_override(c, &o, &near), EVX_E_RULE_UNKNOWN);
    cr_assert_str_eq(near, "B.L3");
    cr_assert_eq(evx_case_overrides(c), 0);
}

Test(decide, an_override_ends_with_its_case)
{
    struct evx_decision d;
    cr_assert_eq(override("B.L3", "inspector-7", "reason"), EVX_OK);
    evx_scene(f, c, "help-and-protection=good leaders-and-managers=inadequate");
    cr_assert_eq(evx_case_overrides(c), 0);
    cr_assert_eq(evx_case_decide(c, "overall", "good", &d), EVX_E_NOT_PERMITTED);
}

Test(decide, order_of_judging_holds)
{
    struct evx_decision d;
    cr_assert_eq(evx_case_decide(c, "overall", "good", &d), EVX_E_NOT_READY);
    cr_assert_str_eq(d.against[0].rule, "B.L4");
    evx_scene(f, c, "help-and-protection=good");
    cr_assert_eq(evx_case_decide(c, "overall", "good", &d), EVX_E_NOT_READY);
    evx_scene(f, c, "help-and-protection=good leaders-and-managers=good");
    cr_assert_eq(evx_case_decide(c, "overall", "good", &d), EVX_OK);
    cr_assert_eq(evx_case_decide(c, "help-and-protection", "good", &d), EVX_OK);
}

Test(decide, police_contact_comes_before_a_judgement_where_a_child_was_missing)
{
    struct evx_decision d;
    evx_scene(f, c, "help-and-protection=good leaders-and-managers=good any-child-missing=yes");
    cr_assert_eq(evx_case_decide(c, "overall", "good", &d), EVX_E_NOT_READY);
    cr_assert_str_eq(d.against[0].rule, "B.E6");
    evx_scene(
        f, c,
        "help-and-protection=good leaders-and-managers=good any-child-missing=yes police-contacted=yes");
    cr_assert_eq(evx_case_decide(c, "overall", "good", &d), EVX_OK);
}

Test(decide, the_report_waits_for_what_it_must_say)
{
    struct evx_decision d;
    evx_scene(f, c, "stage=reporting");
    cr_assert_eq(evx_case_decide(c, "report", "", &d), EVX_E_NOT_READY);
    cr_assert_eq(d.against_n, 2);
    evx_scene(
        f, c,
        "stage=reporting outstanding-practice-and-priorities-recorded=yes characteristics-considered=yes");
    cr_assert_eq(evx_case_decide(c, "report", "", &d), EVX_OK);
}

Test(decide, deciding_records_nothing)
{
    struct evx_decision d;
    evx_scene(f, c, "help-and-protection=good leaders-and-managers=good");
    cr_assert_eq(evx_case_decide(c, "overall", "good", &d), EVX_OK);
    cr_assert(evx_case_open(c, 0));
    cr_assert_eq(evx_case_decide(c, "overall", "splendid", &d), EVX_E_GRADE_UNKNOWN);
    cr_assert_eq(evx_case_decide(c, "everything", "good", &d), EVX_E_JUDGEMENT_UNKNOWN);
}

Test(decide, an_incomplete_joint_report_names_the_partner)
{
    struct evx_framework *adcs = evx_scene_framework("adcs-narrative-2015");
    struct evx_case *report = NULL;
    struct evx_decision d;
    cr_assert_eq(evx_case_new(&report, adcs), EVX_OK);
    evx_scene(adcs, report,
              "stage=reporting standards-answered=yes recommendations-made=yes council-examined=yes "
              "health-examined=yes schools-examined=yes local-groups-examined=yes");
    cr_assert_eq(evx_case_decide(report, "report", "", &d), EVX_E_NOT_READY);
    cr_assert_eq(d.against_n, 1);
    cr_assert(strstr(d.against[0].message, "police"));
    cr_assert_eq(evx_case_decide(report, "front-door", "good", &d), EVX_E_NARRATIVE);
    evx_case_destroy(&report);
    evx_framework_destroy(&adcs);
}
