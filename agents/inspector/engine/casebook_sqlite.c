// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/engine/casebook.h"

#include <stdlib.h>

#include "agents/inspector/engine/sqlite_use.h"

static const char schema[] =
    "CREATE TABLE tracked(number INTEGER PRIMARY KEY, blind BLOB NOT NULL UNIQUE, sealed BLOB NOT NULL) "
    "STRICT;"
    "CREATE TABLE decision(number INTEGER PRIMARY KEY, a BLOB NOT NULL, b BLOB NOT NULL, verdict INTEGER NOT "
    "NULL,"
    " time_ms INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;"
    "CREATE TABLE draft(number INTEGER PRIMARY KEY, made_ms INTEGER NOT NULL, item_id BLOB NOT NULL,"
    " sent INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;"
    "CREATE TABLE due(number INTEGER PRIMARY KEY, due_ms INTEGER NOT NULL) STRICT;";
#define SCHEMA_VERSION 1

struct evx_casebook {
    sqlite3 *db;
    bool writing;
};

enum evx_status evx_casebook_open(struct evx_casebook **out, const char *folder)
{
    *out = NULL;
    struct evx_casebook *b = calloc(1, sizeof *b);
    if (!b) return EVX_E_MEMORY;
    enum evx_status s = evx_sqlite_open(&b->db, folder, "casebook.db", schema, SCHEMA_VERSION);
    if (s) evx_casebook_close(&b);
    *out = b;
    return s;
}

void evx_casebook_close(struct evx_casebook **b)
{
    if (!b || !*b) return;
    evx_casebook_rollback(*b);
    sqlite3_close((*b)->db);
    free(*b);
    *b = NULL;
}

enum evx_status evx_casebook_begin(struct evx_casebook *b)
{
    enum evx_status s = evx_sqlite_run(b->db, "BEGIN IMMEDIATE");
    b->writing = !s;
    return s;
}

enum evx_status evx_casebook_commit(struct evx_casebook *b)
{
    enum evx_status s = evx_sqlite_run(b->db, "COMMIT");
    if (!s) b->writing = false;
    return s;
}

void evx_casebook_rollback(struct evx_casebook *b)
{
    if (!b->writing) return;
    EVX_IGNORE(evx_sqlite_run(b->db, "ROLLBACK"), "closing rolls back too");
    b->writing = false;
}

static void bind_digest(sqlite3_stmt *st, int at, const struct evx_digest *d)
{
    evx_sqlite_blob(st, at, d->b, sizeof d->b);
}

static struct evx_bytes column_bytes(sqlite3_stmt *st, int column)
{
    const void *p = sqlite3_column_blob(st, column);
    return evx_bytes(p, (size_t)sqlite3_column_bytes(st, column));
}

static enum evx_status finish(enum evx_status s, sqlite3_stmt *st)
{
    if (!s) s = evx_sqlite_done(st);
    sqlite3_finalize(st);
    return s;
}

static enum evx_status find_tracked(struct evx_casebook *b, struct evx_tracked *t)
{
    sqlite3_stmt *st = NULL;
    enum evx_status s = evx_sqlite_prepare(&st, b->db, "SELECT number FROM tracked WHERE blind=?1");
    if (!s) bind_digest(st, 1, &t->blind);
    if (!s) s = evx_sqlite_row(st);
    if (!s) t->number = (uint32_t)sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return s;
}

enum evx_status evx_casebook_track(struct evx_casebook *b, struct evx_tracked *t, bool *fresh)
{
    *fresh = false;
    enum evx_status s = find_tracked(b, t);
    if (s != EVX_E_NOT_FOUND) return s;
    sqlite3_stmt *st = NULL;
    s = evx_sqlite_prepare(&st, b->db, "INSERT INTO tracked VALUES(NULL,?1,?2)");
    if (!s) bind_digest(st, 1, &t->blind);
    if (!s) evx_sqlite_blob(st, 2, t->sealed.p, t->sealed.n);
    s = finish(s, st);
    t->number = (uint32_t)sqlite3_last_insert_rowid(b->db);
    *fresh = !s;
    return s;
}

enum evx_status evx_casebook_tracked(struct evx_casebook *b,
                                     enum evx_status (*visit)(void *, const struct evx_tracked *), void *user)
{
    sqlite3_stmt *st = NULL;
    enum evx_status s =
        evx_sqlite_prepare(&st, b->db, "SELECT number, blind, sealed FROM tracked ORDER BY number");
    while (!s && !(s = evx_sqlite_row(st))) {
        struct evx_tracked t = {.number = (uint32_t)sqlite3_column_int64(st, 0),
                                .sealed = column_bytes(st, 2)};
        s = evx_sqlite_take(t.blind.b, sizeof t.blind.b, st, 1);
        if (!s) s = visit(user, &t);
    }
    sqlite3_finalize(st);
    return s == EVX_E_NOT_FOUND ? EVX_OK : s;
}

enum evx_status evx_casebook_decide(struct evx_casebook *b, const struct evx_decision *d)
{
    sqlite3_stmt *st = NULL;
    enum evx_status s = evx_sqlite_prepare(&st, b->db, "INSERT INTO decision VALUES(NULL,?1,?2,?3,?4,?5)");
    if (!s) {
        bind_digest(st, 1, &d->a);
        bind_digest(st, 2, &d->b);
        sqlite3_bind_int(st, 3, (int)d->verdict);
        sqlite3_bind_int64(st, 4, (int64_t)d->time_ms);
        evx_sqlite_blob(st, 5, d->sealed.p, d->sealed.n);
    }
    return finish(s, st);
}

enum evx_status evx_casebook_decisions(struct evx_casebook *b,
                                       enum evx_status (*visit)(void *, const struct evx_decision *),
                                       void *user)
{
    sqlite3_stmt *st = NULL;
    enum evx_status s =
        evx_sqlite_prepare(&st, b->db, "SELECT a, b, verdict, time_ms, sealed FROM decision ORDER BY number");
    while (!s && !(s = evx_sqlite_row(st))) {
        struct evx_decision d = {.verdict = (enum evx_verdict)sqlite3_column_int(st, 2),
                                 .time_ms = (uint64_t)sqlite3_column_int64(st, 3),
                                 .sealed = column_bytes(st, 4)};
        s = evx_sqlite_take(d.a.b, sizeof d.a.b, st, 0);
        if (!s) s = evx_sqlite_take(d.b.b, sizeof d.b.b, st, 1);
        if (!s) s = visit(user, &d);
    }
    sqlite3_finalize(st);
    return s == EVX_E_NOT_FOUND ? EVX_OK : s;
}

enum evx_status evx_casebook_draft(struct evx_casebook *b, struct evx_draft *d)
{
    sqlite3_stmt *st = NULL;
    enum evx_status s = evx_sqlite_prepare(&st, b->db, "INSERT INTO draft VALUES(NULL,?1,?2,?3,?4)");
    if (!s) {
        sqlite3_bind_int64(st, 1, (int64_t)d->made_ms);
        evx_sqlite_blob(st, 2, d->id.b, sizeof d->id.b);
        sqlite3_bind_int(st, 3, d->sent);
        evx_sqlite_blob(st, 4, d->sealed.p, d->sealed.n);
    }
    s = finish(s, st);
    d->number = (uint32_t)sqlite3_last_insert_rowid(b->db);
    return s;
}

enum evx_status evx_casebook_draft_sent(struct evx_casebook *b, uint32_t number, const struct evx_item_id *id)
{
    sqlite3_stmt *st = NULL;
    enum evx_status s = evx_sqlite_prepare(&st, b->db, "UPDATE draft SET sent=1, item_id=?2 WHERE number=?1");
    if (!s) sqlite3_bind_int64(st, 1, number);
    if (!s) evx_sqlite_blob(st, 2, id->b, sizeof id->b);
    s = finish(s, st);
    return !s && sqlite3_changes(b->db) == 0 ? EVX_E_NOT_FOUND : s;
}

enum evx_status evx_casebook_drafts(struct evx_casebook *b,
                                    enum evx_status (*visit)(void *, const struct evx_draft *), void *user)
{
    sqlite3_stmt *st = NULL;
    enum evx_status s = evx_sqlite_prepare(
        &st, b->db, "SELECT number, made_ms, item_id, sent, sealed FROM draft ORDER BY number");
    while (!s && !(s = evx_sqlite_row(st))) {
        struct evx_draft d = {.number = (uint32_t)sqlite3_column_int64(st, 0),
                              .made_ms = (uint64_t)sqlite3_column_int64(st, 1),
                              .sent = sqlite3_column_int(st, 3) != 0,
                              .sealed = column_bytes(st, 4)};
        s = evx_sqlite_take(d.id.b, sizeof d.id.b, st, 2);
        if (!s) s = visit(user, &d);
    }
    sqlite3_finalize(st);
    return s == EVX_E_NOT_FOUND ? EVX_OK : s;
}

enum evx_status evx_casebook_set_due(struct evx_casebook *b, int64_t due_ms)
{
    sqlite3_stmt *st = NULL;
    enum evx_status s = evx_sqlite_prepare(&st, b->db, "INSERT INTO due VALUES(NULL,?1)");
    if (!s) sqlite3_bind_int64(st, 1, due_ms);
    return finish(s, st);
}

enum evx_status evx_casebook_due(struct evx_casebook *b, int64_t *due_ms)
{
    *due_ms = 0;
    sqlite3_stmt *st = NULL;
    enum evx_status s = evx_sqlite_prepare(&st, b->db, "SELECT due_ms FROM due ORDER BY number DESC LIMIT 1");
    if (!s) s = evx_sqlite_row(st);
    if (!s) *due_ms = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return s == EVX_E_NOT_FOUND ? EVX_OK : s;
}
