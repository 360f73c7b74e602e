// SPDX-License-Identifier: Apache-2.0
//
// Inside of a case. One allocation holds all that evaluating needs; only
// evidence and overrides take more.
#ifndef EVX_GRADING_CASE_H
#define EVX_GRADING_CASE_H

#include "grading/condition.h"
#include "grading/model.h"
#include "grading/wordset.h"

struct evx_tally { // of one criterion
    size_t items, origins, direction[3];
    uint32_t agencies;
};

struct evx_case {
    const struct evx_framework *f;
    int8_t grade[EVX_LIMIT_GRADING_JUDGEMENTS];
    int64_t fact[EVX_LIMIT_GRADING_FACTS + EVX_COUNTERS];
    uint64_t known;   // bit per fact
    uint8_t *finding; // per criterion, enum evx_finding_state
    struct evx_tally *tally;
    struct evx_wordset seen; // (criterion, origin) and (criterion, evidence) met before
    struct evx_arena text;
    struct evx_override *override;
    size_t overrides;
};

static inline struct evx_situation evx_case_situation(const struct evx_case *c)
{
    return (struct evx_situation){c->grade, c->fact, c->known};
}
// Which rules fire now; `skip` (may be NULL) leaves out rules by position.
void evx_case_evaluate(const struct evx_case *c, const bool *skip, struct evx_permitted *out);

#endif
