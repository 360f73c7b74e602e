// SPDX-License-Identifier: Apache-2.0
//
// One JSON object becomes one case:
//   {"id", "judgements":{J:G}, "facts":{F:V}, "criteria":{C:"met|not-met|not-relevant"},
//    "evidence":[{"criterion","agency","origin","direction","evidence"}],
//    "overrides":[{"rule","who","reason","time"}]}
// Every complaint is added to `errors` as a JSON object; a case with complaints
// must not be evaluated, since a limit may have been lost with a misspelt word.
#ifndef EVX_AGENTS_EVX_GRADE_CASE_H
#define EVX_AGENTS_EVX_GRADE_CASE_H

#include <jansson.h>

#include "agents/evx/grade_out.h"
#include "grading/grading.h"

struct evx_grade_case {
    struct evx_case *c; // reset and filled
    struct evx_out errors;
    size_t errors_n;
    uint64_t line;
    json_t *root; // NULL when the line is no JSON object
};

EVX_MUST_CHECK enum evx_status evx_grade_case_open(struct evx_grade_case *g, const struct evx_framework *f);
void evx_grade_case_close(struct evx_grade_case *g);
// line NULL: it was too long. The status of the first complaint, or OK.
EVX_MUST_CHECK enum evx_status evx_grade_case_read(struct evx_grade_case *g, uint64_t number,
                                                   const char *line, size_t n);
// `"id":…,` of the line, when it has one, and at the end `"errors":[…]`.
void evx_grade_case_id(const struct evx_grade_case *g, struct evx_out *o);
void evx_grade_case_errors(const struct evx_grade_case *g, struct evx_out *o);

#endif
