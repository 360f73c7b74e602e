// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/engine/sqlite_use.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "proto/base/file.h"

#define BUSY_MS 10000

enum evx_status evx_sqlite_status(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE: return EVX_OK;
    case SQLITE_FULL: return EVX_E_DISK_FULL;
    case SQLITE_NOMEM: return EVX_E_MEMORY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return EVX_E_STORE_DAMAGED;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return EVX_E_ALREADY_RUNNING;
    case SQLITE_MISUSE: return EVX_E_BUG;
    default: return EVX_E_IO;
    }
}

enum evx_status evx_sqlite_run(sqlite3 *db, const char *sql)
{
    return evx_sqlite_status(sqlite3_exec(db, sql, NULL, NULL, NULL));
}

enum evx_status evx_sqlite_prepare(sqlite3_stmt **out, sqlite3 *db, const char *sql)
{
    return evx_sqlite_status(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL));
}

enum evx_status evx_sqlite_done(sqlite3_stmt *st)
{
    int rc = sqlite3_step(st);
    sqlite3_reset(st);
    sqlite3_clear_bindings(st);
    return rc == SQLITE_ROW ? EVX_E_BUG : evx_sqlite_status(rc);
}

enum evx_status evx_sqlite_row(sqlite3_stmt *st)
{
    int rc = sqlite3_step(st);
    return rc == SQLITE_DONE ? EVX_E_NOT_FOUND : evx_sqlite_status(rc);
}

// A failed bind leaves NULL in a NOT NULL column, which the step then refuses.
void evx_sqlite_text(sqlite3_stmt *st, int at, const char *text)
{
    sqlite3_bind_text(st, at, text, -1, SQLITE_TRANSIENT);
}

void evx_sqlite_blob(sqlite3_stmt *st, int at, const void *p, size_t n)
{
    sqlite3_bind_blob64(st, at, p ? p : "", n, SQLITE_TRANSIENT);
}

enum evx_status evx_sqlite_take(void *out, size_t n, sqlite3_stmt *st, int column)
{
    const void *p = sqlite3_column_blob(st, column);
    if (!p || (size_t)sqlite3_column_bytes(st, column) != n) return EVX_E_STORE_DAMAGED;
    memcpy(out, p, n);
    return EVX_OK;
}

const char *evx_sqlite_column(sqlite3_stmt *st, int column)
{
    const char *text = (const char *)sqlite3_column_text(st, column);
    return text ? text : "";
}

static enum evx_status version_of(int *out, sqlite3 *db)
{
    sqlite3_stmt *st = NULL;
    enum evx_status s = evx_sqlite_prepare(&st, db, "PRAGMA user_version");
    if (!s) s = evx_sqlite_row(st);
    if (!s) *out = sqlite3_column_int(st, 0);
    sqlite3_finalize(st);
    return s;
}

static enum evx_status make_schema(sqlite3 *db, const char *schema, int version)
{
    char mark[64];
    snprintf(mark, sizeof mark, "PRAGMA user_version=%d", version);
    enum evx_status s = evx_sqlite_run(db, "BEGIN IMMEDIATE");
    int found = 0;
    if (!s) s = version_of(&found, db);
    if (!s && found > version) s = EVX_E_SCHEMA;
    if (!s && found == 0) s = evx_sqlite_run(db, schema);
    if (!s && found == 0) s = evx_sqlite_run(db, mark);
    if (!s) return evx_sqlite_run(db, "COMMIT");
    EVX_IGNORE(evx_sqlite_run(db, "ROLLBACK"), "the first error is the one to report");
    return s;
}

static enum evx_status prepare_connection(sqlite3 *db, const char *schema, int version)
{
    sqlite3_busy_timeout(db, BUSY_MS);
    sqlite3_extended_result_codes(db, 1);
    enum evx_status s = evx_sqlite_run(db, "PRAGMA journal_mode=WAL");
    if (!s) s = evx_sqlite_run(db, "PRAGMA synchronous=FULL");
    if (!s) s = evx_sqlite_run(db, "PRAGMA secure_delete=ON");
    if (!s) s = make_schema(db, schema, version);
    return s;
}

enum evx_status evx_sqlite_open(sqlite3 **out, const char *folder, const char *name, const char *schema,
                                int version)
{
    *out = NULL;
    sqlite3 *db = NULL;
    char *path = evx_path_join(folder, name);
    if (!path) return EVX_E_MEMORY;
    mode_t before = umask(077);
    int rc =
        sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    enum evx_status s = rc ? evx_sqlite_status(rc) : prepare_connection(db, schema, version);
    umask(before);
    free(path);
    if (!s)
        *out = db;
    else
        sqlite3_close(db);
    return s;
}
