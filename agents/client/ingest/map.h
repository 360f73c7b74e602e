// SPDX-License-Identifier: Apache-2.0
//
// One row of CSV under a profile: to evidence, or to problems.
#ifndef EVX_AGENTS_CLIENT_INGEST_MAP_H
#define EVX_AGENTS_CLIENT_INGEST_MAP_H

#include "agents/client/ingest/csv.h"
#include "agents/client/ingest/profile.h"
#include "agents/client/ingest/reading.h"
#include "agents/client/ingest/roster.h"

// One profile column in the row at hand.
struct evx_mapped {
    const char *text; // "" when empty, absent or skipped
    const struct evx_profile_code *code;
    struct evx_moment moment;
    bool has_moment;
};

struct evx_mapping {
    const struct evx_profile *profile;
    const char *const *header; // borrowed
    size_t header_n;
    size_t *at;                      // per profile column: its place in the header, header_n = absent
    struct evx_mapped *mapped;       // per profile column
    const struct evx_roster *roster; // NULL: there is no companion
    struct evx_buf narrative;
};

// Reports HEADER_TWICE and HEADER_MISSING.
EVX_MUST_CHECK enum evx_status evx_mapping_open(struct evx_mapping *m, struct evx_reading *r,
                                                const struct evx_profile *p, const char *const *header,
                                                size_t header_n);
void evx_mapping_close(struct evx_mapping *m);
// Maps, reports what is wrong, and emits unless something was.
EVX_MUST_CHECK enum evx_status evx_mapping_row(struct evx_mapping *m, struct evx_reading *r,
                                               const struct evx_csv_row *row);

// Fills in a template: "{COLUMN}", "{COLUMN:means}", "{COLUMN|when empty}". *out, which
// must be empty, ends in a NUL.
EVX_MUST_CHECK enum evx_status evx_narrative_fill(struct evx_buf *out, const struct evx_profile *p,
                                                  const struct evx_mapped *mapped, const char *narrative);

#endif
