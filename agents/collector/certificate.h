// SPDX-License-Identifier: Apache-2.0
//
// Erasure certificates: what says in the log that keys were destroyed, on which ground
// and by whose decision. To the agency whose items they were and to every inspectorate
// that receives, us among them: so the store has it too.
#ifndef EVX_AGENTS_COLLECTOR_CERTIFICATE_H
#define EVX_AGENTS_COLLECTOR_CERTIFICATE_H

#include "agents/client/agent.h"
#include "agents/collector/erasures.h"

// Erasures of one decision about one sender's items, 1 … EVX_LIMIT_ITEMS. Appends the packed item.
EVX_MUST_CHECK enum evx_status evx_certificate_pack(struct evx_buf *out, const struct evx_erasure *e,
                                                    size_t n);
// The same items decided at the same time give the same id, so a certificate that a crash
// queued twice is one.
void evx_certificate_id(struct evx_item_id *out, const char *organisation, const struct evx_erasure *e,
                        size_t n);
// Durable in the outbox on return. The errors of evx_agent_queue().
EVX_MUST_CHECK enum evx_status evx_certificate_queue(struct evx_digest *consignment, struct evx_agent *agent,
                                                     const struct evx_erasure *e, size_t n);

#endif
