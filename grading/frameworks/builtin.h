// SPDX-License-Identifier: Apache-2.0
//
// The generated table behind the registry.
#ifndef EVX_GRADING_FRAMEWORKS_BUILTIN_H
#define EVX_GRADING_FRAMEWORKS_BUILTIN_H

#include <stddef.h>

struct evx_builtin {
    const char *id, *yaml; // yaml ends with a NUL that n does not count
    size_t n;
};
extern const struct evx_builtin evx_builtins[];
extern const size_t evx_builtins_n;

#endif
