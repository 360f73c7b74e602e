// SPDX-License-Identifier: Apache-2.0
//
// What of the record of reads goes into the log, and when: its digest to ourselves, the
// uses to the agencies. Queued through the agent's outbox, which sends it.
#ifndef EVX_AGENTS_COLLECTOR_TELL_H
#define EVX_AGENTS_COLLECTOR_TELL_H

#include "agents/client/agent.h"
#include "agents/collector/audit.h"
#include "agents/collector/store.h"

#define EVX_TELL_DIGEST_MS (10ull * 60 * 1000)      // no record stays out of the log longer than this
#define EVX_TELL_USES_MS   (24ull * 60 * 60 * 1000) // no use stays untold longer than this

struct evx_tell {
    struct evx_agent *agent;
    struct evx_audit *audit;
    struct evx_store *store;
};
// Queues a digest when records were added since the last one and the oldest of them is
// EVX_TELL_DIGEST_MS old, or any is there and `now` is set. *queued says whether.
EVX_MUST_CHECK enum evx_status evx_tell_digest(const struct evx_tell *t, uint64_t now_ms, bool now,
                                               bool *queued);
// The same for reports of use. `since`: see evx_uses; with 0 and not `now` only when due.
struct evx_told {
    uint64_t reports, uses;
};
EVX_MUST_CHECK enum evx_status evx_tell_uses(const struct evx_tell *t, uint64_t now_ms, bool now,
                                             uint64_t since, struct evx_told *told);

#endif
