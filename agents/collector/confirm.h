// SPDX-License-Identifier: Apache-2.0
//
// The receiver's counter-signature under a completeness statement, as an item (P8). Pure.
#ifndef EVX_AGENTS_COLLECTOR_CONFIRM_H
#define EVX_AGENTS_COLLECTOR_CONFIRM_H

#include "agents/collector/claims.h"

// The id of our confirmation of a statement: always the same one, so that a confirmation
// that was queued twice is kept once by its reader.
void evx_confirm_id(struct evx_item_id *out, const char *organisation, const struct evx_item_id *statement);
// Appends the packed item. MEMORY.
EVX_MUST_CHECK enum evx_status evx_confirm_pack(struct evx_buf *out, const struct evx_store_statement *s);

#endif
