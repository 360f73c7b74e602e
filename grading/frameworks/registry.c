// SPDX-License-Identifier: Apache-2.0
#include "grading/frameworks/registry.h"

#include <string.h>

#include "grading/frameworks/builtin.h"
#include "grading/nearest.h"

size_t evx_framework_builtins(void) { return evx_builtins_n; }
const char *evx_framework_builtin_id(size_t i) { return i < evx_builtins_n ? evx_builtins[i].id : NULL; }
const char *evx_framework_builtin(size_t i) { return i < evx_builtins_n ? evx_builtins[i].yaml : NULL; }

enum evx_status evx_framework_builtin_load(struct evx_framework **out, const char *id,
                                           const char **suggestion, struct evx_buf *explain)
{
    *out = NULL;
    struct evx_nearest near = evx_nearest_begin(id);
    for (size_t i = 0; i < evx_builtins_n; i++) {
        const struct evx_builtin *b = &evx_builtins[i];
        if (!strcmp(b->id, id)) return evx_framework_load(out, b->yaml, b->n, explain);
        evx_nearest_offer(&near, b->id);
    }
    if (suggestion) *suggestion = near.best;
    return EVX_E_FRAMEWORK_UNKNOWN;
}
