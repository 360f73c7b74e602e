// SPDX-License-Identifier: Apache-2.0
#include "grading/signoff.h"

#include <criterion/criterion.h>
#include <string.h>

#include "grading/rules.h"
#include "tests/unit/grading/scene.h"

static struct evx_framework *f;
static void open_framework(void) { f = evx_scene_framework("jtai"); }
static void close_framework(void) { evx_framework_destroy(&f); }

TestSuite(signoff, .init = open_framework, .fini = close_framework, .timeout = 10);

static enum evx_status finding(const char *a, const char *b, bool shared)
{
    const char *agency[] = {a, b};
    struct evx_finding x = {agency, (size_t)(a != NULL) + (b != NULL), shared};
    return evx_finding_check(f, &x, NULL);
}

Test(signoff, a_finding_is_shared_only_where_accountability_is_joint)
{
    cr_assert_eq(finding("police", NULL, false), EVX_OK);
    cr_assert_eq(finding("police", "health", true), EVX_OK);
    cr_assert_eq(finding("police", "health", false), EVX_E_INCOMPLETE);
    cr_assert_eq(finding("police", NULL, true), EVX_E_INCOMPLETE);
    cr_assert_eq(finding(NULL, NULL, false), EVX_E_INCOMPLETE);
    cr_assert_eq(finding("police", "police", true), EVX_E_INCOMPLETE);
    cr_assert_eq(finding("polise", NULL, false), EVX_E_AGENCY_UNKNOWN);
}

Test(signoff, the_ledger_keeps_own_and_shared_apart)
{
    struct evx_ledger_row rows[16] = {0};
    const char *own[] = {"police"}, *joint[] = {"police", "health"};
    struct evx_finding a = {own, 1, false}, b = {joint, 2, true};
    cr_assert_eq(evx_ledger_add(f, rows, &a, NULL), EVX_OK);
    cr_assert_eq(evx_ledger_add(f, rows, &a, NULL), EVX_OK);
    cr_assert_eq(evx_ledger_add(f, rows, &b, NULL), EVX_OK);
    for (size_t i = 0; i < evx_framework_agencies(f); i++) {
        const char *id = evx_framework_agency(f, i)->id;
        cr_assert_eq(rows[i].own, !strcmp(id, "police") ? 2 : 0);
        cr_assert_eq(rows[i].shared, !strcmp(id, "police") || !strcmp(id, "health") ? 1 : 0);
    }
}

Test(signoff, the_whole_needs_every_part)
{
    struct evx_signoff *s = NULL;
    const char *missing;
    cr_assert_eq(evx_signoff_new(&s, f, NULL, 0, NULL), EVX_OK);
    cr_assert_not(evx_signoff_complete(s, &missing));
    cr_assert_str_eq(missing, "ofsted");
    cr_assert_eq(evx_signoff_sign(s, "ofsted", "ofsted", "inspector-1", 1), EVX_OK);
    cr_assert_eq(evx_signoff_sign(s, "cqc", "cqc", "inspector-2", 2), EVX_OK);
    cr_assert_not(evx_signoff_complete(s, &missing));
    cr_assert_str_eq(missing, "hmicfrs");
    cr_assert_eq(evx_signoff_sign(s, "hmicfrs", "hmicfrs", "inspector-3", 3), EVX_OK);
    cr_assert(evx_signoff_complete(s, &missing));
    cr_assert_null(missing);
    cr_assert_eq(evx_signoff_changed(s, "cqc"), EVX_OK);
    cr_assert_not(evx_signoff_complete(s, &missing), "a changed part must be signed again");
    cr_assert_str_eq(missing, "cqc");
    evx_signoff_destroy(&s);
}

Test(signoff, nobody_signs_for_another)
{
    struct evx_signoff *s = NULL;
    cr_assert_eq(evx_signoff_new(&s, f, NULL, 0, NULL), EVX_OK);
    cr_assert_eq(evx_signoff_sign(s, "ofsted", "cqc", "inspector-1", 1), EVX_E_NOT_YOURS);
    cr_assert_eq(evx_signoff_sign(s, "ofsted", "ofsted", "", 1), EVX_E_INCOMPLETE);
    cr_assert_eq(evx_signoff_sign(s, "hmip", "hmip", "inspector-4", 1), EVX_E_AGENCY_UNKNOWN,
                 "does not take part");
    cr_assert_eq(evx_signoff_sign(s, "nobody", "nobody", "inspector-4", 1), EVX_E_AGENCY_UNKNOWN);
    cr_assert_not(evx_signoff_complete(s, NULL));
    evx_signoff_destroy(&s);
}

Test(signoff, a_theme_can_bring_in_a_fourth)
{
    struct evx_signoff *s = NULL;
    const char *missing, *fourth[] = {"hmip"}, *wrong[] = {"hmi"};
    cr_assert_eq(evx_signoff_new(&s, f, fourth, 1, NULL), EVX_OK);
    const char *all[] = {"ofsted", "cqc", "hmicfrs"};
    for (size_t i = 0; i < 3; i++)
        cr_assert_eq(evx_signoff_sign(s, all[i], all[i], "inspector", 1), EVX_OK);
    cr_assert_not(evx_signoff_complete(s, &missing));
    cr_assert_str_eq(missing, "hmip");
    cr_assert_eq(evx_signoff_sign(s, "hmip", "hmip", "inspector", 1), EVX_OK);
    cr_assert(evx_signoff_complete(s, NULL));
    evx_signoff_destroy(&s);
    cr_assert_eq(evx_signoff_new(&s, f, wrong, 1, &missing), EVX_E_AGENCY_UNKNOWN);
    cr_assert_null(s);
}
