// SPDX-License-Identifier: Apache-2.0
//
// The shared grading core: pure (no file, socket, clock or locale), thread safe
// once a framework is loaded. It never computes a grade. It says which grades a
// framework permits, which rule says so and why, what evidence is missing and
// what is due when; a named inspector judges. docs/grading.md.
#ifndef EVX_GRADING_H
#define EVX_GRADING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/bytes.h"

struct evx_framework;

// Parses one framework file (YAML text). On failure *explain says line, key and
// what is wrong with it. FRAMEWORK_FORMAT, MEMORY.
EVX_MUST_CHECK enum evx_status evx_framework_load(struct evx_framework **out, const char *yaml, size_t n,
                                                  struct evx_buf *explain);
void evx_framework_destroy(struct evx_framework **f);
const char *evx_framework_id(const struct evx_framework *f);
const char *evx_framework_title(const struct evx_framework *f);
bool evx_framework_graded(const struct evx_framework *f); // false: narrative, no grade exists

size_t evx_framework_judgements(const struct evx_framework *f);
const char *evx_framework_judgement(const struct evx_framework *f, size_t i); // id
size_t evx_framework_grades(const struct evx_framework *f);
const char *evx_framework_grade(const struct evx_framework *f, size_t i); // best first
size_t evx_framework_criteria(const struct evx_framework *f);
struct evx_criterion {
    const char *id; // "32c"
    const char *judgement;
    const char *grade; // the grade it describes
    const char *label;
    const char *source;        // "¶32c"
    const char *const *agency; // evidencing agencies: home social-care police school health child family
    size_t agencies;
    const char *when; // condition that must hold, "" = always
};
const struct evx_criterion *evx_framework_criterion(const struct evx_framework *f, size_t i);
const struct evx_criterion *evx_framework_criterion_by_id(const struct evx_framework *f, const char *id);

// --- a case: what is known at the moment ---
struct evx_case;
EVX_MUST_CHECK enum evx_status evx_case_new(struct evx_case **out, const struct evx_framework *f);
void evx_case_destroy(struct evx_case **c);
void evx_case_reset(struct evx_case *c);
// JUDGEMENT_UNKNOWN, GRADE_UNKNOWN, FACT_UNKNOWN; *suggestion (may be NULL) is
// the nearest known id or NULL.
EVX_MUST_CHECK enum evx_status evx_case_judge(struct evx_case *c, const char *judgement, const char *grade,
                                              const char **suggestion);
EVX_MUST_CHECK enum evx_status evx_case_fact_number(struct evx_case *c, const char *fact, int64_t value,
                                                    const char **suggestion);
EVX_MUST_CHECK enum evx_status evx_case_fact_flag(struct evx_case *c, const char *fact, bool value,
                                                  const char **suggestion);
EVX_MUST_CHECK enum evx_status evx_case_fact_text(struct evx_case *c, const char *fact, const char *value,
                                                  const char **suggestion);

struct evx_fired {
    const char *rule, *source, *effect, *on, *message;
};
struct evx_permitted {
    uint32_t permitted[16]; // per judgement (framework order): bit set over grades, bit 0 = best
    uint32_t advised[16];
    size_t fired_n;
    struct evx_fired fired[64];
};
EVX_MUST_CHECK enum evx_status evx_case_permitted(const struct evx_case *c, struct evx_permitted *out);

// --- coverage: which criteria have evidence ---
struct evx_evidence_fact {
    const char *criterion;
    const char *agency;   // kind of agency: police social-care school health …
    const char *origin;   // organisation id: corroboration counts distinct origins
    int direction;        // 1 strength, 2 concern, 3 neutral
    const char *evidence; // its id
};
EVX_MUST_CHECK enum evx_status evx_case_evidence(struct evx_case *c, const struct evx_evidence_fact *e,
                                                 const char **suggestion);
struct evx_coverage_row {
    const struct evx_criterion *criterion;
    bool applies;   // its condition holds
    bool undecided; // the facts of its condition are not recorded
    size_t items, origins, strengths, concerns, neutrals;
    const char *missing[8]; // evidencing agencies that gave nothing
    size_t missing_n;
};
// Row by criterion position. Valid until the case changes.
EVX_MUST_CHECK enum evx_status evx_case_coverage(const struct evx_case *c, size_t criterion,
                                                 struct evx_coverage_row *out);

#endif
