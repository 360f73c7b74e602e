// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/facts.h"

#include <string.h>

static const Evx__V1__Evidence *evidence_of(const Evx__V1__Item *item)
{
    switch (item->body_case) {
    case EVX__V1__ITEM__BODY_EVIDENCE: return item->evidence;
    case EVX__V1__ITEM__BODY_CORRECTION: return item->correction->replacement;
    default: return NULL;
    }
}

static const char *agency_kind(const struct evx_directory *directory, const char *origin, const char *sender)
{
    const struct evx_dir_org *org = evx_directory_org(directory, origin);
    if (!org) org = evx_directory_org(directory, sender);
    return org ? evx_role_name(org->role) : "";
}

enum evx_status evx_facts_of(const struct evx_fact_source *source, const char *framework,
                             const struct evx_directory *directory, evx_fact_visit visit, void *user)
{
    const Evx__V1__Evidence *e = evidence_of(source->item);
    if (!e) return EVX_OK;
    char id[2 * sizeof source->id->b + 1];
    evx_hex(id, source->id->b, sizeof source->id->b);
    const char *origin = e->origin_agency[0] ? e->origin_agency : source->sender;
    struct evx_evidence_fact fact = {.agency = agency_kind(directory, origin, source->sender),
                                     .origin = origin,
                                     .direction = (int)e->direction,
                                     .evidence = id};
    enum evx_status s = EVX_OK;
    for (size_t i = 0; !s && i < e->n_criterion; i++) {
        if (strcmp(e->criterion[i]->framework, framework) != 0) continue;
        fact.criterion = e->criterion[i]->criterion;
        s = visit(user, &fact);
    }
    return s;
}
