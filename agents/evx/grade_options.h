// SPDX-License-Identifier: Apache-2.0
//
// Options of all `evx grade` verbs, from one table.
#ifndef EVX_AGENTS_EVX_GRADE_OPTIONS_H
#define EVX_AGENTS_EVX_GRADE_OPTIONS_H

#include <stdbool.h>

#include "agents/evx/grade_out.h"
#include "grading/grading.h"

#define EVX_GRADE_WHERE 8

struct evx_grade_options {
    const char *framework, *framework_file, *event, *date, *seed, *target, *rule;
    const char *where[EVX_GRADE_WHERE]; // COLUMN=VALUE
    size_t wheres;
    bool json, all_dates, help;
    char **file; // what is left of the command line
    int files;
};

// USAGE with a message on stderr.
EVX_MUST_CHECK enum evx_status evx_grade_options_parse(struct evx_grade_options *o, int argc, char **argv);
// The framework named by --framework, --framework-file or, when `id` is not
// NULL, by it. Explains itself on stderr.
EVX_MUST_CHECK enum evx_status evx_grade_framework(struct evx_framework **out,
                                                   const struct evx_grade_options *o, const char *id);
// "evx grade: WHAT: REMEDY (CODE)" on stderr; returns the exit code.
int evx_grade_complain(enum evx_status status, const char *detail);

#endif
