// SPDX-License-Identifier: Apache-2.0
//
// Rows that stand more than once in a file, found before any of them is mapped.
#ifndef EVX_AGENTS_CLIENT_INGEST_TWICE_H
#define EVX_AGENTS_CLIENT_INGEST_TWICE_H

#include "agents/client/ingest/csv.h"

struct evx_twice {
    struct evx_twice_row *row;
    size_t n, cap;
};
// One pass over the whole text. A reading fault is left to the pass that maps.
EVX_MUST_CHECK enum evx_status evx_twice_find(struct evx_twice *out, struct evx_bytes utf8);
void evx_twice_free(struct evx_twice *t);
// The number of another row with the same cells, 0 if there is none.
uint64_t evx_twice_other(const struct evx_twice *t, uint64_t row);

#endif
