// SPDX-License-Identifier: Apache-2.0
//
// Which requests this agency has answered, as it remembers itself: what it sent is sealed
// to others and cannot be read back.
#ifndef EVX_AGENTS_CLIENT_ANSWERS_H
#define EVX_AGENTS_CLIENT_ANSWERS_H

#include "agents/client/agent.h"

struct evx_answer {
    uint64_t items; // queued in reply, 0 = none
    uint64_t last_ms;
};
// After `items` items that name the request were queued. Durable on return.
EVX_MUST_CHECK enum evx_status evx_agent_note_answer(struct evx_agent *a, const struct evx_item_id *request,
                                                     size_t items);
// Works on a reader. STORE_DAMAGED.
EVX_MUST_CHECK enum evx_status evx_agent_answer(struct evx_agent *a, const struct evx_item_id *request,
                                                struct evx_answer *out);

#endif
