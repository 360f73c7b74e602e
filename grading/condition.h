// SPDX-License-Identifier: Apache-2.0
//
// The condition language of framework files, compiled once to a few steps:
//   help-and-protection is inadequate       leaders-and-managers is not good
//   adoption worse than good                leadership at least good
//   overall is open   overall is judged     overall is not-judged
//   any-child-missing                       inspection-kind = full
//   weeks-without-registered-manager > 26   not (a or b) and c
// `at least good` is good or better, `at most good` is good or worse. A
// judgement that is not made and a fact that is not recorded are unknown;
// unknown stays unknown through not, and, or; a rule fires only on true.
#ifndef EVX_GRADING_CONDITION_H
#define EVX_GRADING_CONDITION_H

#include "grading/load/tree.h"
#include "grading/model.h"

enum evx_truth { EVX_FALSE, EVX_UNKNOWN, EVX_TRUE };

struct evx_condition_use { // what a compiled condition looks at
    uint64_t facts;
    uint32_t judgements;
};
// Appends to f->code. Complaints name the line and key of `text`.
EVX_MUST_CHECK enum evx_status evx_condition_compile(struct evx_reader *r, struct evx_framework *f,
                                                     const struct evx_text *text, struct evx_condition *out,
                                                     struct evx_condition_use *use);

struct evx_situation { // what a condition is held against
    const int8_t *grade;
    const int64_t *fact;
    uint64_t known; // bit per fact
};
enum evx_truth evx_condition_holds(const struct evx_framework *f, const struct evx_condition *c,
                                   const struct evx_situation *now);

#endif
