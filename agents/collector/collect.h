// SPDX-License-Identifier: Apache-2.0
//
// The collector at work: what the agent fetches goes through the ingest core into
// the store, one transaction per served batch, and verdicts go back through the
// outbox. Order within a batch: audit record, item keys, rows with the cursor;
// then, outside of it, acknowledgements. So a crash at any point repeats nothing
// that counts and loses nothing: an answer may be queued twice, which its reader
// takes once.
#ifndef EVX_AGENTS_COLLECTOR_COLLECT_H
#define EVX_AGENTS_COLLECTOR_COLLECT_H

#include "agents/client/agent.h"
#include "agents/collector/audit.h"
#include "agents/collector/store.h"

struct evx_collector;
// Opens (makes) the store in `folder` with the agent's ENC key, and begins to fetch
// where it ends. The agent is borrowed. The errors of evx_store_open(),
// evx_audit_open() and evx_agent_set_fetch().
EVX_MUST_CHECK enum evx_status evx_collector_open(struct evx_collector **out, struct evx_agent *agent,
                                                  const char *folder);
void evx_collector_close(struct evx_collector **c);

struct evx_collector_run {
    bool until_idle;     // end when the log is stored to its end and all answers are receipted
    uint64_t timeout_ms; // 0 = no limit
    const char *metrics; // path of a Prometheus text file, NULL for none
};
// Works until told to stop (evx_agent_stop: OK), idle, TIMEOUT, or an error. While
// the broker cannot be reached it waits and tries again. What was not committed is
// dropped at the end; after an error close the collector. Blocks.
EVX_MUST_CHECK enum evx_status evx_collector_run(struct evx_collector *c,
                                                 const struct evx_collector_run *how);
// Queues all answers that are owed; *consignments of them. Durable on return.
EVX_MUST_CHECK enum evx_status evx_collector_answer(struct evx_collector *c, uint64_t *consignments);
struct evx_store *evx_collector_store(struct evx_collector *c);
struct evx_audit *evx_collector_audit(struct evx_collector *c);

#endif
