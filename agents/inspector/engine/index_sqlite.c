// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/engine/index.h"

#include <stdlib.h>
#include <string.h>

#include "agents/inspector/engine/sqlite_use.h"

static const char schema[] =
    "CREATE TABLE cursor(one INTEGER PRIMARY KEY CHECK(one=1), next INTEGER NOT NULL,"
    " stamp INTEGER NOT NULL) STRICT;"
    "INSERT INTO cursor VALUES(1,0,0);"
    "CREATE TABLE item(n INTEGER PRIMARY KEY, log_index INTEGER NOT NULL, number INTEGER NOT NULL,"
    " item_id BLOB NOT NULL, received_ms INTEGER NOT NULL, sender TEXT NOT NULL, body INTEGER NOT NULL,"
    " code INTEGER NOT NULL, unreadable INTEGER NOT NULL, kind TEXT NOT NULL, origin TEXT NOT NULL,"
    " direction INTEGER NOT NULL, significance INTEGER NOT NULL, source_type INTEGER NOT NULL,"
    " ground INTEGER NOT NULL, occurred_ms INTEGER NOT NULL, occurred_precision INTEGER NOT NULL,"
    " occurred_offset INTEGER NOT NULL,"
    " recorded_ms INTEGER NOT NULL, recorded_precision INTEGER NOT NULL,"
    " recorded_offset INTEGER NOT NULL, due_ms INTEGER NOT NULL,"
    " due_precision INTEGER NOT NULL, due_offset INTEGER NOT NULL, relation INTEGER NOT NULL, target BLOB "
    "NOT NULL, reply_to BLOB,"
    " content BLOB NOT NULL) STRICT;"
    "CREATE TABLE criterion(n INTEGER NOT NULL, framework TEXT NOT NULL, criterion TEXT NOT NULL) STRICT;"
    "CREATE TABLE agency(n INTEGER NOT NULL, organisation TEXT NOT NULL) STRICT;"
    "CREATE TABLE subject(s INTEGER PRIMARY KEY, blind BLOB NOT NULL UNIQUE, organisation TEXT NOT NULL,"
    " sealed BLOB NOT NULL) STRICT;"
    "CREATE TABLE token(s INTEGER NOT NULL, token BLOB NOT NULL) STRICT;"
    "CREATE TABLE mention(n INTEGER NOT NULL, s INTEGER NOT NULL, role INTEGER NOT NULL) STRICT;";
#define SCHEMA_VERSION 1

enum { ADD_ITEM, ADD_CRITERION, ADD_AGENCY, ADD_SUBJECT, FIND_SUBJECT, ADD_TOKEN, ADD_MENTION, STATEMENTS };
static const char *const statements[STATEMENTS] = {
    "INSERT INTO item VALUES(NULL,?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,"
    "?22,?23,?24,?25,?26,?27)",
    "INSERT INTO criterion VALUES(?1,?2,?3)",
    "INSERT INTO agency VALUES(?1,?2)",
    "INSERT INTO subject VALUES(NULL,?1,?2,?3)",
    "SELECT s FROM subject WHERE blind=?1",
    "INSERT INTO token VALUES(?1,?2)",
    "INSERT INTO mention VALUES(?1,?2,?3)",
};

struct evx_index {
    sqlite3 *db;
    sqlite3_stmt *st[STATEMENTS];
    bool writing;
};

enum evx_status evx_index_open(struct evx_index **out, const char *folder)
{
    *out = NULL;
    struct evx_index *x = calloc(1, sizeof *x);
    if (!x) return EVX_E_MEMORY;
    enum evx_status s = evx_sqlite_open(&x->db, folder, "index.db", schema, SCHEMA_VERSION);
    // Rows that go must not stay in the file's free pages.
    if (!s) s = evx_sqlite_run(x->db, "PRAGMA secure_delete=ON");
    for (size_t i = 0; !s && i < STATEMENTS; i++)
        s = evx_sqlite_prepare(&x->st[i], x->db, statements[i]);
    if (s) evx_index_close(&x);
    *out = x;
    return s;
}

void evx_index_close(struct evx_index **x)
{
    if (!x || !*x) return;
    evx_index_rollback(*x);
    for (size_t i = 0; i < STATEMENTS; i++)
        sqlite3_finalize((*x)->st[i]);
    sqlite3_close((*x)->db);
    free(*x);
    *x = NULL;
}

static enum evx_status cursor(uint64_t *next, sqlite3 *db)
{
    sqlite3_stmt *st = NULL;
    enum evx_status s = evx_sqlite_prepare(&st, db, "SELECT next FROM cursor");
    if (!s) s = evx_sqlite_row(st);
    if (!s) *next = (uint64_t)sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return s == EVX_E_NOT_FOUND ? EVX_E_STORE_DAMAGED : s;
}

enum evx_status evx_index_begin(struct evx_index *x, uint64_t *next_log_index)
{
    *next_log_index = 0;
    enum evx_status s = evx_sqlite_run(x->db, "BEGIN IMMEDIATE");
    if (s) return s;
    x->writing = true;
    return cursor(next_log_index, x->db);
}

static enum evx_status stamp_of(uint64_t *stamp, sqlite3 *db)
{
    sqlite3_stmt *st = NULL;
    enum evx_status s = evx_sqlite_prepare(&st, db, "SELECT stamp FROM cursor");
    if (!s) s = evx_sqlite_row(st);
    if (!s) *stamp = (uint64_t)sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return s == EVX_E_NOT_FOUND ? EVX_E_STORE_DAMAGED : s;
}

enum evx_status evx_index_renew(struct evx_index *x, uint64_t stamp, uint64_t *next_log_index)
{
    uint64_t now = 0;
    sqlite3_stmt *st = NULL;
    enum evx_status s = stamp_of(&now, x->db);
    if (s || now == stamp) return s;
    s = evx_sqlite_run(x->db,
                       "DELETE FROM item; DELETE FROM criterion; DELETE FROM agency; DELETE FROM subject;"
                       "DELETE FROM token; DELETE FROM mention; UPDATE cursor SET next = 0;");
    if (!s) s = evx_sqlite_prepare(&st, x->db, "UPDATE cursor SET stamp=?1");
    if (!s) sqlite3_bind_int64(st, 1, (int64_t)stamp);
    if (!s) s = evx_sqlite_done(st);
    sqlite3_finalize(st);
    if (!s) *next_log_index = 0;
    return s;
}

enum evx_status evx_index_commit(struct evx_index *x, uint64_t next_log_index)
{
    sqlite3_stmt *st = NULL;
    enum evx_status s = evx_sqlite_prepare(&st, x->db, "UPDATE cursor SET next=?1");
    if (!s) sqlite3_bind_int64(st, 1, (int64_t)next_log_index);
    if (!s) s = evx_sqlite_done(st);
    sqlite3_finalize(st);
    if (!s) s = evx_sqlite_run(x->db, "COMMIT");
    if (!s) x->writing = false;
    return s;
}

void evx_index_rollback(struct evx_index *x)
{
    if (!x->writing) return;
    EVX_IGNORE(evx_sqlite_run(x->db, "ROLLBACK"), "closing rolls back too");
    x->writing = false;
}

static void bind_time(sqlite3_stmt *st, int at, const struct evx_index_time *t)
{
    sqlite3_bind_int64(st, at, t->utc_ms);
    sqlite3_bind_int(st, at + 1, t->precision);
    sqlite3_bind_int(st, at + 2, t->offset_min);
}

enum evx_status evx_index_add_item(struct evx_index *x, struct evx_index_item *i)
{
    sqlite3_stmt *st = x->st[ADD_ITEM];
    sqlite3_bind_int64(st, 1, (int64_t)i->ref.index);
    sqlite3_bind_int64(st, 2, i->ref.number);
    evx_sqlite_blob(st, 3, i->id.b, sizeof i->id.b);
    sqlite3_bind_int64(st, 4, (int64_t)i->received_ms);
    evx_sqlite_text(st, 5, i->sender);
    sqlite3_bind_int64(st, 6, i->body);
    sqlite3_bind_int(st, 7, (int)i->code);
    sqlite3_bind_int(st, 8, (int)i->unreadable);
    evx_sqlite_text(st, 9, i->kind);
    evx_sqlite_text(st, 10, i->origin);
    sqlite3_bind_int(st, 11, i->direction);
    sqlite3_bind_int(st, 12, i->significance);
    sqlite3_bind_int(st, 13, i->source_type);
    sqlite3_bind_int(st, 14, i->ground);
    bind_time(st, 15, &i->occurred);
    bind_time(st, 18, &i->recorded);
    bind_time(st, 21, &i->due);
    sqlite3_bind_int(st, 24, (int)i->relation);
    evx_sqlite_blob(st, 25, i->target.b, sizeof i->target.b);
    if (i->has_reply) evx_sqlite_blob(st, 26, i->reply_to.b, sizeof i->reply_to.b);
    evx_sqlite_blob(st, 27, i->content.b, sizeof i->content.b);
    enum evx_status s = evx_sqlite_done(st);
    i->n = sqlite3_last_insert_rowid(x->db);
    return s;
}

enum evx_status evx_index_add_criterion(struct evx_index *x, int64_t n, const char *framework,
                                        const char *criterion)
{
    sqlite3_stmt *st = x->st[ADD_CRITERION];
    sqlite3_bind_int64(st, 1, n);
    evx_sqlite_text(st, 2, framework);
    evx_sqlite_text(st, 3, criterion);
    return evx_sqlite_done(st);
}

enum evx_status evx_index_add_agency(struct evx_index *x, int64_t n, const char *organisation)
{
    sqlite3_bind_int64(x->st[ADD_AGENCY], 1, n);
    evx_sqlite_text(x->st[ADD_AGENCY], 2, organisation);
    return evx_sqlite_done(x->st[ADD_AGENCY]);
}

enum evx_status evx_index_add_subject(struct evx_index *x, struct evx_index_subject *subject, bool *fresh)
{
    *fresh = false;
    sqlite3_stmt *find = x->st[FIND_SUBJECT], *add = x->st[ADD_SUBJECT];
    evx_sqlite_blob(find, 1, subject->blind.b, sizeof subject->blind.b);
    enum evx_status s = evx_sqlite_row(find);
    if (!s) subject->s = sqlite3_column_int64(find, 0);
    sqlite3_reset(find);
    if (s != EVX_E_NOT_FOUND) return s;
    evx_sqlite_blob(add, 1, subject->blind.b, sizeof subject->blind.b);
    evx_sqlite_text(add, 2, subject->organisation);
    evx_sqlite_blob(add, 3, subject->sealed.p, subject->sealed.n);
    s = evx_sqlite_done(add);
    subject->s = sqlite3_last_insert_rowid(x->db);
    *fresh = !s;
    return s;
}

enum evx_status evx_index_add_token(struct evx_index *x, int64_t s_no, const struct evx_digest *token)
{
    sqlite3_bind_int64(x->st[ADD_TOKEN], 1, s_no);
    evx_sqlite_blob(x->st[ADD_TOKEN], 2, token->b, sizeof token->b);
    return evx_sqlite_done(x->st[ADD_TOKEN]);
}

enum evx_status evx_index_add_mention(struct evx_index *x, int64_t n, int64_t s_no, int role)
{
    sqlite3_bind_int64(x->st[ADD_MENTION], 1, n);
    sqlite3_bind_int64(x->st[ADD_MENTION], 2, s_no);
    sqlite3_bind_int(x->st[ADD_MENTION], 3, role);
    return evx_sqlite_done(x->st[ADD_MENTION]);
}

static void take_time(struct evx_index_time *out, sqlite3_stmt *st, int column)
{
    out->utc_ms = sqlite3_column_int64(st, column);
    out->precision = sqlite3_column_int(st, column + 1);
    out->offset_min = sqlite3_column_int(st, column + 2);
}

static enum evx_status read_item(const struct evx_index_reader *r, sqlite3_stmt *st)
{
    struct evx_index_item i = {
        .n = sqlite3_column_int64(st, 0),
        .ref = {(uint64_t)sqlite3_column_int64(st, 1), (uint32_t)sqlite3_column_int64(st, 2)},
        .received_ms = (uint64_t)sqlite3_column_int64(st, 4),
        .sender = evx_sqlite_column(st, 5),
        .body = (uint32_t)sqlite3_column_int64(st, 6),
        .code = (enum evx_status)sqlite3_column_int(st, 7),
        .unreadable = (enum evx_status)sqlite3_column_int(st, 8),
        .kind = evx_sqlite_column(st, 9),
        .origin = evx_sqlite_column(st, 10),
        .direction = sqlite3_column_int(st, 11),
        .significance = sqlite3_column_int(st, 12),
        .source_type = sqlite3_column_int(st, 13),
        .ground = sqlite3_column_int(st, 14),
        .relation = (enum evx_relation)sqlite3_column_int(st, 24),
        .has_reply = sqlite3_column_type(st, 26) != SQLITE_NULL,
    };
    take_time(&i.occurred, st, 15);
    take_time(&i.recorded, st, 18);
    take_time(&i.due, st, 21);
    enum evx_status s = evx_sqlite_take(i.id.b, sizeof i.id.b, st, 3);
    if (!s) s = evx_sqlite_take(i.target.b, sizeof i.target.b, st, 25);
    if (!s && i.has_reply) s = evx_sqlite_take(i.reply_to.b, sizeof i.reply_to.b, st, 26);
    if (!s) s = evx_sqlite_take(i.content.b, sizeof i.content.b, st, 27);
    return s ? s : r->item(r->user, &i);
}

static enum evx_status read_criterion(const struct evx_index_reader *r, sqlite3_stmt *st)
{
    return r->criterion(r->user, sqlite3_column_int64(st, 0), evx_sqlite_column(st, 1),
                        evx_sqlite_column(st, 2));
}

static enum evx_status read_agency(const struct evx_index_reader *r, sqlite3_stmt *st)
{
    return r->agency(r->user, sqlite3_column_int64(st, 0), evx_sqlite_column(st, 1));
}

static enum evx_status read_subject(const struct evx_index_reader *r, sqlite3_stmt *st)
{
    struct evx_index_subject subject = {.s = sqlite3_column_int64(st, 0),
                                        .organisation = evx_sqlite_column(st, 2)};
    subject.sealed = evx_bytes(sqlite3_column_blob(st, 3), (size_t)sqlite3_column_bytes(st, 3));
    enum evx_status s = evx_sqlite_take(subject.blind.b, sizeof subject.blind.b, st, 1);
    return s ? s : r->subject(r->user, &subject);
}

static enum evx_status read_token(const struct evx_index_reader *r, sqlite3_stmt *st)
{
    struct evx_digest token;
    enum evx_status s = evx_sqlite_take(token.b, sizeof token.b, st, 1);
    return s ? s : r->token(r->user, sqlite3_column_int64(st, 0), &token);
}

static enum evx_status read_mention(const struct evx_index_reader *r, sqlite3_stmt *st)
{
    return r->mention(r->user, sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1),
                      sqlite3_column_int(st, 2));
}

typedef enum evx_status (*read_row)(const struct evx_index_reader *r, sqlite3_stmt *st);
static enum evx_status walk(sqlite3 *db, const char *sql, const struct evx_index_reader *r, read_row row)
{
    sqlite3_stmt *st = NULL;
    enum evx_status s = evx_sqlite_prepare(&st, db, sql);
    while (!s && !(s = evx_sqlite_row(st)))
        s = row(r, st);
    sqlite3_finalize(st);
    return s == EVX_E_NOT_FOUND ? EVX_OK : s;
}

enum evx_status evx_index_read(struct evx_index *x, const struct evx_index_reader *r)
{
    static const struct {
        const char *sql;
        read_row row;
    } tables[] = {
        {"SELECT * FROM item ORDER BY n", read_item},
        {"SELECT * FROM criterion ORDER BY n, rowid", read_criterion},
        {"SELECT * FROM agency ORDER BY n, rowid", read_agency},
        {"SELECT * FROM subject ORDER BY s", read_subject},
        {"SELECT * FROM token ORDER BY s, rowid", read_token},
        {"SELECT * FROM mention ORDER BY n, rowid", read_mention},
    };
    enum evx_status s = EVX_OK;
    for (size_t i = 0; !s && i < sizeof tables / sizeof *tables; i++)
        s = walk(x->db, tables[i].sql, r, tables[i].row);
    return s;
}
