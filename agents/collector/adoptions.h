// SPDX-License-Identifier: Apache-2.0
//
// The directories that the log shows as adopted (P11): kept with the cursor, so
// that reading can go on after a restart; and what a later directory says about
// entries that were taken long ago.
#ifndef EVX_AGENTS_COLLECTOR_ADOPTIONS_H
#define EVX_AGENTS_COLLECTOR_ADOPTIONS_H

#include "agents/client/agent.h"
#include "agents/collector/store.h"

// Inside the transaction that stores the entry. f->adopted is set, f->fault is OK.
EVX_MUST_CHECK enum evx_status evx_adoption_put(struct evx_store *s, const struct evx_fetched *f);
// Tells the agent of every one that was stored below `size`, before it fetches.
EVX_MUST_CHECK enum evx_status evx_adoptions_tell(struct evx_store *s, struct evx_agent *agent,
                                                  uint64_t size);
// Remarks (REVOKED) every entry below `size` of `origin` whose signer this
// directory revokes from its place, or an earlier one, on. Inside a transaction.
EVX_MUST_CHECK enum evx_status evx_adoption_review(struct evx_store *s, const struct evx_directory *d,
                                                   const char *origin, uint64_t size);

#endif
