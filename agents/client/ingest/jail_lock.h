// SPDX-License-Identifier: Apache-2.0
//
// Shuts the doors of the calling process for good.
#ifndef EVX_AGENTS_CLIENT_INGEST_JAIL_LOCK_H
#define EVX_AGENTS_CLIENT_INGEST_JAIL_LOCK_H

#include <stdbool.h>
#include <stdint.h>

// False if any limit or the filter could not be set: the caller must not go on.
bool evx_jail_lock(uint64_t memory_bytes, unsigned cpu_seconds);

#endif
