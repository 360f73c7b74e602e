// SPDX-License-Identifier: Apache-2.0
//
// store.db. Rows in, rows out; what they mean, their hashes and their keys are
// the business of store_*.c.
#ifndef EVX_AGENTS_COLLECTOR_ENGINE_STORE_SQLITE_H
#define EVX_AGENTS_COLLECTOR_ENGINE_STORE_SQLITE_H

#include "agents/collector/store.h"

struct evx_store_db;
EVX_MUST_CHECK enum evx_status evx_store_db_open(struct evx_store_db **out, const char *path, bool read_only);
void evx_store_db_close(struct evx_store_db **d);
EVX_MUST_CHECK enum evx_status evx_store_db_begin(struct evx_store_db *d);
EVX_MUST_CHECK enum evx_status evx_store_db_commit(struct evx_store_db *d);
void evx_store_db_rollback(struct evx_store_db *d);
EVX_MUST_CHECK enum evx_status evx_store_db_checkpoint(struct evx_store_db *d);
unsigned evx_store_db_wal_pages(const struct evx_store_db *d); // after the last commit

struct evx_store_db_row {
    struct evx_store_consignment c; // log_entry and body empty when read
    uint32_t accepted;
    struct evx_digest digest; // of log entry and body but for the vouched bytes
    struct evx_digest seal;   // keyed, of all of the row but `owed`
    struct evx_bytes items;   // packed; borrowed for the call
};
typedef enum evx_status (*evx_store_db_visit)(void *user, const struct evx_store_db_row *row);

EVX_MUST_CHECK enum evx_status evx_store_db_put(struct evx_store_db *d, const struct evx_store_db_row *row);
// One row at `index`, or those from `index` on, or those owed.
EVX_MUST_CHECK enum evx_status evx_store_db_at(struct evx_store_db *d, uint64_t index,
                                               evx_store_db_visit visit, void *user);
EVX_MUST_CHECK enum evx_status evx_store_db_from(struct evx_store_db *d, uint64_t index,
                                                 evx_store_db_visit visit, void *user);
EVX_MUST_CHECK enum evx_status evx_store_db_owed(struct evx_store_db *d, evx_store_db_visit visit,
                                                 void *user);
EVX_MUST_CHECK enum evx_status evx_store_db_sent(struct evx_store_db *d, const struct evx_stream_id *stream,
                                                 uint64_t sequence, evx_store_db_visit visit, void *user);
// Appends both; either may be NULL.
EVX_MUST_CHECK enum evx_status evx_store_db_content(struct evx_store_db *d, uint64_t index,
                                                    struct evx_buf *log_entry, struct evx_buf *body);

// Zeros n bytes of a stored body in place and gives its row another digest and seal. In
// the open transaction.
struct evx_store_db_blank {
    uint64_t index;
    size_t at, n;
    struct evx_digest digest, seal;
};
EVX_MUST_CHECK enum evx_status evx_store_db_blank(struct evx_store_db *d, const struct evx_store_db_blank *b);
// Everything into the file, the write-ahead log emptied. BUSY while somebody reads.
EVX_MUST_CHECK enum evx_status evx_store_db_flush(struct evx_store_db *d);

EVX_MUST_CHECK enum evx_status evx_store_db_owed_count(struct evx_store_db *d, uint64_t *n);
EVX_MUST_CHECK enum evx_status evx_store_db_settle(struct evx_store_db *d, uint64_t last);
EVX_MUST_CHECK enum evx_status evx_store_db_owe(struct evx_store_db *d, uint64_t first, uint64_t last,
                                                uint64_t *n);
// True while nothing was ever put into it.
EVX_MUST_CHECK enum evx_status evx_store_db_empty(struct evx_store_db *d, bool *empty);
EVX_MUST_CHECK enum evx_status evx_store_db_count(struct evx_store_db *d, struct evx_store_totals *out);
EVX_MUST_CHECK enum evx_status
evx_store_db_senders(struct evx_store_db *d,
                     enum evx_status (*visit)(void *, const struct evx_store_sender *), void *user);

// Small sealed records by kind and key: the cursor, streams, notes, parts.
// A record replaces the one with its key.
enum evx_store_record {
    EVX_RECORD_CURSOR = 1,
    EVX_RECORD_STREAM,
    EVX_RECORD_NOTE,
    EVX_RECORD_PART,
    EVX_RECORD_BEAT = 10, // claims.h
    EVX_RECORD_STATEMENT,
    EVX_RECORD_EQUIVOCATION,
    EVX_RECORD_HOLD = 20,     // holds.h
    EVX_RECORD_ERASURE = 21,  // erasures.h
    EVX_RECORD_ADOPTION = 30, // adoptions.h
};
typedef enum evx_status (*evx_store_db_record_visit)(void *user, struct evx_bytes key,
                                                     struct evx_bytes packed);
EVX_MUST_CHECK enum evx_status evx_store_db_put_record(struct evx_store_db *d, enum evx_store_record kind,
                                                       struct evx_bytes key, struct evx_bytes packed);
// Those of a kind whose key lies in [from, to], in key order.
EVX_MUST_CHECK enum evx_status evx_store_db_records(struct evx_store_db *d, enum evx_store_record kind,
                                                    struct evx_bytes from, struct evx_bytes to,
                                                    evx_store_db_record_visit visit, void *user);

#endif
