// SPDX-License-Identifier: Apache-2.0
//
// Files on their way into the outbox. Reading comes first, in jails, while the
// process holds no key; then the agent is opened and the items are queued.
#ifndef EVX_AGENTS_CLIENT_AGENCY_BATCH_H
#define EVX_AGENTS_CLIENT_AGENCY_BATCH_H

#include "agents/client/agency/findings.h"
#include "agents/client/agency/ledger.h"
#include "agents/client/cli/cli.h"

enum evx_outcome {
    EVX_OUTCOME_SENT,    // queued now
    EVX_OUTCOME_BEFORE,  // the same file was queued before
    EVX_OUTCOME_REFUSED, // by its problems
    EVX_OUTCOME_NOTHING, // right, but without evidence
};
struct evx_batch_file {
    struct evx_findings findings;
    enum evx_outcome outcome;
    uint64_t before_ms;
    size_t items;
};
struct evx_batch {
    struct evx_files files;
    struct evx_batch_file *file; // as many as files.n
    bool again;                  // also what was sent before
};
// Reads and decides. With `partial`, a file with problems in some rows is sent
// without those rows; otherwise it is refused whole.
EVX_MUST_CHECK enum evx_status evx_batch_read(struct evx_batch *out, const struct evx_ingest_job *job,
                                              char *const *path, size_t n, bool partial);
void evx_batch_free(struct evx_batch *b);
// evx_front_may_follow(), if anything would be queued: some file that was neither refused
// nor sent before. Prints its own error.
EVX_MUST_CHECK enum evx_status evx_front_may_send(const struct evx_batch *b, struct evx_agent *agent,
                                                  const char *state, const struct evx_cli_options *o);
// Queues each file that was not refused and not sent before: all of it or none.
// With *consignments counted. Writes state/items/<digest>.csv, row by item id.
EVX_MUST_CHECK enum evx_status evx_batch_queue(struct evx_batch *b, struct evx_agent *agent,
                                               const char *state, uint32_t flags, size_t *consignments);

#endif
