// SPDX-License-Identifier: Apache-2.0
//
// The outbox's own inside, for its two files.
#ifndef EVX_TESTS_SIM_OUTBOX_STATE_H
#define EVX_TESTS_SIM_OUTBOX_STATE_H

#include "tests/sim/disks.h"

struct evx_outbox {
    struct sim_node *node;
    struct sim_outbox_disk *disk;
    struct sim_outbox_state now;
    bool writing;
};

#endif
