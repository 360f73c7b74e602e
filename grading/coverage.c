// SPDX-License-Identifier: Apache-2.0
//
// Which criteria have evidence. Copies of one item count once, and however many
// items one organisation sends, it is one origin.
#include "grading/case.h"

enum { ORIGIN, EVIDENCE };

static enum evx_status tally(struct evx_case *c, size_t criterion, int agency,
                             const struct evx_evidence_fact *e)
{
    struct evx_tally *t = &c->tally[criterion];
    int fresh;
    enum evx_status s =
        evx_wordset_add(&c->seen, &c->text, (uint32_t)criterion, EVIDENCE, e->evidence, &fresh);
    if (s || !fresh) return s;
    t->items++;
    t->direction[e->direction - 1]++;
    t->agencies |= 1u << agency;
    s = evx_wordset_add(&c->seen, &c->text, (uint32_t)criterion, ORIGIN, e->origin, &fresh);
    t->origins += fresh != 0;
    return s;
}

enum evx_status evx_case_evidence(struct evx_case *c, const struct evx_evidence_fact *e,
                                  const char **suggestion)
{
    if (suggestion) *suggestion = NULL;
    int i = evx_find_criterion(c->f, e->criterion, suggestion);
    if (i < 0) return EVX_E_CRITERION_UNKNOWN;
    int agency = evx_find_agency(c->f, e->agency, suggestion);
    if (agency < 0) return EVX_E_AGENCY_UNKNOWN;
    if (e->direction < 1 || e->direction > 3) return EVX_E_FACT_UNKNOWN;
    if (!e->origin || !*e->origin || !e->evidence || !*e->evidence) return EVX_E_INCOMPLETE;
    return tally(c, (size_t)i, agency, e);
}

enum evx_status evx_case_coverage(const struct evx_case *c, size_t criterion, struct evx_coverage_row *out)
{
    *out = (struct evx_coverage_row){0};
    if (criterion >= c->f->criteria) return EVX_E_CRITERION_UNKNOWN;
    const struct evx_criterion_row *row = &c->f->criterion[criterion];
    const struct evx_tally *t = &c->tally[criterion];
    struct evx_situation now = evx_case_situation(c);
    enum evx_truth holds = evx_condition_holds(c->f, &row->when, &now);
    if (c->finding[criterion] == EVX_CRITERION_NOT_RELEVANT) holds = EVX_FALSE;
    *out = (struct evx_coverage_row){.criterion = &row->view,
                                     .applies = holds == EVX_TRUE,
                                     .undecided = holds == EVX_UNKNOWN,
                                     .items = t->items,
                                     .origins = t->origins,
                                     .strengths = t->direction[0],
                                     .concerns = t->direction[1],
                                     .neutrals = t->direction[2]};
    for (size_t a = 0; a < c->f->agencies && out->missing_n < 8; a++)
        if ((row->agencies & ~t->agencies) >> a & 1) out->missing[out->missing_n++] = c->f->agency[a].id;
    return EVX_OK;
}
