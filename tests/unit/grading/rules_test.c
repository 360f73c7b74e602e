// SPDX-License-Identifier: Apache-2.0
//
// Every rule of every framework is fired by a scene here; a rule that none of
// them fires fails the last check.
#include "grading/rules.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "grading/frameworks/registry.h"
#include "tests/unit/grading/scene.h"

static const struct scene {
    const char *framework, *words;
    const char *fires; // ids, separated by spaces; a leading '-' must not fire
} scenes[] = {
    {"childrens-homes-2014", "overall=inadequate", "A.L1a A.S2"},
    {"childrens-homes-2014", "help-and-protection=inadequate", "A.L1b -A.L1a -A.L2"},
    {"childrens-homes-2014", "leaders-and-managers=inadequate", "A.L2 -A.L3"},
    {"childrens-homes-2014", "partnership=inadequate", "A.L3 -A.L2"},
    {"childrens-homes-2014", "qualification-overdue=yes", "A.L4"},
    {"childrens-homes-2014", "stage=judging", "A.S4n A.S4l"},
    {"childrens-homes-2014", "stage=judging plans-of-newcomers-seen=yes moves-of-leavers-seen=yes",
     "-A.S4n -A.S4l"},

    {"childrens-homes-2015", "help-and-protection=inadequate", "B.L1 -B.L2 -B.L3"},
    {"childrens-homes-2015", "leaders-and-managers=inadequate", "B.L2 B.L3 -B.L1"},
    {"childrens-homes-2015", "overall=good", "B.L4"},
    {"childrens-homes-2015", "overall=good help-and-protection=good leaders-and-managers=good",
     "-B.L4 -B.L9"},
    {"childrens-homes-2015", "28a:met 28b:not-met", "B.L5 B.L7"},
    {"childrens-homes-2015", "28k:not-relevant", "B.L6 -B.L7"},
    {"childrens-homes-2015", "28a:not-met 28b:not-met progress-accounted-for=yes", "B.L8 -B.L7"},
    {"childrens-homes-2015", "overall=outstanding", "B.L9"},
    {"childrens-homes-2015", "not-yet-good=yes serious-or-widespread-failures=no", "B.L10 -B.L11"},
    {"childrens-homes-2015", "not-yet-good=yes", "-B.L10"},
    {"childrens-homes-2015", "poor-care-and-no-progress=yes", "B.L11"},
    {"childrens-homes-2015", "serious-or-widespread-failures=yes", "B.L11"},
    {"childrens-homes-2015", "protection-not-yet-good=yes protection-failures=no", "B.L12 -B.L13"},
    {"childrens-homes-2015", "protection-failures=yes", "B.L13"},
    {"childrens-homes-2015", "leadership-not-yet-good=yes weaknesses-in-hand=yes", "B.L14"},
    {"childrens-homes-2015", "weeks-without-registered-manager=27", "B.L15"},
    {"childrens-homes-2015", "weeks-without-registered-manager=26", "-B.L15"},
    {"childrens-homes-2015", "leaders-lack-grip=yes", "B.L15"},
    {"childrens-homes-2015", "weeks-without-registered-manager=30 leaders-and-managers=good", "-B.L15"},
    {"childrens-homes-2015", "overall=good requirements-made=2", "B.L16"},
    {"childrens-homes-2015", "guide-disregarded=yes", "B.L17 B.L17t"},
    {"childrens-homes-2015", "regulations-not-met=1", "B.L18 B.L19"},
    {"childrens-homes-2015", "stage=reporting", "B.L20 B.L21"},
    {"childrens-homes-2015", "stage=judging", "B.E3 B.E5 B.E7 B.E8 B.E9 B.E10"},
    {"childrens-homes-2015", "stage=fieldwork records-requested=yes", "-B.E8 B.E9"},
    {"childrens-homes-2015", "any-child-missing=yes", "B.E6"},
    {"childrens-homes-2015", "any-child-missing=yes police-contacted=yes", "-B.E6"},
    {"childrens-homes-2015", "any-child-missing=no", "-B.E6"},
    {"childrens-homes-2015", "resourcing-concerns=yes", "B.E7r"},
    {"childrens-homes-2015", "overall=inadequate", "B.R1"},
    {"childrens-homes-2015", "notice-given=yes", "B.S2"},
    {"childrens-homes-2015", "inspection-kind=full", "B.S3 -B.S4"},
    {"childrens-homes-2015", "inspection-kind=interim", "B.S4 -B.S3"},

    {"child-protection-2012", "sufficient-concern=yes", "C.R2"},
    {"child-protection-2012", "bringing-forward=yes", "C.R2r"},
    {"child-protection-2012", "bringing-forward=yes reason-recorded=yes", "-C.R2r"},
    {"child-protection-2012", "overall=inadequate", "C.R3"},
    {"child-protection-2012", "overall=satisfactory", "-C.R3"},
    {"child-protection-2012", "stage=reporting direct-time-percent=50", "C.E1"},
    {"child-protection-2012", "stage=reporting direct-time-percent=51", "-C.E1"},
    {"child-protection-2012", "stage=judging", "C.E2 C.E3"},

    {"adcs-narrative-2015", "stage=reporting", "D.1 D.3a D.3b D.6a D.6b D.6c D.6d D.6e"},
    {"adcs-narrative-2015", "stage=reporting police-examined=yes", "D.6a -D.6b"},
    {"adcs-narrative-2015", "significant-concerns=yes", "D.4"},
    {"adcs-narrative-2015", "joint=-", "D.4o"},
    {"adcs-narrative-2015", "front-door=- joint=-", "-D.4o"},
    {"adcs-narrative-2015", "theme-chosen=yes", "D.5"},

    {"single-inspection-2013", "help-and-protection=inadequate", "E.6"},
    {"single-inspection-2013", "looked-after=inadequate", "E.6"},
    {"single-inspection-2013", "leadership=inadequate", "E.6"},
    {"single-inspection-2013",
     "adoption=inadequate help-and-protection=good looked-after=good leadership=good", "E.6s -E.6"},
    {"single-inspection-2013", "help-and-protection=requires-improvement looked-after=good leadership=good",
     "E.7a -E.7b"},
    {"single-inspection-2013",
     "help-and-protection=requires-improvement looked-after=requires-improvement leadership=good",
     "E.7b -E.7a"},
    {"single-inspection-2013",
     "help-and-protection=requires-improvement looked-after=requires-improvement leadership=inadequate",
     "E.6 -E.7b"},
    {"single-inspection-2013", "overall=good help-and-protection=good", "E.4"},
    {"single-inspection-2013", "adoption=not-judged", "E.5"},
    {"single-inspection-2013", "stage=reporting", "E.3"},
    {"single-inspection-2013", "stage=judging", "E.8"},
    {"single-inspection-2013", "child-at-risk-found=yes", "E.8r"},

    {"jtai", "theme-needs-probation=yes", "F.2"},
    {"jtai", "stage=fieldwork", "F.6a F.6b -F.7"},
    {"jtai", "stage=drafting children-tracked=4", "F.7 F.10 F.11"},
    {"jtai", "stage=drafting children-tracked=5", "-F.7"},
    {"jtai", "oldest-practice-months=7", "F.8"},
    {"jtai", "serious-concern=yes", "F.13"},
    {"jtai", "stage=reporting written-statement=yes", "F.14a F.14b F.15 F.16r F.20"},
    {"jtai", "stage=reporting written-statement=no statement-decided=yes", "-F.14a -F.14b -F.16r"},
    {"jtai", "missing-child=yes", "F.21"},
    {"jtai", "kind=front-door stage=fieldwork", "F.9"},
    {"jtai", "kind=thematic stage=fieldwork", "-F.9"},
    {"jtai", "principal-authority-named=yes principal-is-council=no", "F.17"},
    {"jtai", "principal-authority-named=yes", "-F.17"},
    {"jtai", "response-received=yes", "F.18"},
    {"jtai", "joint-finding=-", "F.22"},

    {"sccif-childrens-homes", "help-and-protection=inadequate", "G.L1"},
    {"sccif-childrens-homes", "leaders-and-managers=inadequate", "G.L2 G.L3"},
    {"sccif-childrens-homes", "overall=good", "G.L4"},
    {"sccif-childrens-homes", "weeks-without-registered-manager=27", "G.L5 G.L5i G.L5o"},
    {"sccif-childrens-homes", "weeks-without-registered-manager=27 recruitment-shown=yes",
     "-G.L5 -G.L5i -G.L5o"},
    {"sccif-childrens-homes", "weeks-manager-not-applied=13", "G.L6"},
    {"sccif-childrens-homes", "weeks-manager-not-applied=12", "-G.L6"},
    {"sccif-childrens-homes", "regulations-not-met=1", "G.L7"},
    {"sccif-childrens-homes", "multi-building=yes shortfall-in-one-building=yes", "G.L8"},
    {"sccif-childrens-homes", "progress-accounted-for=yes", "G.L9"},
    {"sccif-childrens-homes", "not-yet-good=yes serious-or-widespread-failures=no", "G.L10"},
    {"sccif-childrens-homes", "poor-care-and-no-progress=yes", "G.L11"},
    {"sccif-childrens-homes", "inspection-kind=assurance", "G.A1 G.A2"},
    {"sccif-childrens-homes", "inspection-kind=assurance serious-or-widespread-concerns=no",
     "G.A1 -G.A2 -G.I1"},
    {"sccif-childrens-homes", "serious-or-widespread-concerns=yes", "G.I1 G.I2"},
    {"sccif-childrens-homes", "partly-compliant=yes", "G.I3"},
    {"sccif-childrens-homes", "days-on-site=3", "G.S2"},
    {"sccif-childrens-homes", "days-on-site=3 multi-building=yes", "-G.S2"},
    {"sccif-childrens-homes", "full-inspections-by-same-inspector=3", "G.S4"},
    {"sccif-childrens-homes", "any-child-missing=yes", "G.E1"},
    {"sccif-childrens-homes", "stage=judging", "G.E2"},
    {"sccif-childrens-homes", "annex-a-conflicts=yes", "G.E3"},
    {"sccif-childrens-homes", "overall=good requirements-made=1", "G.R3"},

    {"ilacs-2018", "previous-overall=requires-improvement", "H.1s -H.1t"},
    {"ilacs-2018", "previous-overall=good", "H.1t -H.1s"},
    {"ilacs-2018", "previous-overall=inadequate", "H.1m"},
    {"ilacs-2018", "inspection-kind=focused-visit", "H.1v"},
    {"ilacs-2018", "inspection-kind=short", "-H.1v"},
    {"ilacs-2018", "help-and-protection=inadequate", "H.2"},
    {"ilacs-2018", "in-care=inadequate", "H.2"},
    {"ilacs-2018", "care-leavers=inadequate", "H.2"},
    {"ilacs-2018", "care-leavers=not-judged", "-H.2"},
    {"ilacs-2018", "impact-of-leaders=inadequate", "H.3 H.3i -H.2 -H.4"},
    {"ilacs-2018", "impact-of-leaders=good", "H.4"},
    {"ilacs-2018", "significant-concern=yes", "H.5"},

    {"ilacs-2026", "impact-of-leaders=good help-and-protection=good in-care=good care-leavers=good",
     "H.0 H.6"},
    {"ilacs-2026",
     "impact-of-leaders=good help-and-protection=good in-care=inadequate care-leavers=requires-improvement",
     "-H.6"},
    {"ilacs-2026", "inspection-kind=monitoring-visit", "H.1v"},
    {"ilacs-2026", "significant-concern=yes", "H.5"},
};

static bool names(const char *list, const char *id)
{
    size_t n = strlen(id);
    for (const char *at = list; (at = strstr(at, id)); at += n)
        if ((at == list || at[-1] == ' ') && (at[n] == ' ' || !at[n])) return true;
    return false;
}

static void check_scene(const struct evx_framework *f, const struct scene *s)
{
    struct evx_permitted p = evx_scene_permitted(f, s->words);
    for (size_t i = 0; i < evx_framework_rules(f); i++) {
        const char *id = evx_framework_rule(f, i)->id;
        char barred[32];
        snprintf(barred, sizeof barred, "-%s", id);
        if (names(s->fires, id))
            cr_assert(evx_scene_fired(&p, id), "%s: %s must fire on: %s", s->framework, id, s->words);
        if (names(s->fires, barred))
            cr_assert_not(evx_scene_fired(&p, id), "%s: %s fires on: %s", s->framework, id, s->words);
    }
}

Test(rules, fire_and_keep_still_as_each_scene_says, .timeout = 60)
{
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        struct evx_framework *f = evx_scene_framework(scenes[i].framework);
        check_scene(f, &scenes[i]);
        evx_framework_destroy(&f);
    }
}

Test(rules, none_is_left_out_of_the_scenes, .timeout = 60)
{
    for (size_t b = 0; b < evx_framework_builtins(); b++) {
        struct evx_framework *f = evx_scene_framework(evx_framework_builtin_id(b));
        for (size_t r = 0; r < evx_framework_rules(f); r++) {
            bool named = false;
            for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++)
                named |= !strcmp(scenes[i].framework, evx_framework_id(f)) &&
                         names(scenes[i].fires, evx_framework_rule(f, r)->id);
            cr_assert(named, "%s: no scene fires %s", evx_framework_id(f), evx_framework_rule(f, r)->id);
        }
        evx_framework_destroy(&f);
    }
}

Test(rules, each_carries_source_and_message, .timeout = 60)
{
    for (size_t b = 0; b < evx_framework_builtins(); b++) {
        struct evx_framework *f = evx_scene_framework(evx_framework_builtin_id(b));
        for (size_t r = 0; r < evx_framework_rules(f); r++) {
            const struct evx_rule_info *rule = evx_framework_rule(f, r);
            cr_assert(*rule->source && strlen(rule->message) > 10, "%s", rule->id);
        }
        evx_framework_destroy(&f);
    }
}

Test(rules, both_readings_of_the_2014_rule_are_recorded, .timeout = 10)
{
    struct evx_framework *f = evx_scene_framework("childrens-homes-2014");
    size_t readings = 0;
    for (size_t r = 0; r < evx_framework_rules(f); r++)
        readings += *evx_framework_rule(f, r)->reading != '\0';
    cr_assert_eq(readings, 2);
    evx_framework_destroy(&f);
}
