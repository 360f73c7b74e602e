// SPDX-License-Identifier: Apache-2.0
//
// A log as plain files that anybody can mirror and check: c2sp.org/tlog-tiles.
//   FOLDER/checkpoint  FOLDER/tile/L/N[.p/W]  FOLDER/tile/entries/N[.p/W]
//   FOLDER/witnessed-checkpoint
#ifndef EVX_BROKER_TILES_H
#define EVX_BROKER_TILES_H

#include "broker/journal.h"
#include "crypto/policy.h"
#include "crypto/tile.h"

// Writes all tiles below the newest signed checkpoint, that checkpoint last.
// NOT_FOUND when nothing was signed yet. *size (may be NULL) is what was written.
EVX_MUST_CHECK enum evx_status evx_tiles_write(struct evx_journal *journal, const char *folder,
                                               uint64_t *size);
// The newest checkpoint that a quorum cosigned, with every line on it, as
// FOLDER/witnessed-checkpoint, and the partial tiles of its size; to be called after the
// one above. *size is its size, 0 when there is none yet.
EVX_MUST_CHECK enum evx_status evx_tiles_write_witnessed(struct evx_journal *journal, const char *folder,
                                                         const struct evx_policy *policy, uint64_t *size);

#endif
