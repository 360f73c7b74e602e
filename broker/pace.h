// SPDX-License-Identifier: Apache-2.0
//
// How often something may happen in a second: strangers must not be able to
// fill the log.
#ifndef EVX_BROKER_PACE_H
#define EVX_BROKER_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct evx_pace {
    uint64_t second;
    uint32_t count; // in that second
};

// Counts one; false when that is more than `most` in this second.
static inline bool evx_pace_ok(struct evx_pace *p, uint64_t now_ms, uint32_t most)
{
    if (p->second != now_ms / 1000) *p = (struct evx_pace){.second = now_ms / 1000};
    return ++p->count <= most;
}

#endif
