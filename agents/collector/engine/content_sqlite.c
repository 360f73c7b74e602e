// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/engine/content_sqlite.h"

#include <stdlib.h>

#include "agents/collector/engine/db_sqlite.h"
#include "proto/limits.h"

#define SEGMENT_BYTES (256u << 20)

_Static_assert(SEGMENT_BYTES >= EVX_LIMIT_CONSIGNMENT_BYTES, "a consignment fits into a segment");

enum { GET, LAST, PUT, MOVE, NOTE, NOTED, DONE, STATEMENTS };
#define FIRST_WRITE PUT

static const char *const sql[STATEMENTS] = {
    [GET] = "SELECT log_entry, body, place, bytes FROM content WHERE idx = ?1",
    [LAST] = "SELECT place, bytes FROM content WHERE place IS NOT NULL ORDER BY place DESC LIMIT 1",
    [PUT] = "INSERT INTO content(idx, log_entry, body, place, bytes) VALUES(?1, ?2, ?3, ?4, ?5)",
    [MOVE] = "UPDATE content SET body = ?2, place = NULL, bytes = NULL WHERE idx = ?1",
    [NOTE] = "INSERT INTO wipe(place, bytes) SELECT place, bytes FROM content"
             " WHERE idx = ?1 AND place IS NOT NULL",
    [NOTED] = "SELECT place, bytes FROM wipe ORDER BY place LIMIT 1",
    [DONE] = "DELETE FROM wipe WHERE place = ?1",
};

struct evx_content {
    sqlite3 *db;
    sqlite3_stmt *statement[STATEMENTS];
    struct evx_bodies *bodies;
};

void evx_content_close(struct evx_content **c)
{
    if (!c || !*c) return;
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize((*c)->statement[i]);
    evx_bodies_close(&(*c)->bodies);
    free(*c);
    *c = NULL;
}

// Place and length in a row's two columns; STORE_DAMAGED when no writer made them.
static enum evx_status placed(sqlite3_stmt *q, int column, uint64_t *place, uint64_t *bytes)
{
    *place = evx_db_u64(q, column);
    *bytes = evx_db_u64(q, column + 1);
    return *place > INT64_MAX || *bytes > EVX_LIMIT_CONSIGNMENT_BYTES ? EVX_E_STORE_DAMAGED : EVX_OK;
}

static enum evx_status one_place(struct evx_content *c, int which, uint64_t *place, uint64_t *bytes)
{
    *place = *bytes = 0;
    sqlite3_stmt *q = c->statement[which];
    enum evx_status s = evx_db_row(q);
    if (s) return s;
    s = placed(q, 0, place, bytes);
    evx_db_reset(q);
    return s;
}

static enum evx_status open_bodies(struct evx_content *c, const char *path, bool read_only)
{
    struct evx_bodies_options how = {.segment_bytes = SEGMENT_BYTES, .read_only = read_only};
    struct evx_buf files = {0};
    uint64_t place = 0, bytes = 0;
    enum evx_status s = one_place(c, LAST, &place, &bytes);
    how.end = place + bytes;
    if (s == EVX_E_NOT_FOUND) s = EVX_OK;
    if (!s) s = evx_buf_printf(&files, "%s.bodies%c", path, 0);
    if (!s) s = evx_bodies_open(&c->bodies, (const char *)files.p, &how);
    evx_buf_free(&files);
    return s;
}

enum evx_status evx_content_open(struct evx_content **out, sqlite3 *db, const char *path, bool read_only)
{
    *out = NULL;
    struct evx_content *c = calloc(1, sizeof *c);
    if (!c) return EVX_E_MEMORY;
    c->db = db;
    enum evx_status s = EVX_OK;
    for (int i = 0; !s && i < (read_only ? FIRST_WRITE : STATEMENTS); i++)
        s = evx_db_prepare(&c->statement[i], db, sql[i]);
    if (!s) s = open_bodies(c, path, read_only);
    if (!s && !read_only) s = evx_content_wipe(c);
    if (s)
        evx_content_close(&c);
    else
        *out = c;
    return s;
}

enum evx_status evx_content_sync(struct evx_content *c) { return evx_bodies_sync(c->bodies); }
void evx_content_keep(struct evx_content *c) { evx_bodies_keep(c->bodies); }
void evx_content_undo(struct evx_content *c) { evx_bodies_undo(c->bodies); }

enum evx_status evx_content_put(struct evx_content *c, uint64_t index, struct evx_bytes log_entry,
                                struct evx_bytes body)
{
    bool beside = body.n >= EVX_BODIES_LEAST;
    uint64_t place = 0;
    enum evx_status s = beside ? evx_bodies_append(c->bodies, body, &place) : EVX_OK;
    if (s) return s;
    sqlite3_stmt *q = c->statement[PUT];
    evx_db_bind_u64(q, 1, index);
    evx_db_bind_blob(q, 2, log_entry.p, log_entry.n);
    evx_db_bind_blob(q, 3, body.p, beside ? 0 : body.n);
    if (beside) {
        evx_db_bind_u64(q, 4, place);
        evx_db_bind_u64(q, 5, body.n);
    }
    return evx_db_run(q);
}

static enum evx_status take_body(struct evx_content *c, sqlite3_stmt *q, struct evx_buf *out)
{
    struct evx_bytes in_row = evx_db_blob(q, 1);
    if (sqlite3_column_type(q, 2) == SQLITE_NULL) return evx_buf_append(out, in_row.p, in_row.n);
    uint64_t place = 0, bytes = 0;
    enum evx_status s = placed(q, 2, &place, &bytes);
    return s ? s : evx_bodies_read(c->bodies, place, bytes, out);
}

enum evx_status evx_content_get(struct evx_content *c, uint64_t index, struct evx_buf *log_entry,
                                struct evx_buf *body)
{
    sqlite3_stmt *q = c->statement[GET];
    evx_db_bind_u64(q, 1, index);
    enum evx_status s = evx_db_row(q);
    if (s) return s;
    struct evx_bytes e = evx_db_blob(q, 0);
    if (log_entry) s = evx_buf_append(log_entry, e.p, e.n);
    if (!s && body) s = take_body(c, q, body);
    evx_db_reset(q);
    return s;
}

enum evx_status evx_content_blank(struct evx_content *c, uint64_t index, size_t at, size_t n)
{
    struct evx_buf body = {0};
    enum evx_status s = evx_content_get(c, index, NULL, &body);
    if (!s && (at > body.n || n > body.n - at)) s = EVX_E_STORE_DAMAGED;
    for (size_t i = 0; !s && i < n; i++)
        body.p[at + i] = 0;
    if (!s) {
        evx_db_bind_u64(c->statement[NOTE], 1, index);
        s = evx_db_run(c->statement[NOTE]);
    }
    if (!s) {
        evx_db_bind_u64(c->statement[MOVE], 1, index);
        evx_db_bind_blob(c->statement[MOVE], 2, body.p, body.n);
        s = evx_db_run(c->statement[MOVE]);
    }
    evx_buf_free(&body);
    return s;
}

enum evx_status evx_content_wipe(struct evx_content *c)
{
    uint64_t place = 0, bytes = 0;
    enum evx_status s;
    while (!(s = one_place(c, NOTED, &place, &bytes))) {
        s = evx_bodies_wipe(c->bodies, place, bytes);
        if (s) return s;
        evx_db_bind_u64(c->statement[DONE], 1, place);
        s = evx_db_run(c->statement[DONE]);
        if (s) return s;
    }
    return s == EVX_E_NOT_FOUND ? EVX_OK : s;
}
