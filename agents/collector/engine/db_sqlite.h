// SPDX-License-Identifier: Apache-2.0
//
// How every database file of the collector is opened and how SQLite's results
// become ours. Included by engine files only.
#ifndef EVX_AGENTS_COLLECTOR_ENGINE_DB_SQLITE_H
#define EVX_AGENTS_COLLECTOR_ENGINE_DB_SQLITE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "proto/base/bytes.h"

enum evx_db_mode {
    EVX_DB_WAL,      // one writing process, readers beside it
    EVX_DB_ROLLBACK, // several processes write, now and then
};
struct evx_db_options {
    enum evx_db_mode mode;
    bool read_only;
    bool secure_delete;
    const char *schema; // run once, in a transaction, when the file is new
};
// synchronous=FULL always. NOT_FOUND (read_only, no file), SCHEMA, and those of
// evx_db_status.
EVX_MUST_CHECK enum evx_status evx_db_open(sqlite3 **out, const char *path,
                                           const struct evx_db_options *options);
EVX_MUST_CHECK enum evx_status evx_db_close(sqlite3 **db);
// OK, MEMORY, DISK_FULL, STORE_DAMAGED, BUSY, FILE_EXISTS (a key that is there), IO.
EVX_MUST_CHECK enum evx_status evx_db_status(int rc);
EVX_MUST_CHECK enum evx_status evx_db_exec(sqlite3 *db, const char *sql);
EVX_MUST_CHECK enum evx_status evx_db_prepare(sqlite3_stmt **out, sqlite3 *db, const char *sql);
// Runs a statement that returns no row, and resets it with its bindings.
EVX_MUST_CHECK enum evx_status evx_db_run(sqlite3_stmt *statement);
// One row or NOT_FOUND; reset it when the columns have been read.
EVX_MUST_CHECK enum evx_status evx_db_row(sqlite3_stmt *statement);
void evx_db_reset(sqlite3_stmt *statement);

// The blob lives until the statement is run.
void evx_db_bind_blob(sqlite3_stmt *statement, int column, const void *p, size_t n);
void evx_db_bind_u64(sqlite3_stmt *statement, int column, uint64_t value);
void evx_db_bind_text(sqlite3_stmt *statement, int column, const char *text);
struct evx_bytes evx_db_blob(sqlite3_stmt *statement, int column);
uint64_t evx_db_u64(sqlite3_stmt *statement, int column);
// STORE_DAMAGED unless the column is exactly n bytes / fits in cap with its NUL.
EVX_MUST_CHECK enum evx_status evx_db_fixed(void *out, size_t n, sqlite3_stmt *statement, int column);
EVX_MUST_CHECK enum evx_status evx_db_text(char *out, size_t cap, sqlite3_stmt *statement, int column);

// Everything in the write-ahead log into the file; `truncate` also empties it.
EVX_MUST_CHECK enum evx_status evx_db_checkpoint(sqlite3 *db, bool truncate);

#endif
