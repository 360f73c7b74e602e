// SPDX-License-Identifier: Apache-2.0
//
// Parts of the output that several commands share.
#ifndef EVX_AGENTS_INSPECTOR_CMD_PARTS_H
#define EVX_AGENTS_INSPECTOR_CMD_PARTS_H

#include "agents/inspector/cmd/out.h"
#include "agents/inspector/views/completeness.h"
#include "agents/inspector/views/contradictions.h"
#include "agents/inspector/views/matrix.h"
#include "agents/inspector/views/tally.h"
#include "crypto/policy.h"

#define EVX_PARTS_CHILDREN 40 // listed on a terminal before "… and N more"

size_t evx_parts_standing(const struct evx_views *v);
// "evidence 12", "nil: held nothing", "late (12 Feb 2026)", "silent"
const char *evx_parts_cell(struct evx_desk *d, const struct evx_return_cell *cell);
EVX_MUST_CHECK enum evx_status evx_parts_print_completeness(struct evx_desk *d,
                                                            const struct evx_completeness *c);

void evx_parts_json_summary(struct evx_jout *j, struct evx_desk *d, const struct evx_store_totals *totals,
                            const struct evx_tally *tally, const struct evx_completeness *c,
                            const struct evx_matrix *m);
struct evx_jout evx_parts_json_completeness(struct evx_desk *d, const struct evx_completeness *c);
struct evx_jout evx_parts_json_matrix_row(struct evx_desk *d, const struct evx_matrix_row *r);
// Everything that the index knows of an item: ids, log, agency, kind, version.
struct evx_jout evx_parts_json_item(struct evx_desk *d, size_t item);
// The same and what the evidence itself says, with its provenance.
struct evx_jout evx_parts_json_evidence(struct evx_desk *d, size_t item, const Evx__V1__Evidence *e);
// Whose word it rests on.
struct evx_jout evx_parts_json_grade(const struct evx_grade *g);
struct evx_jout evx_parts_json_contradiction(struct evx_desk *d, const struct evx_contradiction *c);

#endif
