// SPDX-License-Identifier: Apache-2.0
//
// Legal holds: what must not be erased, whatever timer or request says so. Each placing
// and each lifting is a record that names the hash of the one before and is never
// changed, so that no hold can vanish from the middle. Texts are encrypted at rest.
#ifndef EVX_AGENTS_COLLECTOR_HOLDS_H
#define EVX_AGENTS_COLLECTOR_HOLDS_H

#include "agents/collector/store.h"

#define EVX_HOLD_TEXT 256 // bytes with the NUL

enum evx_hold_scope {
    EVX_HOLD_ITEM = 1,
    EVX_HOLD_CHILD,      // every item that names a person with this identifier
    EVX_HOLD_INSPECTION, // everything in this store
};
const char *evx_hold_scope_name(enum evx_hold_scope scope);

struct evx_hold {
    uint64_t number; // 1, 2, 3 …; filled when placed
    enum evx_hold_scope scope;
    struct evx_item_id item;    // of an item
    char child[EVX_HOLD_TEXT];  // "nhs-number:9990000000": scheme and value of an identifier
    char reason[EVX_HOLD_TEXT]; // on whose request, under what
    char placed_by[EVX_HOLD_TEXT];
    uint64_t placed_ms;
    uint64_t lifted_ms; // 0 while it stands
    char lifted_by[EVX_HOLD_TEXT];
};

// All of them, oldest first, in one walk that checks the chain. HOLD_DAMAGED; MEMORY.
// Free *out.
EVX_MUST_CHECK enum evx_status evx_holds_load(struct evx_hold **out, size_t *n, struct evx_store *s);
// Durable on return, in a transaction of its own. TOO_LARGE (EVX_LIMIT_HOLDS; texts beyond EVX_HOLD_TEXT),
// HOLD_DAMAGED.
EVX_MUST_CHECK enum evx_status evx_hold_place(struct evx_store *s, struct evx_hold *hold);
// NOT_FOUND when no such hold stands; else as evx_hold_place().
EVX_MUST_CHECK enum evx_status evx_hold_lift(struct evx_store *s, uint64_t number, const char *by,
                                             uint64_t now_ms);

// True when a standing hold is on an identifier: the item must be opened to be judged.
bool evx_holds_need_content(const struct evx_hold *hold, size_t n);
// The first standing hold that covers the item, or NULL. `content` may be NULL when none
// is on an identifier.
const struct evx_hold *evx_holds_cover(const struct evx_hold *hold, size_t n, const struct evx_item_id *item,
                                       const Evx__V1__Item *content);

#endif
