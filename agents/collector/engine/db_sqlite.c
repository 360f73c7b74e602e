// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/engine/db_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/file.h"

#define EVX_DB_SCHEMA_VERSION 2
#define EVX_DB_BUSY_MS        10000

enum evx_status evx_db_status(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE: return EVX_OK;
    case SQLITE_NOMEM: return EVX_E_MEMORY;
    case SQLITE_FULL: return EVX_E_DISK_FULL;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return EVX_E_STORE_DAMAGED;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return EVX_E_BUSY;
    case SQLITE_CONSTRAINT: return EVX_E_FILE_EXISTS;
    case SQLITE_MISUSE: return EVX_E_BUG;
    default: return EVX_E_IO;
    }
}

enum evx_status evx_db_exec(sqlite3 *db, const char *sql)
{
    return evx_db_status(sqlite3_exec(db, sql, NULL, NULL, NULL));
}

enum evx_status evx_db_prepare(sqlite3_stmt **out, sqlite3 *db, const char *sql)
{
    return evx_db_status(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL));
}

void evx_db_reset(sqlite3_stmt *statement)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

enum evx_status evx_db_run(sqlite3_stmt *statement)
{
    int rc = sqlite3_step(statement);
    evx_db_reset(statement);
    return evx_db_status(rc);
}

enum evx_status evx_db_row(sqlite3_stmt *statement)
{
    int rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) return EVX_OK;
    evx_db_reset(statement);
    return rc == SQLITE_DONE ? EVX_E_NOT_FOUND : evx_db_status(rc);
}

// An out-of-memory bind leaves NULL behind, which every column's NOT NULL refuses.
void evx_db_bind_blob(sqlite3_stmt *statement, int column, const void *p, size_t n)
{
    sqlite3_bind_blob64(statement, column, n ? p : "", n, SQLITE_STATIC);
}

void evx_db_bind_u64(sqlite3_stmt *statement, int column, uint64_t value)
{
    sqlite3_bind_int64(statement, column, (sqlite3_int64)value);
}

void evx_db_bind_text(sqlite3_stmt *statement, int column, const char *text)
{
    sqlite3_bind_text(statement, column, text, -1, SQLITE_STATIC);
}

struct evx_bytes evx_db_blob(sqlite3_stmt *statement, int column)
{
    const void *p = sqlite3_column_blob(statement, column);
    int n = sqlite3_column_bytes(statement, column);
    return evx_bytes(p, p && n > 0 ? (size_t)n : 0);
}

uint64_t evx_db_u64(sqlite3_stmt *statement, int column)
{
    return (uint64_t)sqlite3_column_int64(statement, column);
}

enum evx_status evx_db_fixed(void *out, size_t n, sqlite3_stmt *statement, int column)
{
    struct evx_bytes blob = evx_db_blob(statement, column);
    if (blob.n != n || !blob.p) return EVX_E_STORE_DAMAGED;
    memcpy(out, blob.p, n);
    return EVX_OK;
}

enum evx_status evx_db_text(char *out, size_t cap, sqlite3_stmt *statement, int column)
{
    struct evx_bytes text = evx_db_blob(statement, column);
    if (text.n >= cap) return EVX_E_STORE_DAMAGED;
    if (text.n) memcpy(out, text.p, text.n);
    out[text.n] = '\0';
    return EVX_OK;
}

static enum evx_status version_of(sqlite3 *db, int *version)
{
    sqlite3_stmt *statement = NULL;
    enum evx_status s = evx_db_prepare(&statement, db, "PRAGMA user_version");
    if (!s) s = evx_db_row(statement);
    if (!s) *version = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return s;
}

static enum evx_status create_schema(sqlite3 *db, const char *schema)
{
    enum evx_status s = evx_db_exec(db, "BEGIN IMMEDIATE");
    int version = 0;
    if (!s) s = version_of(db, &version);
    if (!s && !version) s = evx_db_exec(db, schema);
    if (!s && !version) s = evx_db_exec(db, "PRAGMA user_version = 2");
    if (!s) return evx_db_exec(db, "COMMIT");
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return s;
}

static enum evx_status check_schema(sqlite3 *db, const struct evx_db_options *options)
{
    int version = 0;
    enum evx_status s = version_of(db, &version);
    if (s) return s;
    if (version == EVX_DB_SCHEMA_VERSION) return EVX_OK;
    if (version) return EVX_E_SCHEMA;
    return options->read_only ? EVX_E_NOT_FOUND : create_schema(db, options->schema);
}

static enum evx_status set_up(sqlite3 *db, const struct evx_db_options *options)
{
    sqlite3_busy_timeout(db, EVX_DB_BUSY_MS);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    enum evx_status s = evx_db_exec(db, "PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY;"
                                        "PRAGMA cache_size=-8192; PRAGMA synchronous=FULL");
    if (!s && options->secure_delete) s = evx_db_exec(db, "PRAGMA secure_delete=ON");
    if (s || options->read_only) return s;
    s = evx_db_exec(db, "PRAGMA page_size=16384; PRAGMA wal_autocheckpoint=0");
    if (s) return s;
    return evx_db_exec(db, options->mode == EVX_DB_WAL ? "PRAGMA journal_mode=WAL"
                                                       : "PRAGMA journal_mode=TRUNCATE");
}

// SQLite would create the file with the process's umask.
static enum evx_status make_private(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return errno == ENOSPC ? EVX_E_DISK_FULL : EVX_E_IO;
    close(fd);
    return EVX_OK;
}

enum evx_status evx_db_open(sqlite3 **out, const char *path, const struct evx_db_options *options)
{
    *out = NULL;
    if (options->read_only && !evx_path_exists(path)) return EVX_E_NOT_FOUND;
    enum evx_status s = options->read_only ? EVX_OK : make_private(path);
    if (s) return s;
    int flags = options->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    s = evx_db_status(sqlite3_open_v2(path, out, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL));
    if (!s) s = set_up(*out, options);
    if (!s) s = check_schema(*out, options);
    if (s) EVX_IGNORE(evx_db_close(out), "the first failure is the one to report");
    return s;
}

enum evx_status evx_db_close(sqlite3 **db)
{
    if (!db || !*db) return EVX_OK;
    int rc = sqlite3_close(*db);
    *db = NULL;
    return evx_db_status(rc);
}

enum evx_status evx_db_checkpoint(sqlite3 *db, bool truncate)
{
    int mode = truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
    return evx_db_status(sqlite3_wal_checkpoint_v2(db, NULL, mode, NULL, NULL));
}
