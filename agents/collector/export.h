// SPDX-License-Identifier: Apache-2.0
//
// A whole inspection as a folder that anyone can verify offline (evx verify
// FOLDER; docs/verify.md), from what the collector stored: the log as tiles, a
// checkpoint, every directory version. No content: entries are headers and
// signatures. With statements, also the items that speak about the exchange itself
// (statements of completeness, their confirmations, erasure certificates), each as
// a bundle with its key, recorded in the record of reads before the first is opened.
#ifndef EVX_AGENTS_COLLECTOR_EXPORT_H
#define EVX_AGENTS_COLLECTOR_EXPORT_H

#include "agents/client/agent.h"
#include "agents/collector/audit.h"
#include "agents/collector/store.h"

struct evx_export {
    struct evx_store *store;
    struct evx_agent *agent; // for directories and the newest witnessed checkpoint
    const char *folder;      // made; what stands there under the same names is replaced
    // statements, or NULL
    struct evx_audit *audit;
    const char *person, *on_behalf_of, *purpose;
    // out
    struct evx_checkpoint checkpoint;
    struct evx_buf note; // owned
    uint64_t directories, statements;
};
// NOT_COLLECTED when no checkpoint covers what is stored, LOG_ROOT when the stored
// entries are not what it commits to (nothing is called a checkpoint then), DISK_FULL,
// IO, MEMORY, STORE_DAMAGED. Constant memory. Blocks on disk.
EVX_MUST_CHECK enum evx_status evx_export_log(struct evx_export *x);
// After the log. Writes every version that the agent holds.
EVX_MUST_CHECK enum evx_status evx_export_directories(struct evx_export *x);
// After the log. PURPOSE and what the record of reads says; DIRECTORY_UNKNOWN when the version
// that a statement was sealed under is not held.
EVX_MUST_CHECK enum evx_status evx_export_statements(struct evx_export *x);
void evx_export_free(struct evx_export *x);

#endif
