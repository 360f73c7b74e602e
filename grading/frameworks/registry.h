// SPDX-License-Identifier: Apache-2.0
//
// The frameworks that come with the program, embedded when it was built.
#ifndef EVX_GRADING_FRAMEWORKS_REGISTRY_H
#define EVX_GRADING_FRAMEWORKS_REGISTRY_H

#include "grading/grading.h"

size_t evx_framework_builtins(void);
const char *evx_framework_builtin_id(size_t i); // NULL past the last
const char *evx_framework_builtin(size_t i);    // YAML text, NUL-terminated; NULL past the last
// Loads one by id. FRAMEWORK_UNKNOWN with the nearest id in *suggestion (may be
// NULL), else as evx_framework_load().
EVX_MUST_CHECK enum evx_status evx_framework_builtin_load(struct evx_framework **out, const char *id,
                                                          const char **suggestion, struct evx_buf *explain);

#endif
