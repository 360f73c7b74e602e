// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/timeline.h"

#include <criterion/criterion.h>

#include "agents/inspector/views/when.h"
#include "scene.h"

static const struct scene_child orla = {"Orla",       "Whitcombe", "2012-03-04", "nhs-number",
                                        "9990000018", "",          "F"};

static void put(struct scene *s, int agency, const char *occurred, const char *recorded, int significance,
                const char *kind)
{
    struct scene_evidence e = {.kind = kind,
                               .occurred = occurred,
                               .recorded = recorded,
                               .significance = significance,
                               .narrative = occurred ? occurred : "undated",
                               .child = &orla};
    scene_evidence(s, agency, &e);
}

Test(timeline, orders_by_when_it_occurred_with_partial_dates_where_they_begin, .timeout = 30)
{
    static const char *const sent[] = {"2026-01-12T14:05:00Z", NULL,         "2026-01",
                                       "2025-12-31T23:59:59Z", "2026-01-12", "2026",
                                       "2026-02-01T00:00:00Z"};
    static const uint32_t want[] = {3, 5, 2, 4, 0, 6, 1};
    struct scene s;
    struct evx_timeline t;
    scene_begin(&s);
    for (int i = 0; i < 7; i++)
        put(&s, i % 4, sent[i], NULL, EVX__V1__SIGNIFICANCE__SIGNIFICANCE_NOTABLE, "note");
    cr_assert_eq(evx_timeline_work_out(&t, scene_view(&s), 0, EVX_BY_OCCURRED, true), EVX_OK);
    cr_assert_eq(t.n, 7);
    for (int i = 0; i < 7; i++)
        cr_assert_eq(*t.entry[i].item, want[i], "place %d has item %u", i, *t.entry[i].item);
    scene_end(&s);
}

Test(timeline, orders_by_recorded_and_by_received_when_asked, .timeout = 30)
{
    struct scene s;
    struct evx_timeline t;
    scene_begin(&s);
    put(&s, CARE, "2026-01-01", "2026-01-20", 0, "a");
    put(&s, CARE, "2026-01-03", "2026-01-10", 0, "b");
    struct evx_views *v = scene_view(&s);
    cr_assert_eq(evx_timeline_work_out(&t, v, 0, EVX_BY_RECORDED, true), EVX_OK);
    cr_assert_eq(*t.entry[0].item, 1);
    cr_assert_eq(evx_timeline_work_out(&t, v, 0, EVX_BY_RECEIVED, true), EVX_OK);
    cr_assert_eq(*t.entry[0].item, 0);
    scene_end(&s);
}

Test(timeline, routine_events_between_others_are_one_entry, .timeout = 30)
{
    const int routine = EVX__V1__SIGNIFICANCE__SIGNIFICANCE_ROUTINE;
    struct scene s;
    struct evx_timeline t;
    scene_begin(&s);
    put(&s, SCHOOL, "2026-01-01", NULL, routine, "attendance");
    put(&s, CARE, "2026-01-02", NULL, routine, "review");
    put(&s, POLICE, "2026-01-03", NULL, EVX__V1__SIGNIFICANCE__SIGNIFICANCE_CRITICAL, "missing-episode");
    put(&s, SCHOOL, "2026-01-04", NULL, routine, "attendance");
    struct evx_views *v = scene_view(&s);
    cr_assert_eq(evx_timeline_work_out(&t, v, 0, EVX_BY_OCCURRED, false), EVX_OK);
    cr_assert_eq(t.n, 3);
    cr_assert(t.entry[0].collapsed && t.entry[0].n == 2);
    cr_assert(!t.entry[1].collapsed);
    cr_assert(t.entry[2].collapsed && t.entry[2].n == 1);
    cr_assert_eq(t.routine, 3);
    cr_assert_eq(evx_timeline_work_out(&t, v, 0, EVX_BY_OCCURRED, true), EVX_OK);
    cr_assert_eq(t.n, 4);
    scene_end(&s);
}

Test(timeline, keeps_every_version_and_says_what_became_of_it, .timeout = 30)
{
    struct scene s;
    scene_begin(&s);
    struct scene_evidence first = {
        .kind = "note", .occurred = "2026-01-01", .narrative = "one", .child = &orla};
    struct scene_evidence second = first;
    struct evx_item_id a = scene_evidence(&s, CARE, &first);
    second.narrative = "two";
    scene_correct(&s, CARE, &a, &second);
    second.narrative = "three";
    second.supersedes = &a;
    scene_evidence(&s, POLICE, &second);
    struct evx_views *v = scene_view(&s);
    struct evx_timeline t;
    cr_assert_eq(evx_timeline_work_out(&t, v, 0, EVX_BY_OCCURRED, true), EVX_OK);
    cr_assert_eq(t.n, 3);
    cr_assert_eq(v->facts.item[0].version, EVX_VERSION_CORRECTED);
    cr_assert_eq(v->facts.item[0].by, 1, "the police cannot supersede what social care sent");
    cr_assert(v->facts.item[2].foreign);
    cr_assert(evx_fact_stands(&v->facts.item[2]), "it is still evidence of its own");
    scene_end(&s);
}

Test(timeline, a_correction_of_somebody_elses_item_never_stands, .timeout = 30)
{
    struct scene s;
    scene_begin(&s);
    struct scene_evidence e = {.kind = "note", .occurred = "2026-01-01", .narrative = "one", .child = &orla};
    struct evx_item_id a = scene_evidence(&s, CARE, &e);
    e.narrative = "it was nothing";
    scene_correct(&s, POLICE, &a, &e);
    struct evx_views *v = scene_view(&s);
    cr_assert(evx_fact_stands(&v->facts.item[0]));
    cr_assert(!evx_fact_stands(&v->facts.item[1]));
    scene_end(&s);
}

Test(timeline, repetitions_are_counted_and_kept, .timeout = 30)
{
    struct scene s;
    struct evx_timeline t;
    scene_begin(&s);
    put(&s, CARE, "2026-01-01", NULL, 0, "note");
    put(&s, CARE, "2026-01-01", NULL, 0, "note");
    cr_assert_eq(evx_timeline_work_out(&t, scene_view(&s), 0, EVX_BY_OCCURRED, true), EVX_OK);
    cr_assert_eq(t.n, 2);
    cr_assert_eq(t.entry[0].same, 1);
    cr_assert_eq(s.views->facts.item[1].twin, 0);
    scene_end(&s);
}

Test(when, shows_no_more_than_the_source_said, .timeout = 10)
{
    static const struct {
        int precision;
        int64_t utc_ms;
        int offset;
        const char *want;
    } row[] = {
        {EVX__V1__PRECISION__PRECISION_UNKNOWN, 0, 0, "unknown"},
        {EVX__V1__PRECISION__PRECISION_YEAR, 1767225600000ll, 0, "2026"},
        {EVX__V1__PRECISION__PRECISION_MONTH, 1767225600000ll, 0, "Jan 2026"},
        {EVX__V1__PRECISION__PRECISION_DAY, 1782860400000ll, 60, "01 Jul 2026"},
        {EVX__V1__PRECISION__PRECISION_MINUTE, 1782860400000ll, 60, "01 Jul 2026 00:00"},
        {EVX__V1__PRECISION__PRECISION_SECOND, 1782860400000ll, 0, "30 Jun 2026 23:00:00"},
        {EVX__V1__PRECISION__PRECISION_DAY, -1ll, 0, "31 Dec 1969"},
        {99, 0, 0, "unknown"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        Evx__V1__Moment m = EVX__V1__MOMENT__INIT;
        char text[EVX_WHEN_TEXT];
        m.precision = (Evx__V1__Precision)row[i].precision;
        m.utc_ms = row[i].utc_ms;
        m.offset_min = row[i].offset;
        evx_when_text(text, &m);
        cr_assert_str_eq(text, row[i].want, "row %zu: %s", i, text);
    }
}

Test(when, an_interval_is_as_long_as_its_precision, .timeout = 10)
{
    int64_t from, until;
    const int64_t february = 1769904000000ll;
    cr_assert(evx_when_interval(&from, &until, february, EVX__V1__PRECISION__PRECISION_MONTH));
    cr_assert_eq(until - from, 28 * SCENE_DAY);
    cr_assert(evx_when_interval(&from, &until, 1767225600000ll, EVX__V1__PRECISION__PRECISION_YEAR));
    cr_assert_eq(until - from, 365 * SCENE_DAY);
    cr_assert(!evx_when_interval(&from, &until, 0, EVX__V1__PRECISION__PRECISION_UNKNOWN));
}
