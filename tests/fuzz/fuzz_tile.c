// SPDX-License-Identifier: Apache-2.0
// The entries of a tile, written again one after the other, are what was read; the
// walk ends only where no whole entry is left.
#include "crypto/tile.h"
#include "tests/fuzz/fuzz.h"

void fuzz_one(struct evx_bytes input)
{
    struct evx_buf again = {0};
    struct evx_bytes entry;
    size_t at = 0;
    while (evx_tile_next_entry(&entry, &at, input)) {
        fuzz_demand(at <= input.n && entry.p + entry.n == input.p + at);
        fuzz_demand(evx_tile_put_entry(&again, entry) == EVX_OK);
    }
    fuzz_demand(again.n == at && evx_bytes_equal(evx_buf_bytes(&again), evx_bytes(input.p, at)));
    size_t left = input.n - at;
    fuzz_demand(left < 2 || left - 2 < evx_get_be16(input.p + at));
    evx_buf_free(&again);
}
