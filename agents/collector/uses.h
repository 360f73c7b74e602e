// SPDX-License-Identifier: Apache-2.0
//
// From the record of reads to what each agency is told: the uses made of its own
// evidence, by records first … last without a gap, so that a report that is kept back
// shows. On whose behalf, purpose, verb, time and items are told; who looked is not:
// the record's number finds it at the inspectorate. No socket, no clock.
// docs/protocol.md "Reports of use".
#ifndef EVX_AGENTS_COLLECTOR_USES_H
#define EVX_AGENTS_COLLECTOR_USES_H

#include "agents/collector/audit.h"
#include "agents/collector/store.h"
#include "crypto/directory.h"

#define EVX_USES_BYTES  (192u << 10) // about as much as one report takes
#define EVX_USES_RANGES 8192         // ranges in one report
#define EVX_USES_IDS    64           // a use of more items than this names ranges

struct evx_uses {
    struct evx_audit *audit; // opened with the store key
    struct evx_store *store;
    const struct evx_directory *directory; // who is an agency
    uint64_t since; // 0 = after what each agency was last told; else again from this record on
    // Queues one packed item for one agency, durably. RECIPIENT: that agency is left for later.
    enum evx_status (*send)(void *user, const char *agency, struct evx_bytes packed_item);
    void *user;
    uint64_t reports, uses; // out: sent
};
// Tells every agency that sent something. What was told is noted in audit.db after it is
// queued, so a crash repeats a report, which its reader takes once. AUDIT_ALTERED when the
// chain does not hold: nothing is told from a record that cannot be trusted.
EVX_MUST_CHECK enum evx_status evx_uses_report(struct evx_uses *u);

#endif
