// SPDX-License-Identifier: Apache-2.0
//
// One cell under its column of a profile: checked, and put into the draft.
#ifndef EVX_AGENTS_CLIENT_INGEST_CELL_H
#define EVX_AGENTS_CLIENT_INGEST_CELL_H

#include "agents/client/ingest/map.h"

struct evx_cell {
    struct evx_reading *reading;
    const struct evx_profile *profile;
    const struct evx_profile_column *column;
    struct evx_mapped *mapped; // receives what was understood
    struct evx_draft *draft;
    Evx__V1__Subject **child; // made when the first column about the child comes
    uint64_t row;
};
// What is wrong is reported; the status says only whether to go on.
EVX_MUST_CHECK enum evx_status evx_cell_take(struct evx_cell *c, const char *text);

#endif
