// SPDX-License-Identifier: Apache-2.0
//
// Comparing two records or two events, one fact at a time.
#ifndef EVX_AGENTS_INSPECTOR_VIEWS_DIFFERENCES_H
#define EVX_AGENTS_INSPECTOR_VIEWS_DIFFERENCES_H

#include "agents/inspector/views/contradictions.h"

struct evx_differences {
    struct evx_views *v;
    struct evx_buf rows;  // struct evx_contradiction
    uint32_t *first_item; // that mentions each record
};
EVX_MUST_CHECK enum evx_status evx_differences_begin(struct evx_differences *d);
// Names, date of birth, sex over all records of a child: one row a fact, one side
// for each distinct value of each organisation.
EVX_MUST_CHECK enum evx_status evx_differences_identity(struct evx_differences *d, size_t child);
// When it happened, and every field that both or, for moments, either has.
// Identifiers and references differ by nature and are not compared.
EVX_MUST_CHECK enum evx_status evx_differences_events(struct evx_differences *d, size_t child, uint32_t a,
                                                      uint32_t b);
EVX_MUST_CHECK enum evx_status evx_differences_nil(struct evx_differences *d, size_t child, size_t agency,
                                                   const struct evx_return_cell *cell);

#endif
