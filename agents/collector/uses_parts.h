// SPDX-License-Identifier: Apache-2.0
//
// One agency's report under construction. For uses*.c only.
#ifndef EVX_AGENTS_COLLECTOR_USES_PARTS_H
#define EVX_AGENTS_COLLECTOR_USES_PARTS_H

#include "agents/collector/uses.h"
#include "proto/base/clock.h"

struct evx_uses_report {
    char agency[EVX_ORG_ID_BYTES];
    uint64_t from;        // first record this agency is not told about yet
    uint64_t last;        // of the newest use taken
    bool stopped;         // it cannot be reached now
    struct evx_buf runs;  // struct evx_ref_run: what the record under way used of it
    uint64_t items;       // in them
    Evx__V1__UseReport m; // m.use are struct evx_use_made
    size_t bytes, ranges; // about what it takes
};

void evx_uses_clear(struct evx_uses_report *r); // drops the uses, not the place
// Adds one run, joined to the last one where they continue each other.
EVX_MUST_CHECK enum evx_status evx_uses_add_run(struct evx_uses_report *r, const struct evx_ref_run *run);
// The runs collected become uses of this record; the report is sent where it is full.
EVX_MUST_CHECK enum evx_status evx_uses_take(struct evx_uses_report *r, struct evx_uses *u,
                                             const struct evx_audit_record *record);
// Sends what is there as told up to `last`; `more`: record `last` continues.
EVX_MUST_CHECK enum evx_status evx_uses_flush(struct evx_uses_report *r, struct evx_uses *u, uint64_t last,
                                              bool more);

#endif
