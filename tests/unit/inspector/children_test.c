// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/children.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "scene.h"

static const struct scene_child by_nhs = {"Orla",       "Whitcombe", "2012-03-04", "nhs-number",
                                          "9990000018", "",          "F"};
static const struct scene_child by_nhs_again = {"Orla",       "Whitcombe", NULL, "nhs-number",
                                                "9990000018", "",          ""};
static const struct scene_child misspelt = {
    "Orla", "Witcombe", "2012-03-04", "police-person-id", "P-77", "northam-police", ""};
static const struct scene_child other = {"Finn", "Marlowe", "2013-06-07", "upn", "A999000000017", "", "M"};

static void put(struct scene *s, int agency, const struct scene_child *child)
{
    struct scene_evidence e = {.kind = "note", .occurred = "2026-01-10", .narrative = "seen", .child = child};
    scene_evidence(s, agency, &e);
}

Test(children, national_identifier_joins_agencies, .timeout = 30)
{
    struct scene s;
    scene_begin(&s);
    put(&s, HEALTH, &by_nhs);
    put(&s, CARE, &by_nhs_again);
    put(&s, SCHOOL, &other);
    struct evx_views *v = scene_view(&s);
    cr_assert_eq(v->children.n, 2);
    cr_assert_eq(v->children.child[0].items, 2);
    cr_assert_eq(v->children.child[1].items, 1);
    scene_end(&s);
}

Test(children, same_local_number_of_two_agencies_joins_nothing, .timeout = 30)
{
    const struct scene_child a = {"", "", NULL, "local", "17", "northam-council", ""};
    const struct scene_child b = {"", "", NULL, "local", "17", "eastcliff-school", ""};
    struct scene s;
    scene_begin(&s);
    put(&s, CARE, &a);
    put(&s, SCHOOL, &b);
    cr_assert_eq(scene_view(&s)->children.n, 2);
    scene_end(&s);
}

Test(children, a_misspelt_name_is_a_proposal_and_never_a_merge, .timeout = 30)
{
    struct scene s;
    scene_begin(&s);
    put(&s, HEALTH, &by_nhs);
    put(&s, POLICE, &misspelt);
    struct evx_views *v = scene_view(&s);
    cr_assert_eq(v->children.n, 2, "nothing is merged without an inspector");
    cr_assert_eq(v->links.open, 1);
    cr_assert_eq(v->links.row[0].rule, EVX_MATCH_SPELLING);
    cr_assert_eq(v->links.row[0].verdict, EVX_VERDICT_OPEN);
    scene_end(&s);
}

Test(children, a_confirmed_link_joins_and_can_be_undone, .timeout = 30)
{
    struct scene s;
    scene_begin(&s);
    put(&s, HEALTH, &by_nhs);
    put(&s, POLICE, &misspelt);
    struct evx_views *v = scene_view(&s);
    char first[EVX_CITED_TEXT], second[EVX_CITED_TEXT], link[EVX_CITED_TEXT];
    memcpy(first, v->children.child[0].id, sizeof first);
    memcpy(second, v->children.child[1].id, sizeof second);
    memcpy(link, v->links.row[0].id, sizeof link);
    uint64_t before = scene_audits(&s);
    cr_assert_eq(evx_views_decide(v, &v->links.row[0], EVX_VERDICT_CONFIRMED, "same address"), EVX_OK);
    cr_assert_eq(scene_audits(&s), before + 1, "a decision is one audit record");
    cr_assert_eq(v->children.n, 1);
    cr_assert_eq(v->children.child[0].items, 2);
    cr_assert_eq(v->links.open, 0);

    v = scene_view(&s); // it outlives the session
    cr_assert_eq(v->children.n, 1);
    cr_assert_str_eq(v->links.row[0].decision->who, "A. Tester");
    cr_assert_str_eq(v->links.row[0].decision->why, "same address");
    size_t a = 9, b = 9;
    cr_assert_eq(evx_children_find(&a, &v->children, &v->facts, &v->identity, first), EVX_OK);
    cr_assert_eq(evx_children_find(&b, &v->children, &v->facts, &v->identity, second), EVX_OK);
    cr_assert_eq(a, b, "both ids find the joined child");

    cr_assert_str_eq(v->links.row[0].id, link);
    cr_assert_eq(evx_views_decide(v, &v->links.row[0], EVX_VERDICT_REJECTED, "twin sister"), EVX_OK);
    cr_assert_eq(v->children.n, 2, "rejecting parts them again");
    cr_assert_eq(v->links.open, 0, "a rejected pair is not proposed again");
    cr_assert_eq(v->links.row[0].verdict, EVX_VERDICT_REJECTED);
    cr_assert_str_eq(v->children.child[0].id, first);
    cr_assert_str_eq(v->children.child[1].id, second);

    cr_assert_eq(evx_views_decide(v, &v->links.row[0], EVX_VERDICT_OPEN, "not sure"), EVX_OK);
    cr_assert_eq(v->links.open, 1, "undoing makes it a proposal again");
    scene_end(&s);
}

Test(children, a_rejected_pair_stays_rejected_when_more_arrives, .timeout = 30)
{
    struct scene s;
    scene_begin(&s);
    put(&s, HEALTH, &by_nhs);
    put(&s, POLICE, &misspelt);
    struct evx_views *v = scene_view(&s);
    cr_assert_eq(evx_views_decide(v, &v->links.row[0], EVX_VERDICT_REJECTED, "no"), EVX_OK);
    struct scene_child more = misspelt;
    more.sex = "F";
    put(&s, POLICE, &more);
    v = scene_view(&s);
    cr_assert_eq(v->children.n, 2);
    cr_assert_eq(v->links.open, 0);
    scene_end(&s);
}

Test(children, what_speaks_against_a_proposal_is_said, .timeout = 30)
{
    const struct scene_child twin = {"Orla", "Whitcombe", "2012-03-04", "nhs-number", "9990000026", "", "F"};
    struct scene s;
    scene_begin(&s);
    put(&s, HEALTH, &by_nhs);
    put(&s, CARE, &twin);
    struct evx_views *v = scene_view(&s);
    cr_assert_eq(v->links.open, 1);
    cr_assert_eq(v->links.row[0].rule, EVX_MATCH_SAME_NAME);
    cr_assert_str_eq(v->links.row[0].against, "different NHS numbers");
    scene_end(&s);
}

Test(children, tracked_list_joins_by_identifier_and_gives_the_number, .timeout = 30)
{
    struct scene s;
    scene_begin(&s);
    put(&s, SCHOOL, &other);
    put(&s, HEALTH, &by_nhs);
    struct evx_views *v = scene_view(&s);
    char before[EVX_CITED_TEXT];
    memcpy(before, v->children.child[1].id, sizeof before);
    scene_track(&s, &by_nhs_again);
    scene_track(&s, &by_nhs_again);
    cr_assert_eq(v->children.tracked, 1, "importing twice adds nothing");
    cr_assert_eq(v->children.n, 2);
    cr_assert_eq(v->children.child[0].tracked, 1);
    cr_assert_eq(v->children.child[0].items, 1);
    size_t k = 9;
    cr_assert_eq(evx_children_find(&k, &v->children, &v->facts, &v->identity, "1"), EVX_OK);
    cr_assert_eq(k, 0);
    cr_assert_eq(evx_children_find(&k, &v->children, &v->facts, &v->identity, before), EVX_OK);
    cr_assert_eq(k, 0, "the id from before still finds the child");
    cr_assert_eq(evx_children_find(&k, &v->children, &v->facts, &v->identity, "CH-ZZZZZZZZ"),
                 EVX_E_CHILD_UNKNOWN);
    scene_end(&s);
}

Test(children, ids_survive_a_rebuilt_index, .timeout = 30)
{
    struct scene s;
    scene_begin(&s);
    put(&s, HEALTH, &by_nhs);
    put(&s, SCHOOL, &other);
    char id[2][EVX_CITED_TEXT], path[300];
    struct evx_views *v = scene_view(&s);
    for (int i = 0; i < 2; i++)
        memcpy(id[i], v->children.child[i].id, sizeof id[i]);
    evx_views_close(&s.views);
    snprintf(path, sizeof path, "%s/index.db", s.folder);
    cr_assert_eq(remove(path), 0);
    v = scene_view(&s);
    for (int i = 0; i < 2; i++)
        cr_assert_str_eq(v->children.child[i].id, id[i]);
    cr_assert_str_neq(id[0], id[1]);
    scene_end(&s);
}

Test(children, a_sibling_is_not_the_child_of_the_record, .timeout = 30)
{
    struct scene s;
    scene_begin(&s);
    struct scene_evidence e = {.kind = "note", .child = &by_nhs, .role = EVX__V1__SUBJECT_ROLE__ROLE_SIBLING};
    scene_evidence(&s, CARE, &e);
    struct evx_views *v = scene_view(&s);
    cr_assert_eq(v->children.n, 0);
    cr_assert_eq(v->children.unattributed, 1);
    scene_end(&s);
}

Test(children, without_any_identifier_one_agency_recognises_its_own_record_only, .timeout = 30)
{
    const struct scene_child plain = {"Orla", "Whitcombe", "2012-03-04", NULL, NULL, NULL, ""};
    const struct scene_child nameless = {"", "", "2012-03-04", NULL, NULL, NULL, ""};
    struct scene s;
    scene_begin(&s);
    put(&s, POLICE, &plain);
    put(&s, POLICE, &plain);
    put(&s, CARE, &plain);
    put(&s, CARE, &nameless);
    struct evx_views *v = scene_view(&s);
    cr_assert_eq(v->children.n, 2);
    cr_assert_eq(v->children.unattributed, 1);
    cr_assert_eq(v->links.open, 1);
    cr_assert_eq(v->links.row[0].rule, EVX_MATCH_SAME_NAME);
    scene_end(&s);
}
