// SPDX-License-Identifier: Apache-2.0
#include "crypto/tile.h"

#include <stdio.h>

void evx_tile_path(char out[EVX_TILE_PATH], uint64_t number, unsigned width)
{
    unsigned group[8], n = 0;
    size_t at = 0;
    do {
        group[n++] = (unsigned)(number % 1000);
        number /= 1000;
    } while (number && n < 8);
    while (n-- > 0)
        at += (size_t)snprintf(out + at, EVX_TILE_PATH - at, n ? "x%03u/" : "%03u", group[n]);
    if (width != EVX_TILE_WIDTH) snprintf(out + at, EVX_TILE_PATH - at, ".p/%u", width);
}

unsigned evx_tile_width(uint64_t count, uint64_t number)
{
    uint64_t left = count - number * EVX_TILE_WIDTH;
    return left < EVX_TILE_WIDTH ? (unsigned)left : EVX_TILE_WIDTH;
}

enum evx_status evx_tile_put_entry(struct evx_buf *bundle, struct evx_bytes entry)
{
    uint8_t length[2];
    if (entry.n > UINT16_MAX) return EVX_E_TOO_LARGE;
    evx_put_be16(length, (uint16_t)entry.n);
    enum evx_status s = evx_buf_append(bundle, length, sizeof length);
    return s ? s : evx_buf_append(bundle, entry.p, entry.n);
}

bool evx_tile_next_entry(struct evx_bytes *entry, size_t *at, struct evx_bytes bundle)
{
    if (bundle.n - *at < 2) return false;
    size_t n = evx_get_be16(bundle.p + *at);
    if (bundle.n - *at - 2 < n) return false;
    *entry = evx_bytes(bundle.p + *at + 2, n);
    *at += 2 + n;
    return true;
}
