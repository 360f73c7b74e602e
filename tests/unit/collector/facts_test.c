// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/facts.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/testlib/fixture.h"

struct heard {
    size_t n;
    char criterion[8][32], agency[8][32], origin[8][64], evidence[8][40];
    int direction[8];
};

static enum evx_status hear(void *user, const struct evx_evidence_fact *fact)
{
    struct heard *h = user;
    snprintf(h->criterion[h->n], 32, "%s", fact->criterion);
    snprintf(h->agency[h->n], 32, "%s", fact->agency);
    snprintf(h->origin[h->n], 64, "%s", fact->origin);
    snprintf(h->evidence[h->n], 40, "%s", fact->evidence);
    h->direction[h->n++] = fact->direction;
    return EVX_OK;
}

static struct heard facts(const Evx__V1__Item *item, const char *framework, const char *sender)
{
    struct evx_fixture *f = evx_fixture_new();
    struct evx_item_id id = {{0xab, 0xcd}};
    struct evx_fact_source source = {item, &id, sender};
    struct heard heard = {0};
    cr_assert_eq(evx_facts_of(&source, framework, evx_fixture_directory(f), hear, &heard), EVX_OK);
    evx_fixture_free(f);
    return heard;
}

static Evx__V1__CriterionRef criteria[3] = {EVX__V1__CRITERION_REF__INIT, EVX__V1__CRITERION_REF__INIT,
                                            EVX__V1__CRITERION_REF__INIT};
static Evx__V1__CriterionRef *criterion[3] = {&criteria[0], &criteria[1], &criteria[2]};

static Evx__V1__Evidence evidence(char *origin)
{
    criteria[0].framework = "jtai", criteria[0].criterion = "1a";
    criteria[1].framework = "childrens-homes-2015", criteria[1].criterion = "32c";
    criteria[2].framework = "jtai", criteria[2].criterion = "2b";
    Evx__V1__Evidence e = EVX__V1__EVIDENCE__INIT;
    e.n_criterion = 3;
    e.criterion = criterion;
    e.direction = EVX__V1__DIRECTION__DIRECTION_STRENGTH;
    e.origin_agency = origin;
    return e;
}

Test(facts, one_per_criterion_of_the_framework_with_the_origins_kind, .timeout = 30)
{
    Evx__V1__Evidence e = evidence("westmoor-health");
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    item.body_case = EVX__V1__ITEM__BODY_EVIDENCE;
    item.evidence = &e;
    struct heard h = facts(&item, "jtai", "northam-council");
    cr_assert_eq(h.n, 2);
    cr_assert_str_eq(h.criterion[0], "1a");
    cr_assert_str_eq(h.criterion[1], "2b");
    cr_assert_str_eq(h.agency[0], "health", "the origin's kind, not the sender's");
    cr_assert_str_eq(h.origin[0], "westmoor-health");
    cr_assert_eq(h.direction[0], 1);
    cr_assert_str_eq(h.evidence[0], "abcd0000000000000000000000000000");
    cr_assert_eq(facts(&item, "ilacs-2018", "northam-council").n, 0);
}

Test(facts, an_origin_that_the_directory_does_not_know_counts_as_the_senders_kind, .timeout = 30)
{
    Evx__V1__Evidence e = evidence("a charity");
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    item.body_case = EVX__V1__ITEM__BODY_EVIDENCE;
    item.evidence = &e;
    struct heard h = facts(&item, "jtai", "northam-council");
    cr_assert_str_eq(h.agency[0], "social-care");
    cr_assert_str_eq(h.origin[0], "a charity");
    e.origin_agency = "";
    h = facts(&item, "jtai", "northam-police");
    cr_assert_str_eq(h.origin[0], "northam-police");
    cr_assert_str_eq(h.agency[0], "police");
}

Test(facts, a_corrections_replacement_counts_and_other_items_do_not, .timeout = 30)
{
    Evx__V1__Evidence e = evidence("northam-police");
    Evx__V1__Correction c = EVX__V1__CORRECTION__INIT;
    c.replacement = &e;
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    item.body_case = EVX__V1__ITEM__BODY_CORRECTION;
    item.correction = &c;
    cr_assert_eq(facts(&item, "jtai", "northam-police").n, 2);
    Evx__V1__NilReturn nil = EVX__V1__NIL_RETURN__INIT;
    item.body_case = EVX__V1__ITEM__BODY_NIL_RETURN;
    item.nil_return = &nil;
    cr_assert_eq(facts(&item, "jtai", "northam-police").n, 0);
}
