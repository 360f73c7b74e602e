// SPDX-License-Identifier: Apache-2.0
//
// A log as plain files that anybody can mirror and check: c2sp.org/tlog-tiles.
//   FOLDER/checkpoint  FOLDER/tile/L/N[.p/W]  FOLDER/tile/entries/N[.p/W]
#ifndef EVX_BROKER_TILES_H
#define EVX_BROKER_TILES_H

#include "broker/journal.h"

// Writes all tiles below the newest signed checkpoint, that checkpoint last.
// NOT_FOUND when nothing was signed yet. *size (may be NULL) is what was written.
EVX_MUST_CHECK enum evx_status evx_tiles_write(struct evx_journal *journal, const char *folder,
                                               uint64_t *size);

// "x001/x234/067" for 1234067; ".p/W" is added when width is not 256. `out` holds
// EVX_TILE_PATH characters.
#define EVX_TILE_PATH 64
void evx_tile_path(char out[EVX_TILE_PATH], uint64_t number, unsigned width);

#endif
