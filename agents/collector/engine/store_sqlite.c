// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/engine/store_sqlite.h"

#include <stdlib.h>
#include <string.h>

#include "agents/collector/engine/content_sqlite.h"
#include "agents/collector/engine/db_sqlite.h"

enum { OWED_NEVER = 0, OWED_NOW = 1, OWED_QUEUED = 2 };

static const char schema[] =
    "CREATE TABLE consignment(idx INTEGER PRIMARY KEY, received_ms INTEGER NOT NULL, id BLOB NOT NULL,"
    " sender TEXT NOT NULL, stream BLOB NOT NULL, sequence INTEGER NOT NULL, code INTEGER NOT NULL,"
    " addressed INTEGER NOT NULL, chained INTEGER NOT NULL, owed INTEGER NOT NULL, claimed INTEGER NOT NULL,"
    " accepted INTEGER NOT NULL, vouched INTEGER NOT NULL, digest BLOB NOT NULL, seal BLOB NOT NULL, items "
    "BLOB NOT NULL) STRICT;"
    "CREATE INDEX sent ON consignment(stream, sequence) WHERE chained = 1;"
    "CREATE INDEX owed ON consignment(idx) WHERE owed = 1;" EVX_CONTENT_SCHEMA
    "CREATE TABLE record(kind INTEGER NOT NULL, key BLOB NOT NULL, packed BLOB NOT NULL, PRIMARY KEY(kind, "
    "key))"
    " STRICT, WITHOUT ROWID;";

#define COLUMNS                                                                                              \
    "idx, received_ms, id, sender, stream, sequence, code, addressed, chained, owed, claimed, accepted, "    \
    "vouched,"                                                                                               \
    " digest, seal, items"

enum { PUT, PUT_RECORD, SETTLE, OWE, AT, SENT, STATEMENTS };
#define FIRST_READ AT

static const char *const statement_text[STATEMENTS] = {
    [PUT] =
        "INSERT INTO consignment(" COLUMNS ") VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16)",
    [PUT_RECORD] = "INSERT OR REPLACE INTO record VALUES(?1, ?2, ?3)",
    [SETTLE] = "UPDATE consignment SET owed = 2 WHERE owed = 1 AND idx <= ?1",
    [OWE] = "UPDATE consignment SET owed = 1 WHERE owed = 2 AND idx BETWEEN ?1 AND ?2",
    [AT] = "SELECT " COLUMNS " FROM consignment WHERE idx = ?1",
    [SENT] = "SELECT " COLUMNS " FROM consignment WHERE chained = 1 AND stream = ?1 AND sequence = ?2"
             " ORDER BY idx LIMIT 1",
};

struct evx_store_db {
    sqlite3 *db;
    sqlite3_stmt *statement[STATEMENTS];
    struct evx_content *content;
    unsigned wal_pages;
};

static int remember_wal(void *user, sqlite3 *db, const char *name, int pages)
{
    (void)db, (void)name;
    struct evx_store_db *d = user;
    d->wal_pages = pages > 0 ? (unsigned)pages : 0;
    return SQLITE_OK;
}

void evx_store_db_close(struct evx_store_db **d)
{
    if (!d || !*d) return;
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize((*d)->statement[i]);
    evx_content_close(&(*d)->content);
    EVX_IGNORE(evx_db_close(&(*d)->db),
               "nothing is pending; a failed checkpoint is repeated at the next open");
    free(*d);
    *d = NULL;
}

enum evx_status evx_store_db_open(struct evx_store_db **out, const char *path, bool read_only)
{
    *out = NULL;
    struct evx_store_db *d = calloc(1, sizeof *d);
    if (!d) return EVX_E_MEMORY;
    struct evx_db_options options = {EVX_DB_WAL, read_only, false, schema};
    enum evx_status s = evx_db_open(&d->db, path, &options);
    for (int i = read_only ? FIRST_READ : 0; !s && i < STATEMENTS; i++)
        s = evx_db_prepare(&d->statement[i], d->db, statement_text[i]);
    if (!s) s = evx_content_open(&d->content, d->db, path, read_only);
    if (s) {
        evx_store_db_close(&d);
        return s;
    }
    sqlite3_wal_hook(d->db, remember_wal, d);
    *out = d;
    return EVX_OK;
}

enum evx_status evx_store_db_begin(struct evx_store_db *d) { return evx_db_exec(d->db, "BEGIN IMMEDIATE"); }

// First the bytes, then the rows that refer to them.
enum evx_status evx_store_db_commit(struct evx_store_db *d)
{
    enum evx_status s = evx_content_sync(d->content);
    if (!s) s = evx_db_exec(d->db, "COMMIT");
    if (!s) evx_content_keep(d->content);
    return s;
}

unsigned evx_store_db_wal_pages(const struct evx_store_db *d) { return d->wal_pages; }

void evx_store_db_rollback(struct evx_store_db *d)
{
    if (!sqlite3_get_autocommit(d->db))
        EVX_IGNORE(evx_db_exec(d->db, "ROLLBACK"), "an open transaction is undone at the next open as well");
    evx_content_undo(d->content);
}

enum evx_status evx_store_db_checkpoint(struct evx_store_db *d)
{
    d->wal_pages = 0;
    return evx_db_checkpoint(d->db, false);
}

enum evx_status evx_store_db_put(struct evx_store_db *d, const struct evx_store_db_row *row)
{
    sqlite3_stmt *q = d->statement[PUT];
    const struct evx_store_consignment *c = &row->c;
    evx_db_bind_u64(q, 1, c->index);
    evx_db_bind_u64(q, 2, c->received_ms);
    evx_db_bind_blob(q, 3, c->id.b, sizeof c->id);
    evx_db_bind_text(q, 4, c->sender);
    evx_db_bind_blob(q, 5, c->stream.b, sizeof c->stream);
    evx_db_bind_u64(q, 6, c->sequence);
    evx_db_bind_u64(q, 7, c->code);
    evx_db_bind_u64(q, 8, c->addressed);
    evx_db_bind_u64(q, 9, c->chained);
    evx_db_bind_u64(q, 10, c->owed ? OWED_NOW : OWED_NEVER);
    evx_db_bind_u64(q, 11, c->claimed);
    evx_db_bind_u64(q, 12, row->accepted);
    evx_db_bind_u64(q, 13, c->vouched);
    evx_db_bind_blob(q, 14, row->digest.b, sizeof row->digest);
    evx_db_bind_blob(q, 15, row->seal.b, sizeof row->seal);
    evx_db_bind_blob(q, 16, row->items.p, row->items.n);
    enum evx_status s = evx_db_run(q);
    return s ? s : evx_content_put(d->content, c->index, c->log_entry, c->body);
}

static enum evx_status read_row(struct evx_store_db_row *row, sqlite3_stmt *q)
{
    *row = (struct evx_store_db_row){0};
    struct evx_store_consignment *c = &row->c;
    c->index = evx_db_u64(q, 0);
    c->received_ms = evx_db_u64(q, 1);
    enum evx_status s = evx_db_fixed(c->id.b, sizeof c->id, q, 2);
    if (!s) s = evx_db_text(c->sender, sizeof c->sender, q, 3);
    if (!s) s = evx_db_fixed(c->stream.b, sizeof c->stream, q, 4);
    c->sequence = evx_db_u64(q, 5);
    c->code = evx_status_from_wire((uint32_t)evx_db_u64(q, 6));
    c->addressed = evx_db_u64(q, 7) != 0;
    c->chained = evx_db_u64(q, 8) != 0;
    c->owed = evx_db_u64(q, 9) == OWED_NOW;
    c->claimed = (uint32_t)evx_db_u64(q, 10);
    row->accepted = (uint32_t)evx_db_u64(q, 11);
    c->vouched = (uint32_t)evx_db_u64(q, 12);
    if (!s) s = evx_db_fixed(row->digest.b, sizeof row->digest, q, 13);
    if (!s) s = evx_db_fixed(row->seal.b, sizeof row->seal, q, 14);
    row->items = evx_db_blob(q, 15);
    return s;
}

static enum evx_status visit_row(sqlite3_stmt *q, evx_store_db_visit visit, void *user)
{
    struct evx_store_db_row row;
    enum evx_status s = read_row(&row, q);
    return s ? s : visit(user, &row);
}

static enum evx_status visit_one(sqlite3_stmt *q, evx_store_db_visit visit, void *user)
{
    enum evx_status s = evx_db_row(q);
    if (s) return s;
    s = visit_row(q, visit, user);
    evx_db_reset(q);
    return s;
}

enum evx_status evx_store_db_at(struct evx_store_db *d, uint64_t index, evx_store_db_visit visit, void *user)
{
    evx_db_bind_u64(d->statement[AT], 1, index);
    return visit_one(d->statement[AT], visit, user);
}

enum evx_status evx_store_db_sent(struct evx_store_db *d, const struct evx_stream_id *stream,
                                  uint64_t sequence, evx_store_db_visit visit, void *user)
{
    evx_db_bind_blob(d->statement[SENT], 1, stream->b, sizeof stream->b);
    evx_db_bind_u64(d->statement[SENT], 2, sequence);
    return visit_one(d->statement[SENT], visit, user);
}

// A walk has its own statement, so that walks nest.
static enum evx_status walk(struct evx_store_db *d, const char *sql, uint64_t from, evx_store_db_visit visit,
                            void *user)
{
    sqlite3_stmt *q = NULL;
    enum evx_status s = evx_db_prepare(&q, d->db, sql);
    if (s) return s;
    evx_db_bind_u64(q, 1, from);
    int rc;
    while (!s && (rc = sqlite3_step(q)) != SQLITE_DONE)
        s = rc == SQLITE_ROW ? visit_row(q, visit, user) : evx_db_status(rc);
    sqlite3_finalize(q);
    return s;
}

enum evx_status evx_store_db_from(struct evx_store_db *d, uint64_t index, evx_store_db_visit visit,
                                  void *user)
{
    if (index > INT64_MAX) return EVX_OK;
    return walk(d, "SELECT " COLUMNS " FROM consignment WHERE idx >= ?1 ORDER BY idx", index, visit, user);
}

enum evx_status evx_store_db_owed(struct evx_store_db *d, evx_store_db_visit visit, void *user)
{
    return walk(d, "SELECT " COLUMNS " FROM consignment WHERE owed = 1 AND idx >= ?1 ORDER BY idx", 0, visit,
                user);
}

enum evx_status evx_store_db_content(struct evx_store_db *d, uint64_t index, struct evx_buf *log_entry,
                                     struct evx_buf *body)
{
    return evx_content_get(d->content, index, log_entry, body);
}

enum evx_status evx_store_db_blank(struct evx_store_db *d, const struct evx_store_db_blank *b)
{
    sqlite3_stmt *q = NULL;
    enum evx_status s = evx_content_blank(d->content, b->index, b->at, b->n);
    if (!s) s = evx_db_prepare(&q, d->db, "UPDATE consignment SET digest = ?2, seal = ?3 WHERE idx = ?1");
    if (s) return s;
    evx_db_bind_u64(q, 1, b->index);
    evx_db_bind_blob(q, 2, b->digest.b, sizeof b->digest.b);
    evx_db_bind_blob(q, 3, b->seal.b, sizeof b->seal.b);
    s = evx_db_run(q);
    sqlite3_finalize(q);
    return s;
}

enum evx_status evx_store_db_flush(struct evx_store_db *d)
{
    d->wal_pages = 0;
    enum evx_status s = evx_content_wipe(d->content);
    return s ? s : evx_db_checkpoint(d->db, true);
}

enum evx_status evx_store_db_settle(struct evx_store_db *d, uint64_t last)
{
    evx_db_bind_u64(d->statement[SETTLE], 1, last > INT64_MAX ? INT64_MAX : last);
    return evx_db_run(d->statement[SETTLE]);
}

enum evx_status evx_store_db_owe(struct evx_store_db *d, uint64_t first, uint64_t last, uint64_t *n)
{
    *n = 0;
    if (first > INT64_MAX) return EVX_OK;
    evx_db_bind_u64(d->statement[OWE], 1, first);
    evx_db_bind_u64(d->statement[OWE], 2, last > INT64_MAX ? INT64_MAX : last);
    enum evx_status s = evx_db_run(d->statement[OWE]);
    if (!s) *n = (uint64_t)sqlite3_changes64(d->db);
    return s;
}

static enum evx_status query_numbers(struct evx_store_db *d, const char *sql, uint64_t *out, int n)
{
    sqlite3_stmt *q = NULL;
    enum evx_status s = evx_db_prepare(&q, d->db, sql);
    if (!s) s = evx_db_row(q);
    for (int i = 0; !s && i < n; i++)
        out[i] = evx_db_u64(q, i);
    sqlite3_finalize(q);
    return s;
}

enum evx_status evx_store_db_owed_count(struct evx_store_db *d, uint64_t *n)
{
    return query_numbers(d, "SELECT count(*) FROM consignment WHERE owed = 1", n, 1);
}

enum evx_status evx_store_db_empty(struct evx_store_db *d, bool *empty)
{
    uint64_t any = 0;
    enum evx_status s =
        query_numbers(d, "SELECT EXISTS(SELECT 1 FROM consignment) OR EXISTS(SELECT 1 FROM record)", &any, 1);
    *empty = !s && !any;
    return s;
}

enum evx_status evx_store_db_count(struct evx_store_db *d, struct evx_store_totals *out)
{
    uint64_t n[4] = {0};
    enum evx_status s = query_numbers(d,
                                      "SELECT (SELECT coalesce(max(idx) + 1, 0) FROM consignment), count(*),"
                                      " coalesce(sum(claimed), 0), coalesce(sum(accepted), 0)"
                                      " FROM consignment WHERE addressed = 1",
                                      n, 4);
    *out = (struct evx_store_totals){n[0], n[1], n[2], n[3], n[2] - n[3]};
    return s;
}

static enum evx_status
visit_sender(sqlite3_stmt *q, enum evx_status (*visit)(void *, const struct evx_store_sender *), void *user)
{
    struct evx_store_sender sender = {0};
    enum evx_status s = evx_db_text(sender.id, sizeof sender.id, q, 0);
    sender.consignments = evx_db_u64(q, 1);
    sender.refused = evx_db_u64(q, 2);
    sender.items = evx_db_u64(q, 3);
    sender.accepted = evx_db_u64(q, 4);
    sender.rejected = sender.items - sender.accepted;
    sender.last_received_ms = evx_db_u64(q, 5);
    return s ? s : visit(user, &sender);
}

enum evx_status evx_store_db_senders(struct evx_store_db *d,
                                     enum evx_status (*visit)(void *, const struct evx_store_sender *),
                                     void *user)
{
    sqlite3_stmt *q = NULL;
    enum evx_status s = evx_db_prepare(&q, d->db,
                                       "SELECT sender, count(*), sum(code != 0), sum(claimed), sum(accepted),"
                                       " max(received_ms) FROM consignment WHERE addressed = 1"
                                       " GROUP BY sender ORDER BY sender");
    if (s) return s;
    int rc;
    while (!s && (rc = sqlite3_step(q)) != SQLITE_DONE)
        s = rc == SQLITE_ROW ? visit_sender(q, visit, user) : evx_db_status(rc);
    sqlite3_finalize(q);
    return s;
}

enum evx_status evx_store_db_put_record(struct evx_store_db *d, enum evx_store_record kind,
                                        struct evx_bytes key, struct evx_bytes packed)
{
    sqlite3_stmt *q = d->statement[PUT_RECORD];
    evx_db_bind_u64(q, 1, kind);
    evx_db_bind_blob(q, 2, key.p, key.n);
    evx_db_bind_blob(q, 3, packed.p, packed.n);
    return evx_db_run(q);
}

enum evx_status evx_store_db_records(struct evx_store_db *d, enum evx_store_record kind,
                                     struct evx_bytes from, struct evx_bytes to,
                                     evx_store_db_record_visit visit, void *user)
{
    sqlite3_stmt *q = NULL;
    enum evx_status s =
        evx_db_prepare(&q, d->db,
                       "SELECT key, packed FROM record WHERE kind = ?1 AND key BETWEEN ?2 AND ?3"
                       " ORDER BY key");
    if (s) return s;
    evx_db_bind_u64(q, 1, kind);
    evx_db_bind_blob(q, 2, from.p, from.n);
    evx_db_bind_blob(q, 3, to.p, to.n);
    int rc;
    while (!s && (rc = sqlite3_step(q)) != SQLITE_DONE)
        s = rc == SQLITE_ROW ? visit(user, evx_db_blob(q, 0), evx_db_blob(q, 1)) : evx_db_status(rc);
    sqlite3_finalize(q);
    return s;
}
