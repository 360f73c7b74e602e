// SPDX-License-Identifier: Apache-2.0
//
// Which files were submitted, by digest: the same file handed over twice is sent
// once. A line is written before the items are queued and after it; a crash
// between the two is settled by asking the outbox whether they are in it.
//
//   state/sent-files.txt: "begin|done DIGEST ITEMS UNIX-MS"
#ifndef EVX_AGENTS_CLIENT_AGENCY_LEDGER_H
#define EVX_AGENTS_CLIENT_AGENCY_LEDGER_H

#include "agents/client/agent.h"

struct evx_ledger;
// Reads the ledger of a state folder and settles what was begun; `agent` holds the
// outbox's lock. IO, MEMORY, STORE_DAMAGED.
EVX_MUST_CHECK enum evx_status evx_ledger_open(struct evx_ledger **out, const char *state,
                                               struct evx_agent *agent);
void evx_ledger_close(struct evx_ledger **l);
// When the file was submitted, Unix milliseconds; 0 = never.
uint64_t evx_ledger_find(const struct evx_ledger *l, const struct evx_digest *file);
EVX_MUST_CHECK enum evx_status evx_ledger_begin(struct evx_ledger *l, const struct evx_digest *file,
                                                size_t items, uint64_t now_ms);
EVX_MUST_CHECK enum evx_status evx_ledger_done(struct evx_ledger *l); // of the last begin
EVX_MUST_CHECK enum evx_status evx_ledger_undo(struct evx_ledger *l); // of the last begin: nothing was queued

#endif
