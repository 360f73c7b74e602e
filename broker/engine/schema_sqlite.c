// SPDX-License-Identifier: Apache-2.0
#include "broker/engine/sqlite.h"

#include <stdlib.h>
#include <string.h>

#define APPLICATION_ID "1163286602" // "EVXJ"
#define SCHEMA_VERSION 2
#define PAGE_BYTES     8192
#define TEXT_OF_(x)    #x
#define TEXT_OF(x)     TEXT_OF_(x)

// Where in the body files the bytes of an entry stand; NULL: in the table body, or nowhere.
// `wipe`: places that no entry refers to any more and that are still to be overwritten.
#define ENTRY_PLACE                                                                                          \
    "CREATE INDEX entry_place ON entry(place) WHERE place IS NOT NULL;"                                      \
    "CREATE TABLE wipe(place INTEGER PRIMARY KEY, bytes INTEGER NOT NULL) STRICT;"

static const char upgrade_from_1[] =
    "BEGIN IMMEDIATE; ALTER TABLE entry ADD COLUMN place INTEGER;" ENTRY_PLACE
    "PRAGMA user_version = 2; COMMIT;";

static const char schema[] =
    "CREATE TABLE org(no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT;"
    "CREATE TABLE stream(no INTEGER PRIMARY KEY, org INTEGER NOT NULL, id BLOB NOT NULL,"
    " sequence INTEGER NOT NULL, last BLOB NOT NULL, frozen INTEGER NOT NULL, UNIQUE(org, id)) STRICT;"
    "CREATE TABLE entry(idx INTEGER PRIMARY KEY, stream INTEGER NOT NULL, sequence INTEGER NOT NULL,"
    " bytes INTEGER NOT NULL, crc INTEGER NOT NULL, leaf BLOB NOT NULL, log_entry BLOB NOT NULL,"
    " place INTEGER) STRICT;" ENTRY_PLACE "CREATE UNIQUE INDEX entry_chain ON entry(stream, sequence);"
    "CREATE TABLE body(idx INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;"
    "CREATE TABLE addressed(org INTEGER NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY(org, idx))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE node(id INTEGER PRIMARY KEY, hash BLOB NOT NULL) STRICT;"
    "CREATE TABLE checkpoint(size INTEGER PRIMARY KEY, root BLOB NOT NULL, note BLOB) STRICT;"
    "CREATE TABLE equivocation(no INTEGER PRIMARY KEY, stream INTEGER NOT NULL, sequence INTEGER NOT NULL,"
    " first BLOB NOT NULL, second BLOB NOT NULL, hash BLOB NOT NULL) STRICT;"
    "CREATE TABLE cosignature(size INTEGER NOT NULL, witness TEXT NOT NULL, line BLOB NOT NULL,"
    " crc INTEGER NOT NULL, PRIMARY KEY(size, witness)) STRICT, WITHOUT ROWID;"
    "PRAGMA application_id = " APPLICATION_ID ";"
    "PRAGMA user_version = " TEXT_OF(SCHEMA_VERSION) ";";

static const char *const statement_text[] = {
#define EVX_SQL(name, text) text,
#include "broker/engine/statements.def"
#undef EVX_SQL
};

static const struct evx_journal_ops operations = {
    .begin = evx_sqlite_begin,
    .append = evx_sqlite_append,
    .put_node = evx_sqlite_put_node,
    .put_head = evx_sqlite_put_head,
    .put_boundary = evx_sqlite_put_boundary,
    .put_note = evx_sqlite_put_note,
    .put_equivocation = evx_sqlite_put_equivocation,
    .put_cosignature = evx_sqlite_put_cosignature,
    .commit = evx_sqlite_commit,
    .rollback = evx_sqlite_rollback,
    .size = evx_sqlite_size,
    .read = evx_sqlite_read,
    .read_body = evx_sqlite_read_body,
    .node = evx_sqlite_node,
    .head = evx_sqlite_head,
    .heads = evx_sqlite_heads,
    .find = evx_sqlite_find,
    .next_for = evx_sqlite_next_for,
    .boundary = evx_sqlite_boundary,
    .last_boundary = evx_sqlite_last_boundary,
    .unsigned_boundaries = evx_sqlite_unsigned_boundaries,
    .cosigned_below = evx_sqlite_cosigned_below,
    .cosignatures = evx_sqlite_cosignatures,
    .equivocations = evx_sqlite_equivocations,
    .equivocation = evx_sqlite_equivocation,
    .drop_bodies = evx_sqlite_drop_bodies,
    .maintain = evx_sqlite_maintain,
    .stats = evx_sqlite_stats,
};

static void close_journal(struct evx_journal *base)
{
    struct evx_sqlite *j = evx_sqlite_of(base);
    evx_sqlite_close_body(j);
    evx_bodies_close(&j->bodies);
    for (size_t i = 0; i < EVX_SQL_COUNT; i++)
        sqlite3_finalize(j->statement[i]);
    sqlite3_close(j->db);
    free(j->path);
    free((void *)j->base.ops);
    free(j);
}

// The table of operations is per object so that tests can replace one of them.
static enum evx_status own_operations(struct evx_sqlite *j)
{
    struct evx_journal_ops *ops = malloc(sizeof *ops);
    if (!ops) return EVX_E_MEMORY;
    *ops = operations;
    ops->close = close_journal;
    j->base.ops = ops;
    return EVX_OK;
}

static enum evx_status pragma_value(sqlite3 *db, const char *sql, int64_t *value)
{
    *value = 0;
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &s, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_step(s);
    if (rc == SQLITE_ROW) *value = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return rc == SQLITE_ROW ? EVX_OK : evx_sqlite_status(rc);
}

static enum evx_status check_or_make_schema(sqlite3 *db, bool read_only)
{
    int64_t application = 0, version = 0;
    enum evx_status s = pragma_value(db, "PRAGMA application_id", &application);
    if (!s) s = pragma_value(db, "PRAGMA user_version", &version);
    if (s) return s;
    if (application == 0 && version == 0 && !read_only) {
        s = evx_sqlite_exec(db, "BEGIN IMMEDIATE");
        if (!s) s = evx_sqlite_exec(db, schema);
        return s ? s : evx_sqlite_exec(db, "COMMIT");
    }
    if (application != strtoll(APPLICATION_ID, NULL, 10)) return EVX_E_STORE_DAMAGED;
    if (version == 1 && !read_only) return evx_sqlite_exec(db, upgrade_from_1);
    return version == SCHEMA_VERSION ? EVX_OK : EVX_E_SCHEMA;
}

// How much of the write-ahead log is in use; its file's size would not tell,
// as it is written over from the start.
static int note_log_size(void *user, sqlite3 *db, const char *name, int frames)
{
    (void)db;
    (void)name;
    struct evx_sqlite *j = user;
    j->stats.log_bytes = (uint64_t)frames * (PAGE_BYTES + 24);
    return SQLITE_OK;
}

static enum evx_status set_up(struct evx_sqlite *j, bool read_only)
{
    sqlite3_extended_result_codes(j->db, 1);
    sqlite3_busy_timeout(j->db, 2000);
    enum evx_status s = EVX_OK;
    if (!read_only)
        s = evx_sqlite_exec(j->db, "PRAGMA page_size = " TEXT_OF(PAGE_BYTES) "; PRAGMA journal_mode = WAL;");
    if (!s)
        s = evx_sqlite_exec(j->db, "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;"
                                   "PRAGMA cache_size = -2048; PRAGMA mmap_size = 0;"
                                   "PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;");
    if (!s && read_only) s = evx_sqlite_exec(j->db, "PRAGMA cache_size = -16384;");
    if (!s) s = check_or_make_schema(j->db, read_only);
    sqlite3_wal_hook(j->db, note_log_size, j);
    return s;
}

static enum evx_status prepare_all(struct evx_sqlite *j)
{
    for (size_t i = 0; i < EVX_SQL_COUNT; i++) {
        int rc = sqlite3_prepare_v3(j->db, statement_text[i], -1, SQLITE_PREPARE_PERSISTENT, &j->statement[i],
                                    NULL);
        if (rc != SQLITE_OK) return evx_sqlite_status(rc);
    }
    return EVX_OK;
}

static enum evx_status read_size(struct evx_sqlite *j)
{
    sqlite3_stmt *q = j->statement[EVX_SQL_ENTRY_LAST];
    enum evx_status s = evx_sqlite_row(q);
    if (!s) j->size = sqlite3_column_type(q, 0) == SQLITE_NULL ? 0 : (uint64_t)sqlite3_column_int64(q, 0) + 1;
    sqlite3_reset(q);
    return s;
}

enum evx_status evx_journal_sqlite_open(struct evx_journal **out, const char *path,
                                        const struct evx_journal_sqlite_options *options)
{
    *out = NULL;
    struct evx_sqlite *j = calloc(1, sizeof *j);
    if (!j) return EVX_E_MEMORY;
    enum evx_status s = own_operations(j);
    if (s) {
        free(j);
        return s;
    }
    j->fold_bytes = options->fold_bytes ? options->fold_bytes : 64u << 20;
    j->path = strdup(path);
    int flags = SQLITE_OPEN_NOMUTEX |
                (options->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    s = j->path ? evx_sqlite_status(sqlite3_open_v2(path, &j->db, flags, NULL)) : EVX_E_MEMORY;
    if (!s) s = set_up(j, options->read_only);
    if (!s) s = prepare_all(j);
    if (!s) s = read_size(j);
    if (!s) s = evx_sqlite_open_bodies(j, options->read_only);
    if (s) {
        close_journal(&j->base);
        return s;
    }
    *out = &j->base;
    return EVX_OK;
}
