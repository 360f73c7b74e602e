// SPDX-License-Identifier: Apache-2.0
//
// The journal on SQLite: one file, one writing connection, write-ahead log,
// synchronous=FULL. A commit costs one sync. The write-ahead log is folded into
// the file by maintain(), never inside a commit.
#ifndef EVX_BROKER_ENGINE_JOURNAL_SQLITE_H
#define EVX_BROKER_ENGINE_JOURNAL_SQLITE_H

#include "broker/journal.h"

struct evx_journal_sqlite_options {
    uint64_t fold_bytes; // fold the write-ahead log at this size; 0 = 64 MiB
    bool read_only;      // fsck and export
};

// Opens or creates `path`; one of an earlier program is upgraded. SCHEMA when a newer one wrote it,
// STORE_DAMAGED when it is not a journal.
EVX_MUST_CHECK enum evx_status evx_journal_sqlite_open(struct evx_journal **out, const char *path,
                                                       const struct evx_journal_sqlite_options *options);

// A reader of its own for the log signer: own read-only connection, usable in
// another thread than the journal's.
EVX_MUST_CHECK enum evx_status evx_journal_sqlite_view_open(struct evx_journal_view *out, const char *path);
void evx_journal_sqlite_view_close(struct evx_journal_view *v);

#endif
