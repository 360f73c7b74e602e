// SPDX-License-Identifier: Apache-2.0
//
// From item id to where the item stands, in memory: 16 bytes an item. Ids are
// the senders' choice, so the hash is keyed with random bits and a match is only
// a candidate: the caller compares the id itself.
#ifndef EVX_AGENTS_COLLECTOR_IDMAP_H
#define EVX_AGENTS_COLLECTOR_IDMAP_H

#include "crypto/keys.h"

struct evx_idmap_slot {
    uint64_t tag, place;
};
struct evx_idmap { // zero-initialise
    struct evx_idmap_slot *slot;
    size_t cap, used;
    uint64_t key[2];
};
void evx_idmap_free(struct evx_idmap *m); // back to zero

// place > 0. MEMORY.
EVX_MUST_CHECK enum evx_status evx_idmap_add(struct evx_idmap *m, const struct evx_item_id *id,
                                             uint64_t place);
// Candidates one after the other: start with *cursor = 0; 0 when there are no more.
uint64_t evx_idmap_next(const struct evx_idmap *m, const struct evx_item_id *id, size_t *cursor);

#endif
