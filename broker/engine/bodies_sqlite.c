// SPDX-License-Identifier: Apache-2.0
//
// SQLite writes a blob twice, into its log and into its file. Large consignments stand
// in files of their own, written once; a small one shares the one sync of its group.
#include <stdlib.h>

#include "broker/checksum.h"
#include "broker/engine/sqlite.h"
#include "proto/limits.h"

#define SEGMENT_BYTES (256u << 20)

_Static_assert(SEGMENT_BYTES >= EVX_LIMIT_CONSIGNMENT_BYTES, "a consignment fits into a segment");

// Behind the last one that an entry refers to, or that is still to be wiped: used again
// before that, it would be wiped with what came after it.
static enum evx_status end_of_bodies(struct evx_sqlite *j, uint64_t *end)
{
    *end = 0;
    sqlite3_stmt *q = j->statement[EVX_SQL_ENTRY_PLACED];
    enum evx_status s = evx_sqlite_row(q);
    if (!s) {
        uint64_t place = (uint64_t)sqlite3_column_int64(q, 0), bytes = (uint64_t)sqlite3_column_int64(q, 1);
        if (place > INT64_MAX || bytes > EVX_LIMIT_CONSIGNMENT_BYTES) s = EVX_E_STORE_DAMAGED;
        *end = place + bytes;
    }
    sqlite3_reset(q);
    return s == EVX_E_NOT_FOUND ? EVX_OK : s;
}

enum evx_status evx_sqlite_open_bodies(struct evx_sqlite *j, bool read_only)
{
    struct evx_bodies_options how = {.segment_bytes = SEGMENT_BYTES, .read_only = read_only};
    struct evx_buf files = {0};
    enum evx_status s = end_of_bodies(j, &how.end);
    if (!s) s = evx_buf_printf(&files, "%s.bodies%c", j->path, 0);
    if (!s) s = evx_bodies_open(&j->bodies, (const char *)files.p, &how);
    evx_buf_free(&files);
    return s;
}

enum evx_status evx_sqlite_place_body(struct evx_sqlite *j, struct evx_bytes body, bool *beside,
                                      uint64_t *place)
{
    *place = 0;
    *beside = body.n >= EVX_BODIES_LEAST;
    return *beside ? evx_bodies_append(j->bodies, body, place) : EVX_OK;
}

void evx_sqlite_close_body(struct evx_sqlite *j)
{
    sqlite3_blob_close(j->body);
    j->body = NULL;
}

struct expected {
    uint64_t bytes, place;
    uint32_t crc;
    bool beside;
};

static enum evx_status expected_body(struct evx_sqlite *j, uint64_t index, struct expected *e)
{
    sqlite3_stmt *q = j->statement[EVX_SQL_ENTRY_CRC];
    enum evx_status s = evx_sqlite_bind_int(q, 1, index);
    if (!s) s = evx_sqlite_row(q);
    if (!s) {
        e->bytes = (uint64_t)sqlite3_column_int64(q, 0);
        e->crc = (uint32_t)sqlite3_column_int64(q, 1);
        e->beside = sqlite3_column_type(q, 2) != SQLITE_NULL;
        e->place = (uint64_t)sqlite3_column_int64(q, 2);
    }
    sqlite3_reset(q);
    if (!s && e->bytes > EVX_LIMIT_CONSIGNMENT_BYTES) return EVX_E_STORE_DAMAGED;
    return s;
}

// Moving an open handle costs a fraction of opening one.
static enum evx_status aim_body(struct evx_sqlite *j, uint64_t index)
{
    if (j->body && sqlite3_blob_reopen(j->body, (sqlite3_int64)index) == SQLITE_OK) return EVX_OK;
    evx_sqlite_close_body(j);
    int rc = sqlite3_blob_open(j->db, "main", "body", "data", (sqlite3_int64)index, 0, &j->body);
    if (rc == SQLITE_OK) return EVX_OK;
    evx_sqlite_close_body(j);
    return (rc & 0xff) == SQLITE_ERROR ? EVX_E_STORE_DAMAGED : evx_sqlite_status(rc);
}

static enum evx_status read_row_body(struct evx_sqlite *j, uint64_t index, uint64_t bytes,
                                     struct evx_buf *body)
{
    enum evx_status s = aim_body(j, index);
    if (s) return s;
    if ((uint64_t)sqlite3_blob_bytes(j->body) != bytes) return EVX_E_STORE_DAMAGED;
    s = evx_buf_reserve(body, (size_t)bytes);
    if (!s) s = evx_sqlite_status(sqlite3_blob_read(j->body, body->p, (int)bytes, 0));
    if (!s) body->n = (size_t)bytes;
    return s;
}

enum evx_status evx_sqlite_read_body(struct evx_journal *base, uint64_t index, struct evx_buf *body)
{
    struct evx_sqlite *j = evx_sqlite_of(base);
    evx_buf_clear(body);
    struct expected e = {0};
    enum evx_status s = expected_body(j, index, &e);
    if (s) return s;
    if (e.bytes == 0) return EVX_E_NOT_FOUND;
    s = e.beside ? evx_bodies_read(j->bodies, e.place, e.bytes, body)
                 : read_row_body(j, index, e.bytes, body);
    if (s) return s;
    return evx_crc32c(evx_buf_bytes(body)) == e.crc ? EVX_OK : EVX_E_STORE_DAMAGED;
}
