// SPDX-License-Identifier: Apache-2.0
#ifndef EVX_TESTS_BENCH_FLEET_H
#define EVX_TESTS_BENCH_FLEET_H

#include "tests/bench/bench.h"

// Items that the collector's store holds, read beside the running collector.
enum evx_status bench_fleet_stored(struct bench_fleet *f, uint64_t *items);

#endif
