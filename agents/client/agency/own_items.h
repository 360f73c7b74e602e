// SPDX-License-Identifier: Apache-2.0
//
// What this agency sent and has a receipt for, as its outbox knows it, in the order of the
// log: to find an item by its id or by its place. An item's position counts through all of
// them; positions mean nothing outside one run.
#ifndef EVX_AGENTS_CLIENT_AGENCY_OWN_ITEMS_H
#define EVX_AGENTS_CLIENT_AGENCY_OWN_ITEMS_H

#include "agents/client/agent.h"

struct evx_own_place { // one consignment
    uint64_t index;
    size_t first, n; // positions first … first + n - 1
};
struct evx_own_items { // zero-initialise
    struct evx_item_id *id;
    struct evx_own_place *place; // ascending index
    size_t *by_id;               // positions, sorted by id
    size_t items, places, cap, place_cap;
};
// One consignment with its items in order. Then evx_own_items_sort().
EVX_MUST_CHECK enum evx_status evx_own_items_add(struct evx_own_items *o, uint64_t index,
                                                 const struct evx_item_id *id, size_t n);
EVX_MUST_CHECK enum evx_status evx_own_items_sort(struct evx_own_items *o);
// Everything in an agent's outbox that has its receipt, sorted.
EVX_MUST_CHECK enum evx_status evx_own_items_load(struct evx_own_items *o, struct evx_agent *a);
void evx_own_items_free(struct evx_own_items *o);

bool evx_own_items_find(const struct evx_own_items *o, const struct evx_item_id *id, size_t *position);
// The number of the first place at or after a log index; o->places when there is none.
size_t evx_own_items_from(const struct evx_own_items *o, uint64_t index);

#endif
