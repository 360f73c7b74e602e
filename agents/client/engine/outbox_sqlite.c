// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/client/engine/outbox_engine.h"
#include "agents/client/engine/outbox_schema.h"
#include "proto/base/file.h"
#include "proto/base/log.h"

// A log of this many pages is folded into the store even under load (128 MiB). Late is
// cheap: what was acknowledged by then is never copied.
#define WAL_PAGES_MAX 8192

static const char *const text[Q_STATEMENTS] = {
    [Q_BEGIN] = "BEGIN IMMEDIATE",
    [Q_COMMIT] = "COMMIT",
    [Q_ROLLBACK] = "ROLLBACK",
    [Q_STREAM] = "SELECT number, id, sequence, last, reset_of FROM stream ORDER BY number DESC LIMIT 1",
    [Q_STREAM_BEGIN] = "INSERT INTO stream(id, sequence, last, reset_of) VALUES(?1, 0, zeroblob(32), ?2)",
    [Q_STREAM_ADVANCE] = "UPDATE stream SET sequence = ?1, last = ?2 WHERE number ="
                         " (SELECT max(number) FROM stream) AND sequence = ?1 - 1",
    [Q_GIVE_UP] = "UPDATE consignment SET rung = 3, code = ?2, changed_ms = ?3 WHERE rung = 0 AND stream IN"
                  " (SELECT number FROM stream WHERE id = ?1)",
    [Q_GIVE_UP_BODIES] = "DELETE FROM body WHERE number IN (SELECT number FROM consignment WHERE rung = 3)",
    [Q_ADD] =
        "INSERT INTO consignment(id, stream, sequence, rung, code, awaits, items, items_rejected, bytes,"
        " queued_ms, changed_ms, signer, item_ids)"
        " VALUES(?1, (SELECT max(number) FROM stream), ?2, 0, 0, ?3, ?4, 0, ?5, ?6, ?6, ?7, ?8)",
    [Q_ADD_BODY] = "INSERT INTO body(number, bytes, place) VALUES(?1, ?2, ?3)",
    [Q_FIRST_PLACE] = "SELECT place FROM body WHERE place IS NOT NULL ORDER BY place LIMIT 1",
    [Q_LAST_PLACE] = "SELECT b.place, c.bytes FROM body b JOIN consignment c ON c.number = b.number"
                     " WHERE b.place IS NOT NULL ORDER BY b.place DESC LIMIT 1",
    [Q_RUNG] = "SELECT rung, awaits, bytes FROM consignment WHERE number = ?1",
    [Q_ACCEPT] =
        "UPDATE consignment SET rung = 1, code = 0, log_index = ?2, received_ms = ?3, changed_ms = ?4"
        " WHERE number = ?1",
    [Q_ADD_RECEIPT] = "INSERT INTO receipt(number, proof, log_entry) VALUES(?1, ?2, ?3)",
    [Q_REFUSE] = "UPDATE consignment SET rung = ?2, code = ?3, changed_ms = ?4 WHERE number = ?1",
    [Q_FORGET] = "DELETE FROM body WHERE number = ?1",
    [Q_AT_INDEX] = "SELECT number, id, rung, awaits, bytes FROM consignment WHERE log_index = ?1",
    [Q_VERDICT] = "INSERT OR IGNORE INTO verdict(number, organisation, code, items, at_ms)"
                  " VALUES(?1, ?2, ?3, ?4, ?5)",
    [Q_JUDGE] = "UPDATE consignment SET rung = ?2, code = ?3, items_rejected = ?4, changed_ms = ?5"
                " WHERE number = ?1",
    [Q_NEXT] = "SELECT c.number, c.id, s.id, c.sequence, c.signer, b.bytes, b.place, c.bytes"
               " FROM consignment c"
               " JOIN stream s ON s.number = c.stream LEFT JOIN body b ON b.number = c.number"
               " WHERE c.rung = 0 AND c.number > ?1 ORDER BY c.number LIMIT 1",
    [Q_AT_SEQUENCE] = "SELECT c.number, c.id, s.id, c.sequence, c.signer, b.bytes, b.place, c.bytes"
                      " FROM consignment c"
                      " JOIN stream s ON s.number = c.stream JOIN body b ON b.number = c.number"
                      " WHERE s.id = ?1 AND c.sequence = ?2 AND c.rung < 2",
    [Q_ID_AT] = "SELECT c.id FROM consignment c JOIN stream s ON s.number = c.stream"
                " WHERE s.id = ?1 AND c.sequence = ?2",
    [Q_ROWS] =
        "SELECT c.id, s.id, c.sequence, c.rung, c.code, c.items, c.items_rejected, c.bytes, c.queued_ms,"
        " c.changed_ms, c.log_index, c.received_ms, c.awaits FROM consignment c"
        " JOIN stream s ON s.number = c.stream ORDER BY c.number",
    [Q_BY_ID] = "SELECT number FROM consignment WHERE id = ?1",
    [Q_ITEMS] = "SELECT item_ids, rung, code FROM consignment WHERE number = ?1",
    [Q_VERDICTS] = "SELECT code, items FROM verdict WHERE number = ?1 ORDER BY at_ms, organisation",
    [Q_RECEIPT] = "SELECT r.proof, r.log_entry, c.received_ms FROM receipt r"
                  " JOIN consignment c ON c.number = r.number WHERE c.number = ?1",
    [Q_COUNTS] = "SELECT count(*), count(*) FILTER (WHERE rung = 0),"
                 " count(*) FILTER (WHERE rung < 2 AND awaits),"
                 " coalesce(sum(bytes) FILTER (WHERE rung = 0 OR (rung = 1 AND awaits)), 0) FROM consignment",
    [Q_UNPROVED] = "SELECT c.id, s.id, c.sequence, c.rung, c.code, c.items, c.items_rejected, c.bytes,"
                   " c.queued_ms, c.changed_ms, c.log_index, c.received_ms FROM consignment c"
                   " JOIN stream s ON s.number = c.stream WHERE c.log_index >= ?1 AND c.log_index < ?2"
                   " AND NOT EXISTS(SELECT 1 FROM value v WHERE v.name = 'proof/' || lower(hex(c.id)))"
                   " ORDER BY c.log_index LIMIT 1",
    [Q_PUT] = "INSERT INTO value(name, bytes) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET bytes = ?2",
    [Q_GET] = "SELECT bytes FROM value WHERE name = ?1",
    [Q_STREAM_AFTER] = "SELECT number, id, sequence, last, reset_of FROM stream WHERE number > ?1"
                       " ORDER BY number LIMIT 1",
    [Q_SUM] = "SELECT sequence, id, items, log_index FROM consignment WHERE stream = ?1 ORDER BY sequence",
    [Q_VALUES] = "SELECT name, bytes FROM value WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name",
    [Q_INBOX_COUNTS] = "SELECT (SELECT count(*) FROM inbox_item), coalesce(sum(bytes_n), 0) FROM inbox",
    [Q_LETTER] = "INSERT OR IGNORE INTO inbox(log_index, received_ms, sender, bytes_n, bytes)"
                 " VALUES(?1, ?2, ?3, ?4, ?5)",
    [Q_LETTER_ITEM] = "INSERT OR IGNORE INTO inbox_item(log_index, number, sender, id, kind)"
                      " VALUES(?1, ?2, ?3, ?4, ?5)",
    [Q_LETTER_NEXT] = "SELECT i.log_index, i.number, i.id, i.sender, i.kind, l.received_ms FROM inbox_item i"
                      " JOIN inbox l ON l.log_index = i.log_index"
                      " WHERE (i.log_index, i.number) > (?1, ?2) AND (?3 = 0 OR i.kind = ?3)"
                      " ORDER BY i.log_index, i.number LIMIT 1",
    [Q_LETTER_BYTES] = "SELECT bytes FROM inbox WHERE log_index = ?1",
};

sqlite3_stmt *evx_outbox_q(struct evx_outbox *o, enum outbox_statement q)
{
    sqlite3_stmt *s = o->statement[q];
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    return s;
}

enum evx_status evx_outbox_status(struct evx_outbox *o, int rc)
{
    if (o->broken) return o->broken;
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE: return EVX_OK;
    case SQLITE_FULL: return EVX_E_DISK_FULL;
    case SQLITE_NOMEM: return EVX_E_MEMORY;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return EVX_E_ALREADY_RUNNING;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISUSE: return EVX_E_BUG;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: o->broken = EVX_E_STORE_DAMAGED; break;
    default: o->broken = EVX_E_IO; break;
    }
    evx_log(EVX_LOG_ERROR, "OUTBOX-BROKEN", "sqlite=%d", rc);
    return o->broken;
}

enum evx_status evx_outbox_run(struct evx_outbox *o, sqlite3_stmt *q)
{
    int rc = o->broken ? SQLITE_ERROR : sqlite3_step(q);
    enum evx_status s = evx_outbox_status(o, rc);
    sqlite3_reset(q);
    return s;
}

enum evx_status evx_outbox_row(struct evx_outbox *o, sqlite3_stmt *q)
{
    int rc = o->broken ? SQLITE_ERROR : sqlite3_step(q);
    enum evx_status s = evx_outbox_status(o, rc);
    if (!s && rc == SQLITE_ROW) return EVX_OK;
    sqlite3_reset(q);
    return s ? s : EVX_E_NOT_FOUND;
}

struct evx_bytes evx_outbox_blob(sqlite3_stmt *q, int column)
{
    const void *p = sqlite3_column_blob(q, column);
    return evx_bytes(p, (size_t)sqlite3_column_bytes(q, column));
}

enum evx_status evx_outbox_copy(void *out, size_t n, sqlite3_stmt *q, int column)
{
    struct evx_bytes b = evx_outbox_blob(q, column);
    if (b.n != n) return EVX_E_STORE_DAMAGED;
    memcpy(out, b.p, n);
    return EVX_OK;
}

enum evx_status evx_outbox_recount(struct evx_outbox *o)
{
    sqlite3_stmt *q = evx_outbox_q(o, Q_COUNTS);
    enum evx_status s = evx_outbox_row(o, q);
    if (s) return s;
    o->counts = (struct evx_outbox_counts){.rows = (uint64_t)sqlite3_column_int64(q, 0),
                                           .spooled = (uint64_t)sqlite3_column_int64(q, 1),
                                           .unanswered = (uint64_t)sqlite3_column_int64(q, 2),
                                           .kept_bytes = (uint64_t)sqlite3_column_int64(q, 3)};
    sqlite3_reset(q);
    return evx_outbox_recount_inbox(o);
}

struct evx_outbox_counts evx_outbox_count(const struct evx_outbox *o) { return o->counts; }

static enum evx_status execute(struct evx_outbox *o, const char *sql)
{
    return evx_outbox_status(o, sqlite3_exec(o->db, sql, NULL, NULL, NULL));
}

static enum evx_status integer(struct evx_outbox *o, const char *sql, int64_t *out)
{
    sqlite3_stmt *q = NULL;
    enum evx_status s = evx_outbox_status(o, sqlite3_prepare_v2(o->db, sql, -1, &q, NULL));
    if (!s) s = evx_outbox_row(o, q);
    if (!s) *out = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    return s;
}

static int count_wal_pages(void *user, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    ((struct evx_outbox *)user)->wal_pages = pages;
    return SQLITE_OK;
}

// From whatever version it has, step by step, to the newest: in one transaction.
static enum evx_status upgrade(struct evx_outbox *o)
{
    int64_t version = 0;
    enum evx_status s = integer(o, "PRAGMA user_version", &version);
    if (!s && (version < 0 || version > OUTBOX_SCHEMA_VERSION)) return EVX_E_SCHEMA;
    if (s || version == OUTBOX_SCHEMA_VERSION) return s;
    s = execute(o, "BEGIN IMMEDIATE");
    for (; version < OUTBOX_SCHEMA_VERSION && !s; version++)
        s = execute(o, outbox_schema[version]);
    return s ? s : execute(o, "COMMIT");
}

// A reader changes nothing: an older store is upgraded by the program that writes it.
static enum evx_status check_version(struct evx_outbox *o)
{
    int64_t version = 0;
    enum evx_status s = integer(o, "PRAGMA user_version", &version);
    return !s && version != OUTBOX_SCHEMA_VERSION ? EVX_E_SCHEMA : s;
}

static enum evx_status set_up(struct evx_outbox *o, const struct evx_outbox_options *options)
{
    sqlite3_extended_result_codes(o->db, 1);
    sqlite3_busy_timeout(o->db, 2000);
    enum evx_status s = execute(o, "PRAGMA trusted_schema=OFF; PRAGMA foreign_keys=ON;"
                                   "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-8192;");
    if (s || options->read_only) return s ? s : check_version(o);
    s = execute(o, "PRAGMA page_size = 4096; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                   "PRAGMA wal_autocheckpoint=0;");
    sqlite3_wal_hook(o->db, count_wal_pages, o);
    return s ? s : upgrade(o);
}

static enum evx_status limit_pages(struct evx_outbox *o, unsigned pages)
{
    if (!pages) return EVX_OK;
    char sql[64];
    sqlite3_snprintf(sizeof sql, sql, "PRAGMA max_page_count=%u", pages);
    return execute(o, sql);
}

static enum evx_status prepare_all(struct evx_outbox *o)
{
    enum evx_status s = EVX_OK;
    for (size_t i = 0; i < Q_STATEMENTS && !s; i++)
        s = evx_outbox_status(
            o, sqlite3_prepare_v3(o->db, text[i], -1, SQLITE_PREPARE_PERSISTENT, &o->statement[i], NULL));
    return s;
}

// The same state folder for another organisation or inspection would mix two chains.
static enum evx_status check_owner(struct evx_outbox *o, const struct evx_outbox_options *options)
{
    struct evx_buf held = {0}, ours = {0};
    char hex[33];
    evx_hex(hex, options->inspection.b, sizeof options->inspection.b);
    enum evx_status s = evx_buf_printf(&ours, "%s %s", options->organisation, hex);
    if (!s) s = evx_outbox_get(o, "owner", &held);
    if (!s && held.n == 0 && !options->read_only) {
        s = evx_outbox_begin(o);
        if (!s) s = evx_outbox_put(o, "owner", evx_buf_bytes(&ours));
        if (!s) s = evx_outbox_commit(o);
    } else if (!s && held.n && !evx_bytes_equal(evx_buf_bytes(&held), evx_buf_bytes(&ours))) {
        s = EVX_E_CONFIG;
    }
    evx_buf_free(&held);
    evx_buf_free(&ours);
    return s;
}

// Sealed or not, it is nobody else's: SQLite gives its side files the same mode.
static enum evx_status make_private(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return errno == ENOSPC ? EVX_E_DISK_FULL : EVX_E_IO;
    close(fd);
    return EVX_OK;
}

static enum evx_status connect_to(struct evx_outbox *o, const char *path, bool read_only)
{
    if (read_only && !evx_path_exists(path)) return EVX_E_NOT_FOUND;
    enum evx_status s = read_only ? EVX_OK : make_private(path);
    if (s) return s;
    int flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    int rc = sqlite3_open_v2(path, &o->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    return rc == SQLITE_CANTOPEN ? EVX_E_IO : evx_outbox_status(o, rc);
}

enum evx_status evx_outbox_open(struct evx_outbox **out, const char *path,
                                const struct evx_outbox_options *options)
{
    *out = NULL;
    struct evx_outbox *o = calloc(1, sizeof *o);
    if (!o) return EVX_E_MEMORY;
    o->limit_bytes = options->limit_bytes;
    o->inbox_limit_bytes = options->inbox_limit_bytes ? options->inbox_limit_bytes : EVX_LIMIT_INBOX_BYTES;
    o->inspection = options->inspection;
    o->read_only = options->read_only;
    enum evx_status s = connect_to(o, path, options->read_only);
    if (!s) s = set_up(o, options);
    if (!s) s = limit_pages(o, options->max_pages);
    if (!s) s = prepare_all(o);
    if (!s) s = evx_outbox_open_bodies(o, path);
    if (!s) s = check_owner(o, options);
    if (!s) s = evx_outbox_recount(o);
    if (s) evx_outbox_close(&o);
    *out = o;
    return s;
}

void evx_outbox_close(struct evx_outbox **o)
{
    if (!*o) return;
    if ((*o)->writing) evx_outbox_rollback(*o);
    for (size_t i = 0; i < Q_STATEMENTS; i++)
        sqlite3_finalize((*o)->statement[i]);
    sqlite3_close((*o)->db);
    evx_bodies_close(&(*o)->bodies);
    free(*o);
    *o = NULL;
}

enum evx_status evx_outbox_begin(struct evx_outbox *o)
{
    if (o->writing || o->read_only) return EVX_E_BUG;
    enum evx_status s = evx_outbox_run(o, evx_outbox_q(o, Q_BEGIN));
    o->writing = !s;
    o->counts_at_begin = o->counts;
    return s;
}

enum evx_status evx_outbox_commit(struct evx_outbox *o)
{
    if (!o->writing) return EVX_E_BUG;
    enum evx_status s = evx_bodies_sync(o->bodies); // first the bytes, then the rows that refer to them
    if (s) o->broken = s;
    if (!s) s = evx_outbox_run(o, evx_outbox_q(o, Q_COMMIT));
    if (s)
        evx_outbox_rollback(o);
    else
        evx_bodies_keep(o->bodies);
    o->writing = false;
    return s;
}

void evx_outbox_rollback(struct evx_outbox *o)
{
    if (!o->writing) return;
    // A full disk may have rolled back already; then there is nothing to do.
    if (!sqlite3_get_autocommit(o->db)) {
        sqlite3_stmt *q = evx_outbox_q(o, Q_ROLLBACK);
        sqlite3_step(q);
        sqlite3_reset(q);
    }
    evx_bodies_undo(o->bodies);
    o->counts = o->counts_at_begin;
    o->writing = false;
}

bool evx_outbox_in_transaction(const struct evx_outbox *o) { return o->writing; }

enum evx_status evx_outbox_tidy(struct evx_outbox *o, bool idle)
{
    if (o->writing || o->read_only) return EVX_OK;
    enum evx_status s = evx_outbox_release_bodies(o, idle);
    if (s || o->wal_pages == 0) return s;
    if (!idle && o->wal_pages < WAL_PAGES_MAX) return EVX_OK;
    int rc = sqlite3_wal_checkpoint_v2(o->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    if (rc == SQLITE_BUSY) return EVX_OK;
    o->wal_pages = 0;
    return evx_outbox_status(o, rc);
}
