// SPDX-License-Identifier: Apache-2.0
//
// Criterion by agency: which criteria have evidence, from whom, in which direction.
// Corroboration counts distinct origins (who observed it), never copies: an exact
// repetition counts once, a copy passed on by another agency keeps its origin.
#ifndef EVX_AGENTS_INSPECTOR_VIEWS_MATRIX_H
#define EVX_AGENTS_INSPECTOR_VIEWS_MATRIX_H

#include "agents/inspector/views/views.h"
#include "grading/grading.h"

struct evx_matrix_cell {
    size_t items, strengths, concerns, neutrals;
};
struct evx_matrix_row {
    const char *criterion;
    const struct evx_criterion *known; // NULL: cited, but not in the framework
    bool applies;
    bool undecided;               // the facts of its condition are not recorded
    struct evx_matrix_cell *cell; // [agency], then one for every other origin
    struct evx_matrix_cell all;
    size_t origins;
    const char *missing[8]; // kinds of agency that should give evidence and gave none
    size_t missing_n;
};
struct evx_matrix {
    const char *framework;
    const struct evx_framework *loaded; // NULL: not available here, rows are what was cited
    struct evx_matrix_row *row;
    size_t rows, with_evidence;
    bool others;    // some evidence comes from none of the agencies
    size_t uncited; // standing evidence that names no criterion of the framework
};
// `loaded` (may be NULL) is borrowed. Errors of the grading core; MEMORY.
EVX_MUST_CHECK enum evx_status evx_matrix_work_out(struct evx_matrix *out, struct evx_views *v,
                                                   const char *framework, const struct evx_framework *loaded);

// A known criterion that applies, or may apply, and lacks evidence altogether or from
// somebody who should give it.
bool evx_matrix_wanting(const struct evx_matrix_row *r);

#endif
