// SPDX-License-Identifier: Apache-2.0
//
// Consignments that are past retention go; entry, leaf and every proof stay. The places of
// large ones are noted in the same transaction and overwritten after it, so a crash in
// between is made good by the next run.
#include "broker/engine/sqlite.h"

static enum evx_status one_number(sqlite3 *db, const char *sql, uint64_t bound, uint64_t out[2])
{
    sqlite3_stmt *q = NULL;
    enum evx_status s = evx_sqlite_status(sqlite3_prepare_v2(db, sql, -1, &q, NULL));
    if (!s && sqlite3_bind_parameter_count(q)) s = evx_sqlite_bind_int(q, 1, bound);
    if (!s) s = evx_sqlite_row(q);
    for (int i = 0; !s && i < 2 && i < sqlite3_column_count(q); i++)
        out[i] = (uint64_t)sqlite3_column_int64(q, i);
    sqlite3_finalize(q);
    return s;
}

static enum evx_status run_bound(sqlite3 *db, const char *sql, uint64_t bound)
{
    sqlite3_stmt *q = NULL;
    enum evx_status s = evx_sqlite_status(sqlite3_prepare_v2(db, sql, -1, &q, NULL));
    if (!s) s = evx_sqlite_bind_int(q, 1, bound);
    if (!s) s = evx_sqlite_run(q);
    sqlite3_finalize(q);
    return s;
}

static enum evx_status wipe_noted(struct evx_sqlite *j)
{
    uint64_t at[2] = {0};
    enum evx_status s;
    while (!(s = one_number(j->db, "SELECT place, bytes FROM wipe ORDER BY place LIMIT 1", 0, at))) {
        s = evx_bodies_wipe(j->bodies, at[0], at[1]);
        if (!s) s = run_bound(j->db, "DELETE FROM wipe WHERE place = ?1", at[0]);
        if (s) return s;
    }
    return s == EVX_E_NOT_FOUND ? EVX_OK : s;
}

static enum evx_status drop_rows(struct evx_sqlite *j, uint64_t before, uint64_t *dropped)
{
    uint64_t n[2] = {0};
    enum evx_status s =
        one_number(j->db, "SELECT count(*) FROM entry WHERE idx < ?1 AND bytes > 0", before, n);
    if (!s)
        s = run_bound(j->db,
                      "INSERT INTO wipe(place, bytes) SELECT place, bytes FROM entry"
                      " WHERE idx < ?1 AND bytes > 0 AND place IS NOT NULL",
                      before);
    if (!s) s = run_bound(j->db, "DELETE FROM body WHERE idx < ?1", before);
    if (!s)
        s = run_bound(j->db, "UPDATE entry SET bytes = 0, place = NULL WHERE idx < ?1 AND bytes > 0", before);
    if (!s) *dropped = n[0];
    return s;
}

static enum evx_status in_transaction(struct evx_sqlite *j, uint64_t before, uint64_t *dropped)
{
    enum evx_status s = evx_sqlite_exec(j->db, "BEGIN IMMEDIATE");
    if (s) return s;
    s = drop_rows(j, before, dropped);
    if (!s) s = evx_sqlite_exec(j->db, "COMMIT");
    if (s && !sqlite3_get_autocommit(j->db))
        EVX_IGNORE(evx_sqlite_exec(j->db, "ROLLBACK"), "the first error is the one to report");
    return s;
}

enum evx_status evx_sqlite_drop_bodies(struct evx_journal *base, uint64_t before, uint64_t *dropped)
{
    struct evx_sqlite *j = evx_sqlite_of(base);
    *dropped = 0;
    if (before > INT64_MAX) before = INT64_MAX;
    evx_sqlite_close_body(j);
    enum evx_status s = evx_sqlite_exec(j->db, "PRAGMA secure_delete = ON;"
                                               "CREATE TABLE IF NOT EXISTS wipe(place INTEGER PRIMARY KEY,"
                                               " bytes INTEGER NOT NULL) STRICT;");
    if (!s) s = in_transaction(j, before, dropped);
    if (!s) s = wipe_noted(j);
    // Old pages must not stay in the write-ahead log either.
    if (!s)
        s = evx_sqlite_status(sqlite3_wal_checkpoint_v2(j->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL));
    return s;
}
