// SPDX-License-Identifier: Apache-2.0
//
// Inside of `evx grade audit`: one table of outcomes against one framework.
#ifndef EVX_AGENTS_EVX_GRADE_AUDIT_H
#define EVX_AGENTS_EVX_GRADE_AUDIT_H

#include "agents/evx/grade_options.h"
#include "agents/evx/grade_table.h"
#include "grading/rules.h"
#include "grading/schedule.h"
#include "proto/limits.h"

struct evx_audit_tally { // of one rule
    size_t fired, breached;
    size_t grade[EVX_LIMIT_GRADING_GRADES + 1]; // what was given; the last = nothing
};

struct evx_audit_run {
    const struct evx_grade_options *o;
    struct evx_framework *f;
    struct evx_case *c;
    struct evx_out out;
    // columns by position, -1 = absent
    int judgement[EVX_LIMIT_CSV_COLUMNS], fact[EVX_LIMIT_CSV_COLUMNS], date[EVX_LIMIT_CSV_COLUMNS];
    int where[EVX_GRADE_WHERE];
    int due_from, due_stated, due_received;
    size_t rows, judged, outside, unselected, errors, undated, without_overall, worst_without_limit;
    size_t due_exact, due_receipt, due_unexplained, due_missing;
    struct evx_audit_tally rule[EVX_LIMIT_GRADING_RULES];
};

// "row":N,"key":{…} of what identifies the row, without braces.
void evx_audit_key(struct evx_audit_run *r, const struct evx_row *row);
// A complaint about one cell, as a line of its own; counted.
void evx_audit_error(struct evx_audit_run *r, const struct evx_row *row, enum evx_status status,
                     const char *column, const char *value, const char *suggestion);
// Checks the due date stated in the row, if the table has one.
EVX_MUST_CHECK enum evx_status evx_audit_due(struct evx_audit_run *r, const struct evx_row *row);
void evx_audit_summary(struct evx_audit_run *r);

#endif
