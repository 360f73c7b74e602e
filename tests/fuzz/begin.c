// SPDX-License-Identifier: Apache-2.0
#include "crypto/keys.h"
#include "tests/fuzz/fuzz.h"

void fuzz_begin(void) { fuzz_demand(evx_crypto_init() == EVX_OK); }
