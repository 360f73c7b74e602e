// SPDX-License-Identifier: Apache-2.0
//
// Where agencies say different things about one child: who the child is, the same
// kind of event close in time, or a nil return beside evidence. Both sides are
// shown with their provenance; nobody is declared right.
//
// An event is compared with one of the same kind from another organisation when
// their stated times lie within EVX_CLOSE_MS of each other. Two exports of the same
// organisation are not compared.
#ifndef EVX_AGENTS_INSPECTOR_VIEWS_CONTRADICTIONS_H
#define EVX_AGENTS_INSPECTOR_VIEWS_CONTRADICTIONS_H

#include "agents/inspector/views/completeness.h"

#define EVX_CLOSE_MS            (24 * 3600000ll)
#define EVX_CONTRADICTION_PAIRS 2000 // events compared at most

enum evx_contradiction_kind { EVX_DIFFERS_IDENTITY, EVX_DIFFERS_EVENT, EVX_DIFFERS_NIL };
const char *evx_contradiction_name(enum evx_contradiction_kind k); // "identity"

struct evx_side {
    uint32_t item;            // EVX_NO_ITEM: the inspection's own list
    const char *organisation; // "" for the list
    const char *value;        // "not given" when it is absent
};
struct evx_contradiction {
    enum evx_contradiction_kind kind;
    size_t child;
    const char *event; // evidence kind; "" for identity
    const char *what;  // "date of birth", field name
    struct evx_side *side;
    size_t sides;
};
struct evx_contradictions {
    struct evx_contradiction *row;
    size_t n;
    size_t compared; // pairs of events
    bool cut;        // more than EVX_CONTRADICTION_PAIRS
    // filled by plan
    uint32_t (*pair)[2];
    size_t *pair_child;
    uint32_t *item; // every item that the comparison touches, to be released
    size_t items;
};
// Which items will be compared (only `child`, or all with SIZE_MAX). Then release
// them, then compare.
EVX_MUST_CHECK enum evx_status evx_contradictions_plan(struct evx_contradictions *out, struct evx_views *v,
                                                       size_t child);
EVX_MUST_CHECK enum evx_status evx_contradictions_compare(struct evx_contradictions *c, struct evx_views *v,
                                                          const struct evx_completeness *completeness,
                                                          size_t child);

#endif
