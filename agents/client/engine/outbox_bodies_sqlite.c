// SPDX-License-Identifier: Apache-2.0
//
// SQLite writes a blob twice, into its log and into its file. Large consignments stand
// in files of their own, written once; a small one shares the one sync of its row.
#include <stdlib.h>

#include "agents/client/engine/outbox_engine.h"

#define SEGMENT_BYTES (16u << 20)

_Static_assert(SEGMENT_BYTES >= EVX_LIMIT_CONSIGNMENT_BYTES, "a consignment fits into a segment");

static char *files_beside(const char *path)
{
    struct evx_buf name = {0};
    if (evx_buf_printf(&name, "%s.bodies%c", path, 0)) evx_buf_free(&name);
    return (char *)name.p;
}

// One number of a row that need not be there.
static enum evx_status place_of(struct evx_outbox *o, enum outbox_statement which, uint64_t *place,
                                uint64_t *bytes)
{
    *place = 0;
    sqlite3_stmt *q = evx_outbox_q(o, which);
    enum evx_status s = evx_outbox_row(o, q);
    if (s) return s;
    *place = (uint64_t)sqlite3_column_int64(q, 0);
    if (bytes) *bytes = (uint64_t)sqlite3_column_int64(q, 1);
    sqlite3_reset(q);
    return EVX_OK;
}

enum evx_status evx_outbox_open_bodies(struct evx_outbox *o, const char *path)
{
    if (o->read_only) return EVX_OK;
    struct evx_bodies_options how = {.segment_bytes = SEGMENT_BYTES};
    uint64_t last = 0, bytes = 0;
    enum evx_status s = place_of(o, Q_FIRST_PLACE, &how.begin, NULL);
    if (!s) s = place_of(o, Q_LAST_PLACE, &last, &bytes);
    if (s && s != EVX_E_NOT_FOUND) return s;
    if (last > INT64_MAX - bytes) return EVX_E_STORE_DAMAGED;
    how.end = last + bytes;
    char *files = files_beside(path);
    s = files ? evx_bodies_open(&o->bodies, files, &how) : EVX_E_MEMORY;
    free(files);
    return s;
}

enum evx_status evx_outbox_put_body(struct evx_outbox *o, uint64_t number, struct evx_bytes whole)
{
    bool beside = whole.n >= EVX_BODIES_LEAST;
    uint64_t place = 0;
    if (beside) {
        enum evx_status s = evx_bodies_append(o->bodies, whole, &place);
        if (s == EVX_E_IO) o->broken = s;
        if (s) return s;
    }
    sqlite3_stmt *q = evx_outbox_q(o, Q_ADD_BODY);
    sqlite3_bind_int64(q, 1, (sqlite3_int64)number);
    sqlite3_bind_blob64(q, 2, whole.p, beside ? 0 : whole.n, SQLITE_STATIC);
    if (beside) sqlite3_bind_int64(q, 3, (sqlite3_int64)place);
    enum evx_status s = evx_outbox_run(o, q);
    sqlite3_clear_bindings(q);
    return s;
}

enum evx_status evx_outbox_get_body(struct evx_outbox *o, sqlite3_stmt *q, int bytes, struct evx_buf *out)
{
    int place = bytes + 1, length = bytes + 2;
    if (sqlite3_column_type(q, place) != SQLITE_NULL)
        return evx_bodies_read(o->bodies, (uint64_t)sqlite3_column_int64(q, place),
                               (uint64_t)sqlite3_column_int64(q, length), out);
    struct evx_bytes b = evx_outbox_blob(q, bytes);
    return evx_buf_append(out, b.p, b.n);
}

enum evx_status evx_outbox_release_bodies(struct evx_outbox *o, bool idle)
{
    if (o->forgotten_bytes < (idle ? 1 : SEGMENT_BYTES)) return EVX_OK;
    uint64_t place = 0;
    enum evx_status s = place_of(o, Q_FIRST_PLACE, &place, NULL);
    if (s == EVX_E_NOT_FOUND) place = evx_bodies_end(o->bodies);
    if (s && s != EVX_E_NOT_FOUND) return s;
    evx_bodies_release(o->bodies, place);
    o->forgotten_bytes = 0;
    return EVX_OK;
}
