// SPDX-License-Identifier: Apache-2.0
//
// How long the broker keeps what it only carries. A body that is gone is served as
// `expired`; entry, receipt and every proof stay as they were.
#ifndef EVX_BROKER_RETENTION_H
#define EVX_BROKER_RETENTION_H

#include "broker/journal.h"

// The first index whose entry was received at `since_ms` or later; the journal's size if none was.
EVX_MUST_CHECK enum evx_status evx_retention_index(struct evx_journal *j, uint64_t since_ms, uint64_t *index);
// Drops, in every journal below `state`, the bodies received more than `days` ago. The
// broker's lock is held by the caller. *dropped counts them.
EVX_MUST_CHECK enum evx_status evx_retention_apply(const char *state, uint64_t days, uint64_t now_ms,
                                                   uint64_t *dropped);

#endif
