// SPDX-License-Identifier: Apache-2.0
//
// Confirmations on their way to the agencies, by the rules of the acknowledgements: owed
// in the store together with the statement, queued durably in the outbox, then marked. A
// crash between the last two queues the same item again, under the same id, which its
// reader keeps once.
#ifndef EVX_AGENTS_COLLECTOR_CONFIRMATIONS_H
#define EVX_AGENTS_COLLECTOR_CONFIRMATIONS_H

#include "agents/client/agent.h"
#include "agents/collector/claims.h"

struct evx_confirmations {
    uint64_t owed;
    uint64_t from; // log index that nothing below is tried again
};
EVX_MUST_CHECK enum evx_status evx_confirmations_load(struct evx_confirmations *c, struct evx_store *store);
// Queues what is owed; outside a transaction of the store. Who cannot be written to now is
// logged and tried again by the next process.
EVX_MUST_CHECK enum evx_status evx_confirmations_queue(struct evx_confirmations *c, struct evx_store *store,
                                                       struct evx_agent *agent);

#endif
