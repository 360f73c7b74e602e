// SPDX-License-Identifier: Apache-2.0
//
// Names and shapes of the files of a log (c2sp.org/tlog-tiles): whoever writes,
// mirrors or checks tiles uses these. Pure.
//   tile/L/N[.p/W]         hashes of every 256^L-th complete subtree, 256 a tile
//   tile/entries/N[.p/W]   the entries, each behind its length (16 bits, big endian)
#ifndef EVX_CRYPTO_TILE_H
#define EVX_CRYPTO_TILE_H

#include "proto/base/bytes.h"

#define EVX_TILE_WIDTH  256u
#define EVX_TILE_LEVELS 8u // 256^8 entries are more than there can be

// "x001/x234/067" for 1234067; ".p/W" is added when width is not 256. `out` holds
// EVX_TILE_PATH characters.
#define EVX_TILE_PATH 64
void evx_tile_path(char out[EVX_TILE_PATH], uint64_t number, unsigned width);
// How many of `count` things stand in tile `number`; at most 256.
unsigned evx_tile_width(uint64_t count, uint64_t number);

// TOO_LARGE for an entry beyond 65,535 bytes; MEMORY.
EVX_MUST_CHECK enum evx_status evx_tile_put_entry(struct evx_buf *bundle, struct evx_bytes entry);
// Borrows the next entry and moves *at on. False at the end, and at one that is cut off.
EVX_MUST_CHECK bool evx_tile_next_entry(struct evx_bytes *entry, size_t *at, struct evx_bytes bundle);

#endif
