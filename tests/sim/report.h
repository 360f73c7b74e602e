// SPDX-License-Identifier: Apache-2.0
//
// Many runs, and what they came to.
#ifndef EVX_TESTS_SIM_REPORT_H
#define EVX_TESTS_SIM_REPORT_H

#include "tests/sim/sim.h"

struct sim_job {
    struct sim_options options;
    uint64_t from, to; // seeds
    const char *list;  // or a file of them
    const char *until; // a broken run of this kind is the last
    bool json, expect_broken, names;
    uint64_t most_broken;
};

int sim_do(const struct sim_job *j); // the exit code
int sim_print_names(void);

#endif
