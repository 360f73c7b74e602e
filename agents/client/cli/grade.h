// SPDX-License-Identifier: Apache-2.0
//
// The grade that is shown beside evidence: whose word it rests on (crypto/policy.h).
#ifndef EVX_AGENTS_CLIENT_CLI_GRADE_H
#define EVX_AGENTS_CLIENT_CLI_GRADE_H

#include <jansson.h>

#include "agents/client/agent.h"

// The grade of the newest checkpoint that this agent holds, read from its state folder
// beside a running agent: neither key nor lock. All zero when it holds none yet. Blocks.
EVX_MUST_CHECK enum evx_status evx_grade_read(struct evx_grade *out, const struct evx_agent_config *config);
// {"grade","text","cosigned","witnesses","needed","size","time"}; time is null without witnesses.
json_t *evx_json_grade(const struct evx_grade *g);

#endif
