// SPDX-License-Identifier: Apache-2.0
//
// Drafting a judgement: the inspector proposes, the grading core says whether the
// framework permits it and which rule says so. Going past a rule needs an override
// that names it, with a reason; both are part of the judgement for ever.
#ifndef EVX_AGENTS_INSPECTOR_VIEWS_JUDGING_H
#define EVX_AGENTS_INSPECTOR_VIEWS_JUDGING_H

#include "agents/inspector/views/views.h"
#include "grading/grading.h"

struct evx_judging {
    const struct evx_framework *framework;
    const char *judgement, *grade; // grade "" in a narrative framework
    const char *reason;
    const char *inspector, *inspectorate;
    const uint32_t *evidence; // positions
    size_t evidence_n;
    const char *const *fact; // "name=value"
    size_t facts;
    const char *override_rule, *override_reason; // NULL = none
};
struct evx_judging_verdict {
    bool permitted;
    const char *rule, *source, *message; // that forbids it; NULL when permitted or not graded
    const char *suggestion;              // nearest known id after an unknown one, or NULL
    struct evx_permitted all;            // everything the core said
};
// With the newest draft of every other judgement of the same framework as given.
// JUDGEMENT_UNKNOWN, GRADE_UNKNOWN, FACT_UNKNOWN, USAGE (a fact without '='),
// NOT_PERMITTED (verdict says which rule, also when the override names another one).
EVX_MUST_CHECK enum evx_status evx_judging_check(struct evx_judging_verdict *out, struct evx_views *v,
                                                 const struct evx_judging *j);
// Keeps it as a draft. *number is how the casebook calls it.
EVX_MUST_CHECK enum evx_status evx_judging_save(uint32_t *number, struct evx_views *v,
                                                const struct evx_judging *j);

struct evx_draft_view {
    uint32_t number;
    uint64_t made_ms;
    bool sent;
    struct evx_item_id id;
    Evx__V1__Item *item; // a Judgement; free with evx_item_free
};
// All drafts, oldest first, in slab memory; free each item.
EVX_MUST_CHECK enum evx_status evx_judging_drafts(struct evx_draft_view **out, size_t *n,
                                                  struct evx_views *v);
void evx_judging_drafts_free(struct evx_draft_view *d, size_t n);
// Positions of the evidence that `n` drafts cite, in slab memory: what showing them uses.
EVX_MUST_CHECK enum evx_status evx_judging_cited(uint32_t **item, size_t *items, struct evx_views *v,
                                                 const struct evx_draft_view *draft, size_t n);

// What the drafts so far leave permitted in a framework; `fact` as above.
EVX_MUST_CHECK enum evx_status evx_judging_permitted(struct evx_permitted *out, struct evx_views *v,
                                                     const struct evx_framework *f, const char *const *fact,
                                                     size_t facts, const char **suggestion);

#endif
