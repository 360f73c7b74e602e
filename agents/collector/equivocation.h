// SPDX-License-Identifier: Apache-2.0
//
// Proof that an organisation signed two contents under one sequence number: from the log
// itself, or as the broker hands it out. The broker's word counts for nothing: both
// signatures are checked here.
#ifndef EVX_AGENTS_COLLECTOR_EQUIVOCATION_H
#define EVX_AGENTS_COLLECTOR_EQUIVOCATION_H

#include "agents/collector/claims.h"
#include "crypto/directory.h"

// `second` stands in the log at a place of its stream that was taken before; keeps both.
EVX_MUST_CHECK enum evx_status evx_equivocation_in_log(struct evx_store *store,
                                                       const struct evx_store_consignment *second);

// Checks two log entries: the same sender's key, stream, sequence and inspection, each
// signed, and not the same. Fills *out, whose bytes borrow from the entries. MALFORMED,
// UNKNOWN_KEY, WRONG_INSPECTION, SIGNATURE, CHAIN (they do not contradict each other).
EVX_MUST_CHECK enum evx_status evx_equivocation_check(struct evx_store_equivocation *out,
                                                      const struct evx_directory *directory,
                                                      const struct evx_inspection_id *inspection,
                                                      struct evx_bytes first, struct evx_bytes second);

#endif
