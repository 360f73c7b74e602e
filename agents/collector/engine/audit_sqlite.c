// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/engine/audit_sqlite.h"

#include <stdlib.h>

#include "agents/collector/engine/db_sqlite.h"

struct evx_audit_db {
    sqlite3 *db;
    sqlite3_stmt *put;
    sqlite3_stmt *last;
};

static const char schema[] =
    "CREATE TABLE audit(number INTEGER PRIMARY KEY, record BLOB NOT NULL, hash BLOB NOT NULL) STRICT;";

void evx_audit_db_close(struct evx_audit_db **d)
{
    if (!d || !*d) return;
    sqlite3_finalize((*d)->put);
    sqlite3_finalize((*d)->last);
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
    if (!s) s = evx_db_prepare(&d->put, d->db, "INSERT INTO audit VALUES(?1, ?2, ?3)");
    if (!s)
        s = evx_db_prepare(&d->last, d->db, "SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1");
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
    enum evx_status s = evx_db_row(d->last);
    if (s) return s == EVX_E_NOT_FOUND ? EVX_OK : s;
    *number = evx_db_u64(d->last, 0);
    s = evx_db_fixed(hash->b, sizeof hash->b, d->last, 1);
    evx_db_reset(d->last);
    return s;
}

enum evx_status evx_audit_db_put(struct evx_audit_db *d, uint64_t number, struct evx_bytes record,
                                 const struct evx_digest *hash)
{
    evx_db_bind_u64(d->put, 1, number);
    evx_db_bind_blob(d->put, 2, record.p, record.n);
    evx_db_bind_blob(d->put, 3, hash->b, sizeof hash->b);
    return evx_db_run(d->put);
}

enum evx_status evx_audit_db_from(struct evx_audit_db *d, uint64_t number, evx_audit_db_visit visit,
                                  void *user)
{
    sqlite3_stmt *q = NULL;
    enum evx_status s = evx_db_prepare(&q, d->db,
                                       "SELECT number, record, hash FROM audit WHERE number >= ?1"
                                       " ORDER BY number");
    if (s) return s;
    evx_db_bind_u64(q, 1, number);
    int rc;
    while (!s && (rc = sqlite3_step(q)) != SQLITE_DONE)
        s = rc == SQLITE_ROW ? visit(user, evx_db_u64(q, 0), evx_db_blob(q, 1), evx_db_blob(q, 2))
                             : evx_db_status(rc);
    sqlite3_finalize(q);
    return s;
}
