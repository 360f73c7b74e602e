// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/completeness.h"

#include <criterion/criterion.h>

#include "scene.h"

static const struct scene_child orla = {"Orla",       "Whitcombe", "2012-03-04", "nhs-number",
                                        "9990000018", "",          "F"};
static const struct scene_child finn = {"Finn", "Marlowe", "2013-06-07", "nhs-number", "9990000026", "", "M"};

static const struct evx_return_cell *cell_of(const struct evx_completeness *c, struct evx_views *v,
                                             size_t child, int agency)
{
    for (size_t a = 0; a < v->agencies; a++)
        if (strcmp(v->agency[a].id, scene_org[agency]) == 0) return evx_return_at(c, v, child, a);
    cr_assert(false, "no such agency");
    return NULL;
}

static enum evx_return_state state_at(struct scene *s, int agency, int64_t due_ms)
{
    struct evx_completeness c;
    struct evx_views *v = scene_view_at(s, SCENE_NOW, due_ms);
    scene_track(s, &orla);
    cr_assert_eq(evx_completeness_work_out(&c, v), EVX_OK);
    cr_assert_eq(c.children, 1);
    return cell_of(&c, v, 0, agency)->state;
}

Test(completeness, silence_is_silent_until_it_is_late_and_never_a_nil_return, .timeout = 30)
{
    struct scene s;
    scene_begin(&s);
    cr_assert_eq(state_at(&s, POLICE, SCENE_NOW), EVX_RETURN_SILENT, "the last moment is not late");
    cr_assert_eq(state_at(&s, POLICE, SCENE_NOW - 1), EVX_RETURN_LATE);
    cr_assert_eq(state_at(&s, POLICE, 0), EVX_RETURN_SILENT, "the inspection is still open");
    scene_end(&s);
}

Test(completeness, a_signed_nil_return_is_one_even_after_the_date, .timeout = 30)
{
    struct scene s;
    scene_begin(&s);
    scene_nil(&s, POLICE, EVX__V1__NIL_GROUND__NIL_WITHHELD, &orla, NULL);
    cr_assert_eq(state_at(&s, POLICE, SCENE_NOW - SCENE_DAY), EVX_RETURN_NIL);
    cr_assert_eq(state_at(&s, CARE, SCENE_NOW - SCENE_DAY), EVX_RETURN_LATE,
                 "it speaks for its sender alone");
    scene_end(&s);
}

Test(completeness, a_nil_return_for_another_child_says_nothing_of_this_one, .timeout = 30)
{
    struct scene s;
    scene_begin(&s);
    scene_nil(&s, POLICE, EVX__V1__NIL_GROUND__NIL_HELD_NOTHING, &finn, NULL);
    cr_assert_eq(state_at(&s, POLICE, 0), EVX_RETURN_SILENT);
    scene_end(&s);
}

Test(completeness, a_withdrawn_nil_return_is_none, .timeout = 30)
{
    struct scene s;
    scene_begin(&s);
    struct evx_item_id nil = scene_nil(&s, POLICE, EVX__V1__NIL_GROUND__NIL_HELD_NOTHING, &orla, NULL);
    scene_withdraw(&s, CARE, &nil);
    cr_assert_eq(state_at(&s, POLICE, 0), EVX_RETURN_NIL, "nobody else can withdraw it");
    scene_withdraw(&s, POLICE, &nil);
    cr_assert_eq(state_at(&s, POLICE, 0), EVX_RETURN_SILENT);
    scene_end(&s);
}

Test(completeness, evidence_counts_while_it_stands, .timeout = 30)
{
    struct scene s;
    scene_begin(&s);
    struct scene_evidence e = {.kind = "note", .child = &orla};
    struct evx_item_id id = scene_evidence(&s, POLICE, &e);
    cr_assert_eq(state_at(&s, POLICE, 0), EVX_RETURN_EVIDENCE);
    scene_withdraw(&s, POLICE, &id);
    cr_assert_eq(state_at(&s, POLICE, 0), EVX_RETURN_SILENT);
    scene_end(&s);
}

Test(completeness, evidence_beside_a_nil_return_shows_both, .timeout = 30)
{
    struct scene s;
    struct evx_completeness c;
    scene_begin(&s);
    struct scene_evidence e = {.kind = "note", .child = &orla};
    scene_evidence(&s, POLICE, &e);
    scene_nil(&s, POLICE, EVX__V1__NIL_GROUND__NIL_HELD_NOTHING, &orla, NULL);
    struct evx_views *v = scene_view(&s);
    cr_assert_eq(evx_completeness_work_out(&c, v), EVX_OK);
    const struct evx_return_cell *cell = cell_of(&c, v, 0, POLICE);
    cr_assert_eq(cell->state, EVX_RETURN_EVIDENCE);
    cr_assert_neq(cell->nil, EVX_NO_ITEM);
    scene_end(&s);
}

// --- requests ---

static struct evx_item_id ask(struct scene *s, const char *agency, int64_t due_ms)
{
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    Evx__V1__Request r = EVX__V1__REQUEST__INIT;
    Evx__V1__Moment due = EVX__V1__MOMENT__INIT;
    char *agencies[1] = {(char *)agency};
    due.precision = EVX__V1__PRECISION__PRECISION_SECOND;
    due.utc_ms = due_ms;
    due.zone = (char *)"UTC";
    due.text = (char *)"by then";
    r.text = (char *)"everything about missing episodes";
    r.agency = agencies;
    r.n_agency = 1;
    r.due = &due;
    r.kind = (char *)"missing-episode";
    item.body_case = EVX__V1__ITEM__BODY_REQUEST;
    item.request = &r;
    return scene_put(s, HEALTH, &item, EVX_OK); // who asks does not matter here
}

Test(completeness, a_request_has_its_own_date_for_whom_it_asks, .timeout = 30)
{
    struct scene s;
    scene_begin(&s);
    ask(&s, scene_org[POLICE], SCENE_NOW - SCENE_DAY);
    cr_assert_eq(state_at(&s, POLICE, 0), EVX_RETURN_LATE);
    cr_assert_eq(state_at(&s, CARE, 0), EVX_RETURN_SILENT);
    struct evx_request_row *row = NULL;
    size_t n = 0;
    cr_assert_eq(evx_requests_open(&row, &n, s.views), EVX_OK);
    cr_assert_eq(n, 1);
    cr_assert(row[0].late);
    scene_end(&s);
}

Test(completeness, a_nil_return_answers_the_request_it_names, .timeout = 30)
{
    struct scene s;
    scene_begin(&s);
    struct evx_item_id request = ask(&s, scene_org[POLICE], SCENE_NOW - SCENE_DAY);
    scene_nil(&s, POLICE, EVX__V1__NIL_GROUND__NIL_HELD_NOTHING, NULL, &request);
    cr_assert_eq(state_at(&s, POLICE, 0), EVX_RETURN_NIL);
    struct evx_request_row *row = NULL;
    size_t n = 9;
    cr_assert_eq(evx_requests_open(&row, &n, s.views), EVX_OK);
    cr_assert_eq(n, 0);
    scene_end(&s);
}
