// SPDX-License-Identifier: Apache-2.0
//
// Seals a draft for the other inspectorates of the inspection and puts it into our
// outbox; the next run of the agent sends it.
#ifndef EVX_AGENTS_INSPECTOR_CMD_JUDGE_SEND_H
#define EVX_AGENTS_INSPECTOR_CMD_JUDGE_SEND_H

#include "agents/inspector/cmd/desk.h"

// Prints what happened, and its own error. ALREADY_RUNNING: the outbox is in use by
// a running collector; the draft stays a draft.
EVX_MUST_CHECK enum evx_status evx_judge_send(struct evx_desk *d, const char *number);

#endif
