// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/engine/audit_sqlite.h"

#include <stdlib.h>

#include "agents/collector/engine/db_sqlite.h"

enum { PUT, LAST, AT, GET, SET, STATEMENTS };

struct evx_audit_db {
    sqlite3 *db;
    sqlite3_stmt *statement[STATEMENTS];
};

static const char schema[] =
    "CREATE TABLE audit(number INTEGER PRIMARY KEY, record BLOB NOT NULL, hash BLOB NOT NULL,"
    " list BLOB NOT NULL) STRICT;"
    "CREATE TABLE noted(name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;";

static const char *const sql[STATEMENTS] = {
    [PUT] = "INSERT INTO audit(number, record, hash, list) VALUES(?1, ?2, ?3, ?4)",
    [LAST] = "SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1",
    [AT] = "SELECT number, record, hash, list FROM audit WHERE number = ?1",
    [GET] = "SELECT value FROM noted WHERE name = ?1",
    [SET] = "INSERT INTO noted(name, value) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = ?2",
};

void evx_audit_db_close(struct evx_audit_db **d)
{
    if (!d || !*d) return;
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize((*d)->statement[i]);
    EVX_IGNORE(evx_db_close(&(*d)->db), "every record was durable when it was written");
    free(*d);
    *d = NULL;
}

enum evx_status evx_audit_db_open(struct evx_audit_db **out, const char *path)
{
    *out = NULL;
    struct evx_audit_db *d = calloc(1, sizeof *d);
    if (!d) return EVX_E_MEMORY;
    struct evx_db_options options = {EVX_DB_ROLLBACK, false, false, schema};
    enum evx_status s = evx_db_open(&d->db, path, &options);
    for (int i = 0; !s && i < STATEMENTS; i++)
        s = evx_db_prepare(&d->statement[i], d->db, sql[i]);
    if (s)
        evx_audit_db_close(&d);
    else
        *out = d;
    return s;
}

enum evx_status evx_audit_db_begin(struct evx_audit_db *d) { return evx_db_exec(d->db, "BEGIN IMMEDIATE"); }

enum evx_status evx_audit_db_end(struct evx_audit_db *d, bool commit)
{
    enum evx_status s = commit ? evx_db_exec(d->db, "COMMIT") : EVX_OK;
    if (!sqlite3_get_autocommit(d->db))
        EVX_IGNORE(evx_db_exec(d->db, "ROLLBACK"), "an open transaction is undone at the next open as well");
    return s;
}

enum evx_status evx_audit_db_last(struct evx_audit_db *d, uint64_t *number, struct evx_digest *hash)
{
    *number = 0;
    *hash = (struct evx_digest){0};
    enum evx_status s = evx_db_row(d->statement[LAST]);
    if (s) return s == EVX_E_NOT_FOUND ? EVX_OK : s;
    *number = evx_db_u64(d->statement[LAST], 0);
    s = evx_db_fixed(hash->b, sizeof hash->b, d->statement[LAST], 1);
    evx_db_reset(d->statement[LAST]);
    return s;
}

enum evx_status evx_audit_db_put(struct evx_audit_db *d, const struct evx_audit_row *row)
{
    sqlite3_stmt *q = d->statement[PUT];
    evx_db_bind_u64(q, 1, row->number);
    evx_db_bind_blob(q, 2, row->record.p, row->record.n);
    evx_db_bind_blob(q, 3, row->hash.p, row->hash.n);
    evx_db_bind_blob(q, 4, row->list.p, row->list.n);
    return evx_db_run(q);
}

static struct evx_audit_row row_of(sqlite3_stmt *q)
{
    return (struct evx_audit_row){evx_db_u64(q, 0), evx_db_blob(q, 1), evx_db_blob(q, 2), evx_db_blob(q, 3)};
}

enum evx_status evx_audit_db_at(struct evx_audit_db *d, uint64_t number, evx_audit_db_visit visit, void *user)
{
    if (number > INT64_MAX) return EVX_E_NOT_FOUND;
    evx_db_bind_u64(d->statement[AT], 1, number);
    enum evx_status s = evx_db_row(d->statement[AT]);
    if (s) return s;
    struct evx_audit_row row = row_of(d->statement[AT]);
    s = visit(user, &row);
    evx_db_reset(d->statement[AT]);
    return s;
}

enum evx_status evx_audit_db_from(struct evx_audit_db *d, uint64_t number, evx_audit_db_visit visit,
                                  void *user)
{
    if (number > INT64_MAX) return EVX_OK;
    sqlite3_stmt *q = NULL;
    enum evx_status s = evx_db_prepare(&q, d->db,
                                       "SELECT number, record, hash, list FROM audit WHERE number >= ?1"
                                       " ORDER BY number");
    if (s) return s;
    evx_db_bind_u64(q, 1, number);
    int rc;
    while (!s && (rc = sqlite3_step(q)) != SQLITE_DONE) {
        struct evx_audit_row row = {0};
        if (rc == SQLITE_ROW) row = row_of(q);
        s = rc == SQLITE_ROW ? visit(user, &row) : evx_db_status(rc);
    }
    sqlite3_finalize(q);
    return s;
}

enum evx_status evx_audit_db_get(struct evx_audit_db *d, const char *name, struct evx_buf *value)
{
    evx_buf_clear(value);
    evx_db_bind_text(d->statement[GET], 1, name);
    enum evx_status s = evx_db_row(d->statement[GET]);
    if (s) return s;
    struct evx_bytes found = evx_db_blob(d->statement[GET], 0);
    s = evx_buf_append(value, found.p, found.n);
    evx_db_reset(d->statement[GET]);
    return s;
}

enum evx_status evx_audit_db_set(struct evx_audit_db *d, const char *name, struct evx_bytes value)
{
    evx_db_bind_text(d->statement[SET], 1, name);
    evx_db_bind_blob(d->statement[SET], 2, value.p, value.n);
    return evx_db_run(d->statement[SET]);
}
