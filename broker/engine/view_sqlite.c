// SPDX-License-Identifier: Apache-2.0
#include "broker/engine/sqlite.h"

#include <stdlib.h>

struct view {
    sqlite3 *db;
    sqlite3_stmt *size;
    sqlite3_stmt *entries;
};

static enum evx_status view_size(void *user, uint64_t *size)
{
    struct view *v = user;
    *size = 0;
    enum evx_status s = evx_sqlite_row(v->size);
    if (!s && sqlite3_column_type(v->size, 0) != SQLITE_NULL)
        *size = (uint64_t)sqlite3_column_int64(v->size, 0) + 1;
    sqlite3_reset(v->size);
    return s;
}

static enum evx_status walk(struct view *v, uint64_t from, uint64_t to, evx_journal_visit visit,
                            void *visitor)
{
    for (uint64_t i = from; i < to; i++) {
        enum evx_status s = evx_sqlite_row(v->entries);
        if (s) return s;
        if ((uint64_t)sqlite3_column_int64(v->entries, 0) != i) return EVX_E_NOT_FOUND;
        struct evx_bytes e =
            evx_bytes(sqlite3_column_blob(v->entries, 1), (size_t)sqlite3_column_bytes(v->entries, 1));
        s = visit(visitor, i, e);
        if (s) return s;
    }
    return EVX_OK;
}

static enum evx_status view_entries(void *user, uint64_t from, uint64_t to, evx_journal_visit visit,
                                    void *visitor)
{
    struct view *v = user;
    enum evx_status s = evx_sqlite_bind_int(v->entries, 1, from);
    if (!s) s = walk(v, from, to, visit, visitor);
    sqlite3_reset(v->entries);
    return s;
}

static void free_view(struct view *v)
{
    sqlite3_finalize(v->size);
    sqlite3_finalize(v->entries);
    sqlite3_close(v->db);
    free(v);
}

static enum evx_status open_and_prepare(struct view *v, const char *path)
{
    int rc = sqlite3_open_v2(path, &v->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc != SQLITE_OK) return evx_sqlite_status(rc);
    sqlite3_busy_timeout(v->db, 2000);
    enum evx_status s = evx_sqlite_exec(v->db, "PRAGMA cache_size = -512; PRAGMA mmap_size = 0;");
    if (s) return s;
    rc = sqlite3_prepare_v2(v->db, "SELECT max(idx) FROM entry", -1, &v->size, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(v->db, "SELECT idx, log_entry FROM entry WHERE idx >= ?1 ORDER BY idx", -1,
                                &v->entries, NULL);
    return evx_sqlite_status(rc);
}

enum evx_status evx_journal_sqlite_view_open(struct evx_journal_view *out, const char *path)
{
    *out = (struct evx_journal_view){0};
    struct view *v = calloc(1, sizeof *v);
    if (!v) return EVX_E_MEMORY;
    enum evx_status s = open_and_prepare(v, path);
    if (s) {
        free_view(v);
        return s;
    }
    *out = (struct evx_journal_view){.size = view_size, .entries = view_entries, .user = v};
    return EVX_OK;
}

void evx_journal_sqlite_view_close(struct evx_journal_view *v)
{
    if (v && v->user) free_view(v->user);
    if (v) *v = (struct evx_journal_view){0};
}
