// SPDX-License-Identifier: Apache-2.0
// Key files. No passphrase is asked for, so no costly derivation is reached.
#include "crypto/keyfile.h"
#include "tests/fuzz/fuzz.h"

void fuzz_one(struct evx_bytes input)
{
    uint8_t secret[32] = {0};
    enum evx_key_use use = 0;
    if (evx_keyfile_parse(secret, &use, input, NULL)) return;
    fuzz_demand(use >= EVX_KEY_SIG && use <= EVX_KEY_ROOT);
}
