// SPDX-License-Identifier: Apache-2.0
#include "grading/register.h"

#include <criterion/criterion.h>

#include "grading/frameworks/registry.h"
#include "tests/unit/grading/scene.h"

static struct evx_framework *f;
static const char *const two[] = {"org-a", "org-b"}, *const copies[] = {"org-a", "org-a"};

static void open_framework(void) { f = evx_scene_framework("sccif-childrens-homes"); }
static void close_framework(void) { evx_framework_destroy(&f); }

TestSuite(entry, .init = open_framework, .fini = close_framework, .timeout = 10);

static struct evx_entry requirement(void)
{
    return (struct evx_entry){.kind = "requirement",
                              .regulation = "regulation 12",
                              .action = "keep the plan up to date",
                              .impact = "children were not found for hours",
                              .by = 20000,
                              .origin = two,
                              .origins = 2};
}

Test(entry, a_requirement_says_regulation_action_impact_and_date)
{
    struct evx_entry_verdict v;
    struct evx_entry e = requirement();
    cr_assert_eq(evx_entry_check(f, &e, &v), EVX_OK);
    e.regulation = NULL;
    cr_assert_eq(evx_entry_check(f, &e, &v), EVX_E_INCOMPLETE);
    cr_assert_eq(v.missing, 1u << 0);
    cr_assert_str_eq(evx_entry_part(0), "regulation");
    e = requirement();
    e.action = "";
    cr_assert_eq(evx_entry_check(f, &e, &v), EVX_E_INCOMPLETE);
    e = requirement();
    e.by = EVX_NO_DAY;
    cr_assert_eq(evx_entry_check(f, &e, &v), EVX_E_INCOMPLETE);
    cr_assert_eq(v.missing, 1u << 4);
    e = requirement();
    e.impact = NULL;
    cr_assert_eq(evx_entry_check(f, &e, &v), EVX_E_INCOMPLETE);
}

Test(entry, a_requirement_rests_on_more_than_one_source)
{
    struct evx_entry_verdict v;
    struct evx_entry e = requirement();
    e.origin = copies;
    cr_assert_eq(evx_entry_check(f, &e, &v), EVX_E_INCOMPLETE);
    cr_assert(v.too_few_sources);
    cr_assert_eq(v.distinct, 1);
    cr_assert_eq(v.missing, 0);
}

Test(entry, a_recommendation_points_into_the_guide)
{
    struct evx_entry_verdict v;
    struct evx_entry e = {.kind = "recommendation",
                          .action = "record more",
                          .page = "14",
                          .paragraph = "3.2",
                          .by = EVX_NO_DAY,
                          .origin = two,
                          .origins = 1};
    cr_assert_eq(evx_entry_check(f, &e, &v), EVX_OK);
    e.paragraph = NULL;
    cr_assert_eq(evx_entry_check(f, &e, &v), EVX_E_INCOMPLETE);
    e.kind = "wish";
    cr_assert_eq(evx_entry_check(f, &e, &v), EVX_E_FACT_UNKNOWN);
}

Test(entry, every_kind_of_every_framework_refuses_an_empty_entry, .timeout = 30)
{
    for (size_t b = 0; b < evx_framework_builtins(); b++) {
        struct evx_framework *g = evx_scene_framework(evx_framework_builtin_id(b));
        const struct evx_register_rules *rules = evx_framework_register(g);
        for (size_t i = 0; i < rules->n; i++) {
            struct evx_entry_verdict v;
            struct evx_entry e = {.kind = rules->rule[i].kind, .by = EVX_NO_DAY};
            cr_assert_eq(evx_entry_check(g, &e, &v), EVX_E_INCOMPLETE, "%s", rules->rule[i].id);
            cr_assert_eq(v.missing, rules->rule[i].needs);
        }
        evx_framework_destroy(&g);
    }
}

Test(entry, the_register_closes_on_full_compliance_only)
{
    struct evx_register *r = NULL;
    struct evx_entry_verdict v;
    struct evx_entry e = requirement();
    size_t number;
    cr_assert_eq(evx_register_new(&r, f), EVX_OK);
    cr_assert_eq(evx_register_add(r, &e, &number, &v), EVX_OK);
    cr_assert_eq(number, 1);
    cr_assert_eq(evx_register_met(r, 1, false, 19990), EVX_OK);
    cr_assert_eq(evx_register_open(r), 1, "in part is not met");
    cr_assert_eq(evx_register_overdue(r, 20000), 0);
    cr_assert_eq(evx_register_overdue(r, 20001), 1);
    cr_assert_eq(evx_register_met(r, 1, true, 20002), EVX_OK);
    cr_assert_eq(evx_register_open(r), 0);
    cr_assert_eq(evx_register_overdue(r, 20001), 0);
    cr_assert_eq(evx_register_met(r, 2, true, 20002), EVX_E_NOT_FOUND);
    evx_register_destroy(&r);
}

Test(entry, an_unmet_recommendation_becomes_a_requirement_and_both_stay)
{
    struct evx_register *r = NULL;
    struct evx_entry_verdict v;
    struct evx_entry e = {.kind = "recommendation",
                          .action = "record more",
                          .page = "14",
                          .paragraph = "3.2",
                          .by = EVX_NO_DAY,
                          .origin = two,
                          .origins = 1},
                     more = requirement();
    size_t number, raised;
    cr_assert_eq(evx_register_new(&r, f), EVX_OK);
    cr_assert_eq(evx_register_add(r, &e, &number, &v), EVX_OK);
    more.origin = copies;
    cr_assert_eq(evx_register_raise(r, number, &more, &raised, &v), EVX_E_INCOMPLETE);
    cr_assert_eq(evx_register_at(r, number)->raised_to, 0);
    more.origin = two;
    cr_assert_eq(evx_register_raise(r, number, &more, &raised, &v), EVX_OK);
    cr_assert_eq(evx_register_at(r, number)->raised_to, raised);
    cr_assert_str_eq(evx_register_at(r, raised)->entry.kind, "requirement");
    cr_assert_eq(evx_register_size(r), 2);
    cr_assert_eq(evx_register_open(r), 1);
    evx_register_destroy(&r);
}
