// SPDX-License-Identifier: Apache-2.0
// What unpacks is canonical: packing it again gives the same bytes.
#include "proto/msg/codec.h"
#include "tests/fuzz/fuzz.h"

void fuzz_one(struct evx_bytes input)
{
    Evx__V1__Frame *m = NULL;
    struct evx_buf again = {0};
    if (evx_frame_unpack(&m, input)) {
        fuzz_demand(m == NULL);
        return;
    }
    fuzz_demand(evx_frame_pack(&again, m) == EVX_OK);
    fuzz_demand(evx_bytes_equal(evx_buf_bytes(&again), input));
    evx_buf_free(&again);
    evx_frame_free(m);
}
