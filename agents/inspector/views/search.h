// SPDX-License-Identifier: Apache-2.0
//
// Full text over opened evidence, in memory: nothing searchable is left on disk.
// Every term must occur (folded: case and accents do not matter), in any order,
// anywhere in kind, narrative, fields, names, identifiers or file name.
#ifndef EVX_AGENTS_INSPECTOR_VIEWS_SEARCH_H
#define EVX_AGENTS_INSPECTOR_VIEWS_SEARCH_H

#include "agents/inspector/views/views.h"

#define EVX_SEARCH_TERMS 16

struct evx_search_hit {
    uint32_t item;
    const char *snippet; // of the narrative or the first field that has a term
    const char *where;   // "narrative", "field outcome", "name" …
};
struct evx_search {
    const char *term[EVX_SEARCH_TERMS]; // folded
    size_t terms;
    struct evx_search_hit *hit;
    size_t hits;
    size_t searched, unreadable;
};
// Splits and folds. USAGE: no term, or more than EVX_SEARCH_TERMS.
EVX_MUST_CHECK enum evx_status evx_search_prepare(struct evx_search *out, struct evx_views *v,
                                                  const char *const *text, size_t n);
// After all evidence (tally.h) was released.
EVX_MUST_CHECK enum evx_status evx_search_run(struct evx_search *s, struct evx_views *v);

#endif
