// SPDX-License-Identifier: Apache-2.0
#ifndef EVX_AGENTS_COLLECTOR_AGENT_STORE_H
#define EVX_AGENTS_COLLECTOR_AGENT_STORE_H

#include "agents/client/agent.h"
#include "agents/collector/store.h"

// Opens the store with the agent's ENC keys: its key is sealed to the epoch that was
// newest when it was made or rotated. The errors of evx_store_open(); WRAP when no
// epoch fits.
EVX_MUST_CHECK enum evx_status evx_agent_store_open(struct evx_store **out, const struct evx_agent *agent,
                                                    const char *folder, bool read_only);

#endif
