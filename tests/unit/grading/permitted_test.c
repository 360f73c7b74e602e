// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <string.h>

#include "grading/frameworks/registry.h"
#include "grading/rules.h"
#include "tests/unit/grading/scene.h"

static uint32_t overall(const struct evx_framework *f, const char *words)
{
    struct evx_permitted p = evx_scene_permitted(f, words);
    return p.permitted[evx_framework_judgement_position(f, "overall")];
}

Test(permitted, follows_the_formula_of_2015_on_all_pairs, .timeout = 30)
{
    struct evx_framework *f = evx_scene_framework("childrens-homes-2015");
    struct evx_case *c = NULL;
    cr_assert_eq(evx_case_new(&c, f), EVX_OK);
    for (size_t hp = 0; hp < 4; hp++)
        for (size_t lm = 0; lm < 4; lm++) {
            struct evx_permitted p;
            evx_case_reset(c);
            cr_assert_eq(evx_case_judge(c, "help-and-protection", evx_framework_grade(f, hp), NULL), EVX_OK);
            cr_assert_eq(evx_case_judge(c, "leaders-and-managers", evx_framework_grade(f, lm), NULL), EVX_OK);
            cr_assert_eq(evx_case_permitted(c, &p), EVX_OK);
            const char *expected = hp == 3 ? "I" : lm == 3 ? "RI" : "OGRI";
            cr_assert_eq(p.permitted[0], evx_scene_set(f, expected));
            cr_assert_eq(p.advised[0], lm == 3 ? evx_scene_set(f, "I") : 0);
        }
    evx_case_destroy(&c);
    evx_framework_destroy(&f);
}

Test(permitted, sets_per_framework, .timeout = 30)
{
    static const struct {
        const char *framework, *words, *grades;
    } rows[] = {
        {"childrens-homes-2014", "help-and-protection=inadequate", "I"},
        {"childrens-homes-2014", "leaders-and-managers=inadequate", "RI"},
        {"childrens-homes-2014", "partnership=inadequate", "RI"},
        {"childrens-homes-2014", "partnership=inadequate help-and-protection=inadequate", "I"},
        {"childrens-homes-2015",
         "leaders-and-managers=requires-improvement help-and-protection=requires-improvement", "OGRI"},
        {"childrens-homes-2015", "weeks-without-registered-manager=52", "OGRI"},
        {"child-protection-2012",
         "leadership=inadequate quality-of-practice=inadequate capacity-to-improve=inadequate", "OGRI"},
        {"single-inspection-2013", "looked-after=inadequate", "I"},
        {"single-inspection-2013", "adoption=inadequate", "OGRI"},
        {"single-inspection-2013", "care-leavers=inadequate", "OGRI"},
        {"sccif-childrens-homes", "help-and-protection=inadequate", "I"},
        {"sccif-childrens-homes", "leaders-and-managers=inadequate", "RI"},
        {"ilacs-2018", "in-care=inadequate", "I"},
        {"ilacs-2018", "care-leavers=inadequate", "I"},
        {"ilacs-2018", "impact-of-leaders=inadequate", "RI"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct evx_framework *f = evx_scene_framework(rows[i].framework);
        cr_assert_eq(overall(f, rows[i].words), evx_scene_set(f, rows[i].grades), "%s: %s", rows[i].framework,
                     rows[i].words);
        evx_framework_destroy(&f);
    }
}

Test(permitted, caps_the_leadership_judgement_under_sccif, .timeout = 10)
{
    struct evx_framework *f = evx_scene_framework("sccif-childrens-homes");
    struct evx_permitted p = evx_scene_permitted(f, "weeks-without-registered-manager=27");
    int lm = evx_framework_judgement_position(f, "leaders-and-managers");
    cr_assert_eq(p.permitted[lm], evx_scene_set(f, "RI"));
    cr_assert_eq(p.advised[lm], evx_scene_set(f, "I"));
    cr_assert_eq(p.advised[0], evx_scene_set(f, "GRI"));
    cr_assert_eq(p.permitted[0], evx_scene_set(f, "OGRI"));
    evx_framework_destroy(&f);
}

Test(permitted, advice_ends_when_the_judgement_is_made, .timeout = 10)
{
    struct evx_framework *f = evx_scene_framework("childrens-homes-2015");
    struct evx_permitted p = evx_scene_permitted(
        f, "leaders-and-managers=inadequate overall=requires-improvement help-and-protection=good");
    cr_assert_eq(p.advised[0], 0);
    cr_assert(evx_scene_fired(&p, "B.L3"));
    evx_framework_destroy(&f);
}

Test(permitted, empty_where_no_overall_exists_and_that_is_complete, .timeout = 10)
{
    struct evx_framework *f = evx_scene_framework("ilacs-2026");
    cr_assert_eq(evx_framework_judgement_position(f, "overall"), -1);
    cr_assert_eq(evx_framework_judgements(f), 4);
    struct evx_case *c = NULL;
    cr_assert_eq(evx_case_new(&c, f), EVX_OK);
    cr_assert_eq(evx_case_judge(c, "overall", "good", NULL), EVX_E_JUDGEMENT_UNKNOWN);
    evx_case_destroy(&c);
    evx_framework_destroy(&f);
}

Test(permitted, narrative_frameworks_hold_no_grade, .timeout = 10)
{
    static const char *const ids[] = {"jtai", "adcs-narrative-2015"};
    for (size_t i = 0; i < 2; i++) {
        struct evx_framework *f = evx_scene_framework(ids[i]);
        struct evx_case *c = NULL;
        struct evx_permitted p;
        cr_assert_eq(evx_case_new(&c, f), EVX_OK);
        cr_assert_not(evx_framework_graded(f));
        cr_assert_eq(evx_framework_grades(f), 0);
        for (size_t j = 0; j < evx_framework_judgements(f); j++) {
            const char *judgement = evx_framework_judgement(f, j);
            cr_assert_eq(evx_case_judge(c, judgement, "good", NULL), EVX_E_NARRATIVE);
            cr_assert_eq(evx_case_judge(c, judgement, "inadequate", NULL), EVX_E_NARRATIVE);
            cr_assert_eq(evx_case_judge(c, judgement, "", NULL), EVX_OK);
            cr_assert_str_eq(evx_case_grade(c, j), "written");
        }
        cr_assert_eq(evx_case_permitted(c, &p), EVX_OK);
        cr_assert_eq(p.permitted[0], 0);
        evx_case_destroy(&c);
        evx_framework_destroy(&f);
    }
}

Test(permitted, words_of_one_scale_are_not_words_of_another, .timeout = 10)
{
    static const struct {
        const char *framework, *word;
        bool known;
    } rows[] = {
        {"childrens-homes-2015", "satisfactory", false},
        {"childrens-homes-2015", "adequate", false},
        {"childrens-homes-2015", "requires improvement to be good", true},
        {"child-protection-2012", "satisfactory", true},
        {"child-protection-2012", "requires-improvement", false},
        {"child-protection-2012", "adequate", false},
        {"sccif-childrens-homes", "adequate", false},
        {"ilacs-2018", "satisfactory", false},
        {"single-inspection-2013", "Requires improvement", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct evx_framework *f = evx_scene_framework(rows[i].framework);
        cr_assert_eq(evx_framework_grade_position(f, rows[i].word) >= 0, rows[i].known, "%s", rows[i].word);
        evx_framework_destroy(&f);
    }
}

Test(permitted, unknown_ids_are_errors_with_a_suggestion, .timeout = 10)
{
    struct evx_framework *f = evx_scene_framework("childrens-homes-2015");
    struct evx_case *c = NULL;
    const char *near = NULL;
    cr_assert_eq(evx_case_new(&c, f), EVX_OK);
    cr_assert_eq(evx_case_judge(c, "help-and-protecton", "good", &near), EVX_E_JUDGEMENT_UNKNOWN);
    cr_assert_str_eq(near, "help-and-protection");
    cr_assert_eq(evx_case_judge(c, "overall", "goood", &near), EVX_E_GRADE_UNKNOWN);
    cr_assert_str_eq(near, "good");
    cr_assert_eq(evx_case_fact_flag(c, "any-child-mising", true, &near), EVX_E_FACT_UNKNOWN);
    cr_assert_str_eq(near, "any-child-missing");
    cr_assert_eq(evx_case_fact_number(c, "any-child-missing", 1, &near), EVX_E_FACT_UNKNOWN,
                 "a flag is no number");
    cr_assert_eq(evx_case_fact_text(c, "stage", "jugding", &near), EVX_E_FACT_UNKNOWN);
    cr_assert_eq(evx_case_fact_number(c, "criteria-not-met", 9, &near), EVX_E_FACT_UNKNOWN,
                 "counted, not told");
    cr_assert_eq(evx_case_criterion(c, "32cc", EVX_CRITERION_MET, &near), EVX_E_CRITERION_UNKNOWN);
    cr_assert_str_eq(near, "32c");
    cr_assert_eq(evx_case_judge(c, "zzzzzzzzzzzz", "good", &near), EVX_E_JUDGEMENT_UNKNOWN);
    cr_assert_null(near);
    evx_case_destroy(&c);
    evx_framework_destroy(&f);
}

Test(permitted, reset_forgets_everything, .timeout = 10)
{
    struct evx_framework *f = evx_scene_framework("childrens-homes-2015");
    struct evx_case *c = NULL;
    struct evx_permitted fresh, again;
    cr_assert_eq(evx_case_new(&c, f), EVX_OK);
    cr_assert_eq(evx_case_permitted(c, &fresh), EVX_OK);
    evx_scene(f, c,
              "help-and-protection=inadequate weeks-without-registered-manager=40 28a:not-met "
              "any-child-missing=yes");
    evx_case_reset(c);
    cr_assert_eq(evx_case_permitted(c, &again), EVX_OK);
    cr_assert_eq(again.fired_n, fresh.fired_n);
    cr_assert_eq(memcmp(again.permitted, fresh.permitted, sizeof fresh.permitted), 0);
    evx_case_destroy(&c);
    evx_framework_destroy(&f);
}

Test(permitted, a_finding_that_is_changed_is_counted_once, .timeout = 10)
{
    struct evx_framework *f = evx_scene_framework("childrens-homes-2015");
    struct evx_permitted p = evx_scene_permitted(f, "28a:not-met 28a:met");
    cr_assert_not(evx_scene_fired(&p, "B.L7"));
    p = evx_scene_permitted(f, "28a:not-met 28a:not-met");
    cr_assert(evx_scene_fired(&p, "B.L7"), "one criterion, said twice");
    evx_framework_destroy(&f);
}

Test(permitted, nothing_is_advised_that_is_not_permitted, .timeout = 10)
{
    struct evx_framework *f = evx_scene_framework("childrens-homes-2015");
    struct evx_permitted p = evx_scene_permitted(
        f, "help-and-protection=inadequate not-yet-good=yes serious-or-widespread-failures=no");
    cr_assert(evx_scene_fired(&p, "B.L10"));
    cr_assert_eq(p.advised[0], 0);
    evx_framework_destroy(&f);
}
