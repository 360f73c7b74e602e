// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/engine/keys_sqlite.h"

#include <stdlib.h>
#include <string.h>

#include "agents/collector/engine/db_sqlite.h"

struct evx_keys_db {
    sqlite3 *db;
    sqlite3_stmt *put;
    sqlite3_stmt *get;
};

static const char schema[] =
    "CREATE TABLE slots(idx INTEGER PRIMARY KEY, slots BLOB NOT NULL) STRICT;"
    "CREATE TABLE generation(one INTEGER PRIMARY KEY CHECK(one = 1), n INTEGER NOT NULL)"
    " STRICT;";

void evx_keys_close(struct evx_keys_db **k)
{
    if (!k || !*k) return;
    sqlite3_finalize((*k)->put);
    sqlite3_finalize((*k)->get);
    EVX_IGNORE(evx_db_close(&(*k)->db),
               "nothing is pending; a failed checkpoint is repeated at the next open");
    free(*k);
    *k = NULL;
}

enum evx_status evx_keys_open(struct evx_keys_db **out, const char *path, bool read_only)
{
    *out = NULL;
    struct evx_keys_db *k = calloc(1, sizeof *k);
    if (!k) return EVX_E_MEMORY;
    struct evx_db_options options = {EVX_DB_WAL, read_only, true, schema};
    enum evx_status s = evx_db_open(&k->db, path, &options);
    if (!s) s = evx_db_prepare(&k->get, k->db, "SELECT substr(slots, ?2, ?3) FROM slots WHERE idx = ?1");
    if (!s && !read_only) s = evx_db_prepare(&k->put, k->db, "INSERT OR REPLACE INTO slots VALUES(?1, ?2)");
    if (s)
        evx_keys_close(&k);
    else
        *out = k;
    return s;
}

enum evx_status evx_keys_begin(struct evx_keys_db *k) { return evx_db_exec(k->db, "BEGIN IMMEDIATE"); }
enum evx_status evx_keys_commit(struct evx_keys_db *k) { return evx_db_exec(k->db, "COMMIT"); }

void evx_keys_rollback(struct evx_keys_db *k)
{
    if (!sqlite3_get_autocommit(k->db))
        EVX_IGNORE(evx_db_exec(k->db, "ROLLBACK"), "an open transaction is undone at the next open as well");
}

enum evx_status evx_keys_put(struct evx_keys_db *k, uint64_t index, struct evx_bytes slots)
{
    evx_db_bind_u64(k->put, 1, index);
    evx_db_bind_blob(k->put, 2, slots.p, slots.n);
    return evx_db_run(k->put);
}

enum evx_status evx_keys_get(struct evx_keys_db *k, uint64_t index, uint32_t number,
                             uint8_t slot[EVX_REWRAP_BYTES])
{
    evx_db_bind_u64(k->get, 1, index);
    evx_db_bind_u64(k->get, 2, (uint64_t)number * EVX_REWRAP_BYTES + 1);
    evx_db_bind_u64(k->get, 3, EVX_REWRAP_BYTES);
    enum evx_status s = evx_db_row(k->get);
    if (s) return s;
    if (evx_db_fixed(slot, EVX_REWRAP_BYTES, k->get, 0)) s = EVX_E_NOT_FOUND;
    evx_db_reset(k->get);
    return s;
}

enum evx_status evx_keys_erase(struct evx_keys_db *k, uint64_t index, uint32_t number)
{
    static const uint8_t zero[EVX_REWRAP_BYTES];
    uint8_t slot[EVX_REWRAP_BYTES];
    enum evx_status s = evx_keys_get(k, index, number, slot);
    if (s) return s;
    sqlite3_blob *blob = NULL;
    int rc = sqlite3_blob_open(k->db, "main", "slots", "slots", (sqlite3_int64)index, 1, &blob);
    if (rc == SQLITE_OK) rc = sqlite3_blob_write(blob, zero, sizeof zero, (int)(number * EVX_REWRAP_BYTES));
    int closed = sqlite3_blob_close(blob); // commits
    if (rc == SQLITE_OK) rc = closed;
    return evx_db_status(rc);
}

enum evx_status evx_keys_flush(struct evx_keys_db *k) { return evx_db_checkpoint(k->db, true); }

enum evx_status evx_keys_generation(struct evx_keys_db *k, uint64_t *generation)
{
    *generation = 0;
    sqlite3_stmt *q = NULL;
    enum evx_status s = evx_db_prepare(&q, k->db, "SELECT n FROM generation");
    if (!s) s = evx_db_row(q);
    if (!s) *generation = evx_db_u64(q, 0);
    sqlite3_finalize(q);
    return s == EVX_E_NOT_FOUND ? EVX_OK : s;
}

enum evx_status evx_keys_set_generation(struct evx_keys_db *k, uint64_t generation)
{
    sqlite3_stmt *q = NULL;
    enum evx_status s = evx_db_prepare(&q, k->db, "INSERT OR REPLACE INTO generation VALUES(1, ?1)");
    if (s) return s;
    evx_db_bind_u64(q, 1, generation);
    s = evx_db_run(q);
    sqlite3_finalize(q);
    return s;
}

struct walk {
    struct evx_buf slots;
    uint64_t index;
};

static enum evx_status next_row(struct walk *w, sqlite3_stmt *q, uint64_t from)
{
    evx_db_bind_u64(q, 1, from);
    enum evx_status s = evx_db_row(q);
    if (s) return s;
    struct evx_bytes slots = evx_db_blob(q, 1);
    w->index = evx_db_u64(q, 0);
    evx_buf_clear(&w->slots);
    s = evx_buf_append(&w->slots, slots.p, slots.n);
    evx_db_reset(q);
    return s;
}

static enum evx_status write_row(sqlite3_stmt *q, const struct walk *w)
{
    evx_db_bind_u64(q, 1, w->index);
    evx_db_bind_blob(q, 2, w->slots.p, w->slots.n);
    return evx_db_run(q);
}

enum evx_status evx_keys_walk(struct evx_keys_db *k, evx_keys_visit visit, void *user)
{
    struct walk w = {0};
    sqlite3_stmt *next = NULL, *update = NULL;
    enum evx_status s =
        evx_db_prepare(&next, k->db, "SELECT idx, slots FROM slots WHERE idx >= ?1 ORDER BY idx LIMIT 1");
    if (!s) s = evx_db_prepare(&update, k->db, "UPDATE slots SET slots = ?2 WHERE idx = ?1");
    for (uint64_t from = 0; !s && !(s = next_row(&w, next, from)); from = w.index + 1) {
        bool changed = false;
        s = visit(user, w.index, w.slots.p, w.slots.n, &changed);
        if (!s && changed) s = write_row(update, &w);
    }
    sqlite3_finalize(next);
    sqlite3_finalize(update);
    evx_buf_free(&w.slots);
    return s == EVX_E_NOT_FOUND ? EVX_OK : s;
}

enum evx_status evx_keys_checkpoint(struct evx_keys_db *k) { return evx_db_checkpoint(k->db, false); }
