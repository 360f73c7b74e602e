// SPDX-License-Identifier: Apache-2.0
//
// Many items in few bytes: runs of equal item numbers over consecutive log indexes.
// Reading all evidence of 80,000 items costs one run a consignment at most. Pure.
#ifndef EVX_AGENTS_COLLECTOR_REFLIST_H
#define EVX_AGENTS_COLLECTOR_REFLIST_H

#include "agents/collector/opening.h"

// In each of the consignments index … index + repeat - 1: items number … number + count - 1.
struct evx_ref_run {
    uint64_t index;
    uint32_t number, count, repeat; // count and repeat at least 1
};
#define EVX_REFLIST_RUNS (1u << 20) // of one record

// Appends the runs of `n` items to *out, in order, each item once; *items of them.
// TOO_LARGE over EVX_REFLIST_RUNS.
EVX_MUST_CHECK enum evx_status evx_reflist_make(struct evx_buf *out, uint64_t *items,
                                                const struct evx_store_ref *ref, size_t n);
size_t evx_reflist_runs(struct evx_bytes list);
struct evx_ref_run evx_reflist_run(struct evx_bytes list, size_t i);
bool evx_reflist_covers(struct evx_bytes list, struct evx_store_ref ref);
// Runs: index u64 · number u32 · count u32 · repeat u32; whole, in order and without overlap.
bool evx_reflist_valid(struct evx_bytes list, uint64_t *items);

#endif
