// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/contradictions.h"

#include <criterion/criterion.h>

#include "scene.h"

static struct scene_child child(const char *family, const char *born, const char *sex)
{
    return (struct scene_child){"Orla", family, born, "nhs-number", "9990000018", "", sex};
}

static void put(struct scene *s, int agency, const struct scene_child *c, const char *occurred,
                const char *field, const char *value)
{
    struct scene_evidence e = {
        .kind = "missing-episode", .occurred = occurred, .field = field, .field_value = value, .child = c};
    scene_evidence(s, agency, &e);
}

static void find(struct evx_contradictions *c, struct scene *s)
{
    struct evx_completeness completeness;
    struct evx_views *v = scene_view(s);
    cr_assert_eq(evx_contradictions_plan(c, v, SIZE_MAX), EVX_OK);
    cr_assert_eq(evx_views_release(v, "consultation", "contradictions", c->item, c->items), EVX_OK);
    cr_assert_eq(evx_completeness_work_out(&completeness, v), EVX_OK);
    cr_assert_eq(evx_contradictions_compare(c, v, &completeness, SIZE_MAX), EVX_OK);
}

Test(contradictions, two_dates_of_birth_stand_side_by_side, .timeout = 30)
{
    const struct scene_child a = child("Whitcombe", "2012-03-04", "F"),
                             b = child("Whitcombe", "2012-04-03", "female");
    struct scene s;
    struct evx_contradictions c;
    scene_begin(&s);
    put(&s, CARE, &a, "2026-01-01", NULL, NULL);
    put(&s, HEALTH, &b, "2026-03-01", NULL, NULL);
    find(&c, &s);
    cr_assert_eq(c.n, 1, "the same sex in other words is no contradiction");
    cr_assert_eq(c.row[0].kind, EVX_DIFFERS_IDENTITY);
    cr_assert_str_eq(c.row[0].what, "date of birth");
    cr_assert_eq(c.row[0].sides, 2);
    cr_assert_str_eq(c.row[0].side[0].value, "04 Mar 2012");
    cr_assert_str_eq(c.row[0].side[0].organisation, scene_org[CARE]);
    cr_assert_str_eq(c.row[0].side[1].value, "03 Apr 2012");
    cr_assert_eq(c.row[0].side[1].item, 1, "each side cites its evidence");
    scene_end(&s);
}

Test(contradictions, capitals_and_accents_are_not_a_spelling, .timeout = 30)
{
    const struct scene_child a = child("Whitcombe", NULL, ""), b = child("WHITCOMBE", NULL, ""),
                             d = child("Witcombe", NULL, "");
    struct scene s;
    struct evx_contradictions c;
    scene_begin(&s);
    put(&s, CARE, &a, NULL, NULL, NULL);
    put(&s, HEALTH, &b, NULL, NULL, NULL);
    find(&c, &s);
    cr_assert_eq(c.n, 0);
    put(&s, POLICE, &d, NULL, NULL, NULL);
    find(&c, &s);
    cr_assert_eq(c.n, 1);
    cr_assert_str_eq(c.row[0].what, "family name");
    cr_assert_eq(c.row[0].sides, 3);
    scene_end(&s);
}

Test(contradictions, one_event_told_differently_by_two_agencies, .timeout = 30)
{
    const struct scene_child a = child("Whitcombe", "2012-03-04", "F");
    struct scene s;
    struct evx_contradictions c;
    scene_begin(&s);
    put(&s, POLICE, &a, "2026-01-10T20:00:00Z", "risk", "high");
    put(&s, CARE, &a, "2026-01-10", "risk", "Low");
    put(&s, CARE, &a, "2026-01-20", "risk", "medium");
    find(&c, &s);
    cr_assert_eq(c.compared, 1, "ten days later is another event");
    cr_assert_eq(c.n, 1, "a day and a time within it agree");
    cr_assert_eq(c.row[0].kind, EVX_DIFFERS_EVENT);
    cr_assert_str_eq(c.row[0].what, "risk");
    cr_assert_str_eq(c.row[0].side[0].value, "high");
    cr_assert_str_eq(c.row[0].side[1].value, "Low");
    scene_end(&s);
}

Test(contradictions, what_differs_by_nature_and_one_agencys_own_repeats_are_left_out, .timeout = 30)
{
    const struct scene_child a = child("Whitcombe", "2012-03-04", "F");
    struct scene s;
    struct evx_contradictions c;
    scene_begin(&s);
    put(&s, POLICE, &a, "2026-01-10", "episode-reference", "P/1");
    put(&s, CARE, &a, "2026-01-10", "episode-reference", "C/9");
    put(&s, POLICE, &a, "2026-01-10", "episode-reference", "P/2");
    find(&c, &s);
    cr_assert_eq(c.compared, 2);
    cr_assert_eq(c.n, 0);
    scene_end(&s);
}

Test(contradictions, a_nil_return_beside_evidence, .timeout = 30)
{
    const struct scene_child a = child("Whitcombe", "2012-03-04", "F");
    struct scene s;
    struct evx_contradictions c;
    scene_begin(&s);
    put(&s, POLICE, &a, "2026-01-10", NULL, NULL);
    scene_nil(&s, POLICE, EVX__V1__NIL_GROUND__NIL_HELD_NOTHING, &a, NULL);
    find(&c, &s);
    cr_assert_eq(c.n, 1);
    cr_assert_eq(c.row[0].kind, EVX_DIFFERS_NIL);
    cr_assert_str_eq(c.row[0].side[0].value, "held nothing");
    cr_assert_str_eq(c.row[0].side[1].value, "1 piece of evidence");
    scene_end(&s);
}
