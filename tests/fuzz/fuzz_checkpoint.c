// SPDX-License-Identifier: Apache-2.0
// A checkpoint text has one spelling: what parses is written back the same.
#include "crypto/checkpoint.h"
#include "tests/fuzz/fuzz.h"

void fuzz_one(struct evx_bytes input)
{
    struct evx_checkpoint c;
    struct evx_buf again = {0};
    if (evx_checkpoint_parse_text(&c, input)) return;
    fuzz_demand(evx_checkpoint_text(&again, &c) == EVX_OK);
    fuzz_demand(evx_bytes_equal(evx_buf_bytes(&again), input));
    evx_buf_free(&again);
}
