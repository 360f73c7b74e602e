// SPDX-License-Identifier: Apache-2.0
//
// An exported log as plain files (c2sp.org/tlog-tiles), read once from its first
// entry to its last in constant memory: every entry is handed over, the root
// is computed, and every hash tile is compared with what the entries give.
#ifndef EVX_AGENTS_EVX_VERIFY_LOG_H
#define EVX_AGENTS_EVX_VERIFY_LOG_H

#include "crypto/merkle.h"
#include "crypto/tile.h"

typedef enum evx_status evx_log_visit(void *user, uint64_t index, struct evx_bytes entry,
                                      const struct evx_digest *leaf);
// After `size` entries the root is this; called for every size from 1.
typedef enum evx_status evx_log_grown(void *user, uint64_t size, const struct evx_frontier *f);

struct evx_log_walk {
    const char *folder;
    uint64_t size;
    evx_log_visit *entry;
    evx_log_grown *grown;
    void *user;
    // out
    struct evx_digest root;
    uint64_t tiles;       // hash tiles that are what the entries give
    enum evx_status tile; // LOG_TILE when one is missing or is not: the entries may be sound all the same
    char fault[96];       // the tile at fault, "" if none
};
// LOG_TILE (entries missing, cut off, too many), MEMORY, and what the visitors
// return. Blocks on disk.
EVX_MUST_CHECK enum evx_status evx_log_walk(struct evx_log_walk *w);

#endif
