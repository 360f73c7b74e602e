// SPDX-License-Identifier: Apache-2.0
//
// Makes a complete made-up exchange in a folder: key folders, a directory signed
// by two of three roots, and one configuration file a program.
#ifndef EVX_TESTS_BENCH_EXCHANGE_H
#define EVX_TESTS_BENCH_EXCHANGE_H

#include "tests/bench/bench.h"

// Sender organisations are bench-sender-0 …, inspectorates bench-inspectorate-0 …;
// the broker listens on 127.0.0.1:port.
enum evx_status bench_exchange_make(const char *folder, const struct bench_options *o, uint16_t port);

#endif
