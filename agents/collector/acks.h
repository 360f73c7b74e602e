// SPDX-License-Identifier: Apache-2.0
//
// Acknowledgement items from stored verdicts. An agency learns about its own
// consignments only, so results are collected per sender and each sender's are
// handed over in items of their own, within the limits of one item. Pure.
#ifndef EVX_AGENTS_COLLECTOR_ACKS_H
#define EVX_AGENTS_COLLECTOR_ACKS_H

#include "agents/collector/store.h"

#define EVX_ACKS_BYTES (256u << 10) // about as much as one item takes before it is handed over

// `sender` is whom to send the packed item to. Borrowed for the call.
typedef enum evx_status (*evx_acks_send)(void *user, const char *sender, struct evx_bytes packed_item);

struct evx_acks;
EVX_MUST_CHECK enum evx_status evx_acks_new(struct evx_acks **out, evx_acks_send send, void *user);
void evx_acks_destroy(struct evx_acks **a);
// An evx_store_owed_visit with the struct evx_acks as user: takes one result and
// hands over a sender's item when it is full. The errors of send, MEMORY.
EVX_MUST_CHECK enum evx_status evx_acks_add(void *acks, const struct evx_store_consignment *c,
                                            const struct evx_store_item *item, size_t items);
// Hands over whatever is left, senders in the order in which they came.
EVX_MUST_CHECK enum evx_status evx_acks_flush(struct evx_acks *a);

#endif
