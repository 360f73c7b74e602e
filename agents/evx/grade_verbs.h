// SPDX-License-Identifier: Apache-2.0
//
// The verbs of `evx grade`; each returns a sysexits code.
#ifndef EVX_AGENTS_EVX_GRADE_VERBS_H
#define EVX_AGENTS_EVX_GRADE_VERBS_H

#include "agents/evx/grade_options.h"

int evx_grade_frameworks(const struct evx_grade_options *o);
int evx_grade_show(const struct evx_grade_options *o);
int evx_grade_permitted(const struct evx_grade_options *o);
int evx_grade_coverage(const struct evx_grade_options *o);
int evx_grade_due(const struct evx_grade_options *o);
int evx_grade_schedule(const struct evx_grade_options *o);
int evx_grade_sample(const struct evx_grade_options *o);
int evx_grade_follow_up(const struct evx_grade_options *o);
int evx_grade_audit(const struct evx_grade_options *o);

#endif
