// SPDX-License-Identifier: Apache-2.0
//
// The little that index and casebook have in common when they talk to SQLite.
#ifndef EVX_AGENTS_INSPECTOR_ENGINE_SQLITE_USE_H
#define EVX_AGENTS_INSPECTOR_ENGINE_SQLITE_USE_H

#include <sqlite3.h>

#include "crypto/keys.h"

// Opens folder/name (0600), applies `schema` when it is new, SCHEMA when its
// user_version is above `version`. IO, DISK_FULL, STORE_DAMAGED, MEMORY.
EVX_MUST_CHECK enum evx_status evx_sqlite_open(sqlite3 **out, const char *folder, const char *name,
                                               const char *schema, int version);
enum evx_status evx_sqlite_status(int rc);
EVX_MUST_CHECK enum evx_status evx_sqlite_run(sqlite3 *db, const char *sql);
EVX_MUST_CHECK enum evx_status evx_sqlite_prepare(sqlite3_stmt **out, sqlite3 *db, const char *sql);
// One step that must not give a row; resets the statement.
EVX_MUST_CHECK enum evx_status evx_sqlite_done(sqlite3_stmt *st);
// One step: OK with a row, NOT_FOUND without. The caller resets.
EVX_MUST_CHECK enum evx_status evx_sqlite_row(sqlite3_stmt *st);

// Binding by position; the first failure shows when the statement is stepped.
void evx_sqlite_text(sqlite3_stmt *st, int at, const char *text);
void evx_sqlite_blob(sqlite3_stmt *st, int at, const void *p, size_t n);
// Reading. A blob of another length is STORE_DAMAGED.
EVX_MUST_CHECK enum evx_status evx_sqlite_take(void *out, size_t n, sqlite3_stmt *st, int column);
const char *evx_sqlite_column(sqlite3_stmt *st, int column); // "" for NULL

#endif
