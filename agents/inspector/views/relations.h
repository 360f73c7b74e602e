// SPDX-License-Identifier: Apache-2.0
//
// What items mean for each other: supersessions, corrections, withdrawals and
// exact repetitions. An organisation can only replace what it sent itself.
#ifndef EVX_AGENTS_INSPECTOR_VIEWS_RELATIONS_H
#define EVX_AGENTS_INSPECTOR_VIEWS_RELATIONS_H

#include "agents/inspector/views/facts.h"

// Fills version, by, foreign, twin and the sorted ids. MEMORY.
EVX_MUST_CHECK enum evx_status evx_relations_work_out(struct evx_facts *f);

#endif
