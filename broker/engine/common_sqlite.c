// SPDX-License-Identifier: Apache-2.0
#include "broker/engine/sqlite.h"

#include <string.h>

enum evx_status evx_sqlite_status(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ROW: return EVX_OK;
    case SQLITE_FULL: return EVX_E_DISK_FULL;
    case SQLITE_NOMEM: return EVX_E_MEMORY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return EVX_E_STORE_DAMAGED;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return EVX_E_ALREADY_RUNNING;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM: return EVX_E_IO;
    default: return EVX_E_BUG;
    }
}

enum evx_status evx_sqlite_exec(sqlite3 *db, const char *sql)
{
    return evx_sqlite_status(sqlite3_exec(db, sql, NULL, NULL, NULL));
}

enum evx_status evx_sqlite_bind_blob(sqlite3_stmt *s, int at, const void *p, size_t n)
{
    return evx_sqlite_status(sqlite3_bind_blob64(s, at, p, n, SQLITE_STATIC));
}

enum evx_status evx_sqlite_bind_int(sqlite3_stmt *s, int at, uint64_t v)
{
    if (v > INT64_MAX) return EVX_E_TOO_LARGE;
    return evx_sqlite_status(sqlite3_bind_int64(s, at, (sqlite3_int64)v));
}

enum evx_status evx_sqlite_bind_text(sqlite3_stmt *s, int at, const char *text)
{
    return evx_sqlite_status(sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC));
}

enum evx_status evx_sqlite_run(sqlite3_stmt *s)
{
    int rc = sqlite3_step(s);
    int end = sqlite3_reset(s);
    return evx_sqlite_status(rc == SQLITE_DONE ? end : rc);
}

enum evx_status evx_sqlite_row(sqlite3_stmt *s)
{
    int rc = sqlite3_step(s);
    if (rc == SQLITE_ROW) return EVX_OK;
    return rc == SQLITE_DONE ? EVX_E_NOT_FOUND : evx_sqlite_status(rc);
}

enum evx_status evx_sqlite_column_exact(sqlite3_stmt *s, int at, void *out, size_t n)
{
    const void *p = sqlite3_column_blob(s, at);
    if (!p || (size_t)sqlite3_column_bytes(s, at) != n) return EVX_E_STORE_DAMAGED;
    memcpy(out, p, n);
    return EVX_OK;
}

enum evx_status evx_sqlite_column_buf(sqlite3_stmt *s, int at, struct evx_buf *out, size_t limit)
{
    evx_buf_clear(out);
    const void *p = sqlite3_column_blob(s, at);
    size_t n = (size_t)sqlite3_column_bytes(s, at);
    if (n > limit) return EVX_E_STORE_DAMAGED;
    return n ? evx_buf_append(out, p, n) : EVX_OK;
}

static size_t org_slot(const char *id)
{
    uint32_t h = 2166136261u;
    for (; *id; id++)
        h = (h ^ (uint8_t)*id) * 16777619u;
    return h % EVX_SQL_ORG_SLOTS;
}

static enum evx_status find_or_make_org(struct evx_sqlite *j, const char *id, bool make, int64_t *number)
{
    sqlite3_stmt *q = j->statement[EVX_SQL_ORG_FIND];
    enum evx_status s = evx_sqlite_bind_text(q, 1, id);
    if (!s) s = evx_sqlite_row(q);
    if (!s) *number = sqlite3_column_int64(q, 0);
    sqlite3_reset(q);
    if (s != EVX_E_NOT_FOUND || !make) return s;
    q = j->statement[EVX_SQL_ORG_ADD];
    s = evx_sqlite_bind_text(q, 1, id);
    if (!s) s = evx_sqlite_run(q);
    *number = sqlite3_last_insert_rowid(j->db);
    return s;
}

enum evx_status evx_sqlite_org(struct evx_sqlite *j, const char *id, bool make, int64_t *number)
{
    size_t slot = org_slot(id);
    *number = j->org[slot].number;
    if (*number && !strcmp(j->org[slot].id, id)) return EVX_OK;
    if (strlen(id) >= EVX_ORG_ID_BYTES) return EVX_E_BUG;
    enum evx_status s = find_or_make_org(j, id, make, number);
    if (s) return s;
    j->org[slot].number = *number;
    memcpy(j->org[slot].id, id, strlen(id) + 1);
    return EVX_OK;
}

static bool is_last_stream(const struct evx_sqlite *j, const struct evx_stream_key *key)
{
    return j->stream.number && !memcmp(j->stream.id.b, key->id.b, sizeof key->id.b) &&
           !strcmp(j->stream.org, key->org);
}

static enum evx_status find_or_make_stream(struct evx_sqlite *j, int64_t org, const struct evx_stream_id *id,
                                           bool make, int64_t *number)
{
    sqlite3_stmt *q = j->statement[EVX_SQL_STREAM_FIND];
    enum evx_status s = evx_sqlite_bind_int(q, 1, (uint64_t)org);
    if (!s) s = evx_sqlite_bind_blob(q, 2, id->b, sizeof id->b);
    if (!s) s = evx_sqlite_row(q);
    if (!s) *number = sqlite3_column_int64(q, 0);
    sqlite3_reset(q);
    if (s != EVX_E_NOT_FOUND || !make) return s;
    q = j->statement[EVX_SQL_STREAM_ADD];
    s = evx_sqlite_bind_int(q, 1, (uint64_t)org);
    if (!s) s = evx_sqlite_bind_blob(q, 2, id->b, sizeof id->b);
    if (!s) s = evx_sqlite_run(q);
    *number = sqlite3_last_insert_rowid(j->db);
    return s;
}

enum evx_status evx_sqlite_stream(struct evx_sqlite *j, const struct evx_stream_key *key, bool make,
                                  int64_t *number)
{
    *number = j->stream.number;
    if (is_last_stream(j, key)) return EVX_OK;
    int64_t org = 0;
    enum evx_status s = evx_sqlite_org(j, key->org, make, &org);
    if (!s) s = find_or_make_stream(j, org, &key->id, make, number);
    if (s) return s;
    j->stream.number = *number;
    j->stream.id = key->id;
    memcpy(j->stream.org, key->org, strlen(key->org) + 1);
    return EVX_OK;
}

void evx_sqlite_forget(struct evx_sqlite *j)
{
    for (size_t i = 0; i < EVX_SQL_ORG_SLOTS; i++)
        j->org[i].number = 0;
    j->stream.number = 0;
}
