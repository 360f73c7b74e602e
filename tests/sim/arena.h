// SPDX-License-Identifier: Apache-2.0
//
// Memory of one run: given out in pieces, taken back all at once. What the
// simulated disks hold lies here, so a copy of a disk is a plain copy.
#ifndef EVX_TESTS_SIM_ARENA_H
#define EVX_TESTS_SIM_ARENA_H

#include "proto/base/bytes.h"

struct sim_arena {
    struct sim_chunk *chunks;
};

void *sim_take(struct sim_arena *a, size_t n); // zeroed; ends the process without memory
struct evx_bytes sim_keep(struct sim_arena *a, struct evx_bytes bytes);
void sim_arena_reset(struct sim_arena *a); // keeps the largest chunk for the next run
void sim_arena_free(struct sim_arena *a);

#endif
