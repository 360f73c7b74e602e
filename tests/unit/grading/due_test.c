// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <string.h>

#include "grading/frameworks/registry.h"
#include "grading/schedule.h"
#include "tests/unit/grading/scene.h"

static const struct {
    const char *framework, *rule, *event, *from, *due;
    int64_t days;
} dates[] = {
    {"childrens-homes-2014", "A.S1", "year-began", "2014-04-01", "2015-04-01", 365},
    {"childrens-homes-2014", "A.S2", "judged-inadequate", "2014-05-06", "2014-07-01", 56},
    {"childrens-homes-2015", "B.S1", "year-began", "2015-04-01", "2016-04-01", 366},
    {"childrens-homes-2015", "B.F1", "judged-inadequate", "2016-02-01", "2016-02-01", 0},
    {"childrens-homes-2015", "B.F2", "judged-inadequate", "2016-02-01", "2016-03-28", 56},
    {"childrens-homes-2015", "B.F3", "monitored", "2016-02-01", "2016-02-01", 0},
    {"child-protection-2012", "C.R1", "judged-inadequate", "2012-08-31", "2014-02-28", 546},
    {"child-protection-2012", "C.R1", "judged-satisfactory", "2012-06-01", "2015-06-01", 1095},
    {"child-protection-2012", "C.R1", "judged-good", "2012-02-29", "2017-02-28", 1826},
    {"child-protection-2012", "C.R1", "judged-outstanding", "2012-06-01", "2017-06-01", 1826},
    {"child-protection-2012", "C.S1", "arrived", "2012-06-04", "2012-06-18", 14},
    {"child-protection-2012", "C.LACw", "in-care-inspection-starts", "2012-06-04", "2012-06-11", 7},
    {"child-protection-2012", "C.LAC", "year-began", "2012-04-01", "2013-04-01", 365},
    {"adcs-narrative-2015", "D.5p", "front-door-reported", "2015-03-31", "2016-03-31", 366},
    {"single-inspection-2013", "E.8a", "fieldwork-starts", "2014-09-01", "2014-09-08", 7},
    {"single-inspection-2013", "E.8b", "fieldwork-starts", "2014-09-01", "2014-09-15", 14},
    {"single-inspection-2013", "E.8c", "fieldwork-starts", "2014-09-01", "2014-09-29", 28},
    {"jtai", "F.16", "report-received", "2025-02-27", "2025-06-11", 70},
    {"jtai", "F.4", "notified", "2025-01-06", "2025-01-20", 10},
    {"jtai", "F.5a", "notified", "2025-01-06", "2025-01-10", 4},
    {"jtai", "F.5b", "notified", "2025-01-06", "2025-01-17", 9},
    {"jtai", "F.5c", "notified", "2025-01-06", "2025-01-24", 14},
    {"jtai", "F.4r", "fieldwork-starts", "2025-01-20", "2025-01-06", -10},
    {"jtai", "F.19a", "fieldwork-ended", "2023-06-16", "2023-08-03", 34},
    {"jtai", "F.19b", "fieldwork-ended", "2017-10-20", "2017-12-01", 30},
    {"sccif-childrens-homes", "G.S1", "year-began", "2024-04-01", "2025-03-31", 364},
    {"sccif-childrens-homes", "G.S1r", "judged-requires-improvement", "2024-11-05", "2025-03-31", 146},
    {"sccif-childrens-homes", "G.S1j", "judged-poor-in-january-to-march", "2025-02-01", "2025-06-30", 149},
    {"sccif-childrens-homes", "G.S3a", "registered-april-to-september", "2024-09-30", "2025-03-31", 182},
    {"sccif-childrens-homes", "G.S3b", "registered-october-to-march", "2024-10-01", "2025-09-30", 364},
    {"sccif-childrens-homes", "G.S3c", "manager-left-before-first-inspection", "2024-10-01", "2024-10-29",
     28},
    {"sccif-childrens-homes", "G.I1", "judged-inadequate", "2024-12-20", "2024-12-31", 5},
    {"sccif-childrens-homes", "G.I1b", "judged-inadequate", "2024-12-20", "2025-02-14", 56},
    {"sccif-childrens-homes", "G.I1c", "judged-inadequate", "2024-12-20", "2025-04-11", 112},
    {"sccif-childrens-homes", "G.I2", "concerns-at-assurance", "2025-05-02", "2025-05-06", 1},
    {"sccif-childrens-homes", "G.I3", "compliance-notice", "2025-04-14", "2025-04-23", 5},
    {"sccif-childrens-homes", "G.O1a", "inspection-ended", "2025-03-03", "2025-03-27", 18},
    {"sccif-childrens-homes", "G.O1b", "draft-sent", "2025-03-27", "2025-04-03", 5},
    {"sccif-childrens-homes", "G.O1c", "inspection-ended", "2025-03-03", "2025-04-14", 30},
    {"sccif-childrens-homes", "G.N1", "month-ended", "2025-01-31", "2025-02-28", 28},
    {"sccif-childrens-homes", "G.N1b", "quality-review-done", "2024-08-31", "2025-02-28", 181},
    {"sccif-childrens-homes", "G.N1c", "notifiable-event", "2025-01-31", "2025-01-31", 0},
    {"sccif-childrens-homes", "G.J5", "visit-ended", "2025-01-31", "2025-02-07", 5},
    {"ilacs-2018", "H.7n", "notified", "2024-03-25", "2024-04-03", 5},
    {"ilacs-2018", "H.7", "priority-action-reported", "2024-05-17", "2024-08-27", 70},
    {"ilacs-2018", "H.1a", "fieldwork-starts", "2024-05-13", "2024-05-27", 14},
    {"ilacs-2018", "H.1b", "fieldwork-starts", "2024-05-13", "2024-05-20", 7},
    {"ilacs-2018", "H.1e", "engagement-meeting", "2024-02-29", "2025-02-28", 365},
    {"ilacs-2026", "H.7n", "notified", "2026-04-27", "2026-05-05", 5},
    {"ilacs-2026", "H.7", "priority-action-reported", "2026-06-01", "2026-09-08", 70},
    {"ilacs-2026", "H.1a", "fieldwork-starts", "2026-05-11", "2026-05-25", 14},
    {"ilacs-2026", "H.1b", "fieldwork-starts", "2026-05-11", "2026-05-18", 7},
    {"ilacs-2026", "H.1e", "engagement-meeting", "2026-04-30", "2027-04-30", 365},
};

static const struct evx_due_info *find(const struct evx_framework *f, const char *rule, const char *event)
{
    for (size_t i = 0; i < evx_framework_dues(f); i++) {
        const struct evx_due_info *d = evx_framework_due(f, i);
        if (!strcmp(d->id, rule) && !strcmp(d->event, event)) return d;
    }
    cr_assert(false, "%s has no %s by %s", evx_framework_id(f), rule, event);
    return NULL;
}

Test(due, every_date_rule_gives_its_date, .timeout = 60)
{
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        struct evx_framework *f = evx_scene_framework(dates[i].framework);
        evx_day from;
        struct evx_due due;
        char text[EVX_DAY_TEXT];
        cr_assert(evx_day_parse(&from, dates[i].from));
        cr_assert_eq(evx_due_date(find(f, dates[i].rule, dates[i].event), from, &due), EVX_OK, "%s",
                     dates[i].rule);
        evx_day_text(text, due.due);
        cr_assert_str_eq(text, dates[i].due, "%s %s: %s", dates[i].framework, dates[i].rule, text);
        cr_assert_eq(due.days, dates[i].days, "%s %s: %lld days", dates[i].framework, dates[i].rule,
                     (long long)due.days);
        evx_framework_destroy(&f);
    }
}

Test(due, no_date_rule_is_left_out, .timeout = 60)
{
    for (size_t b = 0; b < evx_framework_builtins(); b++) {
        struct evx_framework *f = evx_scene_framework(evx_framework_builtin_id(b));
        for (size_t r = 0; r < evx_framework_dues(f); r++) {
            const struct evx_due_info *d = evx_framework_due(f, r);
            bool named = false;
            for (size_t i = 0; i < sizeof dates / sizeof *dates; i++)
                named |= !strcmp(dates[i].framework, evx_framework_id(f)) && !strcmp(dates[i].rule, d->id) &&
                         !strcmp(dates[i].event, d->event);
            cr_assert(named, "%s: no test of %s by %s", evx_framework_id(f), d->id, d->event);
        }
        evx_framework_destroy(&f);
    }
}

Test(due, a_span_has_its_earliest_day, .timeout = 10)
{
    struct evx_framework *f = evx_scene_framework("childrens-homes-2015");
    evx_day from;
    struct evx_due due;
    cr_assert(evx_day_parse(&from, "2016-02-01"));
    cr_assert_eq(evx_due_date(find(f, "B.F2", "judged-inadequate"), from, &due), EVX_OK);
    cr_assert_eq(due.earliest, from + 42);
    cr_assert_eq(due.due, from + 56);
    evx_framework_destroy(&f);
}

Test(due, conditions_choose_between_dates, .timeout = 10)
{
    struct evx_framework *f = evx_scene_framework("jtai");
    struct evx_case *c = NULL;
    cr_assert_eq(evx_case_new(&c, f), EVX_OK);
    for (int recent = 0; recent < 2; recent++) {
        evx_scene(f, c, recent ? "published-after-2022=yes" : "published-after-2022=no");
        for (size_t i = 0; i < evx_framework_dues(f); i++) {
            if (!strcmp(evx_framework_due(f, i)->id, "F.19a"))
                cr_assert_eq(evx_case_due_applies(c, i), recent ? 2 : 0);
            if (!strcmp(evx_framework_due(f, i)->id, "F.19b"))
                cr_assert_eq(evx_case_due_applies(c, i), recent ? 0 : 2);
        }
    }
    evx_case_destroy(&c);
    evx_framework_destroy(&f);
}

Test(due, days_outside_the_calendar_are_refused, .timeout = 10)
{
    struct evx_framework *f = evx_scene_framework("jtai");
    evx_day from;
    struct evx_due due;
    cr_assert(evx_day_parse(&from, "2030-11-01"));
    cr_assert_eq(evx_due_date(find(f, "F.16", "report-received"), from, &due), EVX_E_OUTSIDE_CALENDAR);
    cr_assert_eq(evx_due_date(find(f, "F.16", "report-received"), INT64_MAX, &due), EVX_E_OUTSIDE_CALENDAR);
    evx_framework_destroy(&f);
}
