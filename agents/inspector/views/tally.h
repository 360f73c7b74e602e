// SPDX-License-Identifier: Apache-2.0
//
// Who has sent what: counts per organisation over the whole index.
#ifndef EVX_AGENTS_INSPECTOR_VIEWS_TALLY_H
#define EVX_AGENTS_INSPECTOR_VIEWS_TALLY_H

#include "agents/inspector/views/completeness.h"

struct evx_tally {
    const struct evx_views_agency *agency;
    size_t consignments, items, evidence, accepted, rejected, nils, unreadable;
    int64_t first_ms, last_ms; // received; 0 = nothing
};
// One row for each agency of the inspection, in its order.
EVX_MUST_CHECK enum evx_status evx_tally_work_out(struct evx_tally **out, struct evx_views *v);
// Positions of all accepted evidence: what a summary speaks of.
EVX_MUST_CHECK enum evx_status evx_all_evidence(uint32_t **item, size_t *n, struct evx_views *v);

#endif
