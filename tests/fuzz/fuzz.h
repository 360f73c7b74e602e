// SPDX-License-Identifier: Apache-2.0
//
// One fuzz target a file: it defines fuzz_one(), which takes any bytes. The
// fuzz preset links it with libFuzzer; elsewhere replay.c runs the committed
// corpus through it, with every truncation and single-bit flip of small inputs.
#ifndef EVX_TESTS_FUZZ_FUZZ_H
#define EVX_TESTS_FUZZ_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "proto/base/bytes.h"

void fuzz_one(struct evx_bytes input);
// Called once before the first input; targets that need nothing link begin.c.
void fuzz_begin(void);

// A property that must hold for every input.
#define fuzz_demand(property)                                                                                \
    do {                                                                                                     \
        if (!(property)) {                                                                                   \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #property);                    \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

#endif
