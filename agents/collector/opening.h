// SPDX-License-Identifier: Apache-2.0
//
// The right to open items, one reading long (P15). Only evx_audit_release() makes
// one, after its record is on the disk; the store opens nothing without one that
// names the item. It looks the record up again before it is first used, so a record
// that is gone opens nothing.
#ifndef EVX_AGENTS_COLLECTOR_OPENING_H
#define EVX_AGENTS_COLLECTOR_OPENING_H

#include "crypto/seal.h"

// Which item: its consignment's place in the log, its number there.
struct evx_store_ref {
    uint64_t index;
    uint32_t number;
};

struct evx_opening;
// Before the audit that made it is closed.
void evx_opening_close(struct evx_opening **o);
// READ_UNRECORDED unless the record stands in audit.db, was made under this store
// key and names the item; also for NULL.
EVX_MUST_CHECK enum evx_status evx_opening_covers(struct evx_opening *o, const struct evx_store_key *key,
                                                  struct evx_store_ref ref);

#endif
