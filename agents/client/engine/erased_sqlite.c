// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "agents/client/engine/outbox_engine.h"

#define ID_BYTES      16
#define REFUSED_BYTES 18 // of one refused item in a verdict: id, code

struct erasing {
    struct evx_outbox *o;
    const struct evx_item_id *item; // sorted
    size_t n;
    sqlite3_stmt *certified, *verdicts;
};

static int compare_ids(const void *a, const void *b) { return memcmp(a, b, ID_BYTES); }

static enum evx_status prepare(sqlite3_stmt **out, struct evx_outbox *o, const char *sql)
{
    return evx_outbox_status(o, sqlite3_prepare_v2(o->db, sql, -1, out, NULL));
}

static enum evx_status note_items(struct evx_outbox *o, const char *organisation,
                                  const struct evx_item_id *item, size_t n)
{
    sqlite3_stmt *q = NULL;
    enum evx_status s = prepare(&q, o, "INSERT OR IGNORE INTO erased VALUES(?1, ?2)");
    for (size_t i = 0; !s && i < n; i++) {
        sqlite3_bind_blob(q, 1, item[i].b, ID_BYTES, SQLITE_STATIC);
        sqlite3_bind_text(q, 2, organisation, -1, SQLITE_STATIC);
        s = evx_outbox_run(o, q);
    }
    sqlite3_finalize(q);
    return s;
}

static bool concerns(const struct erasing *e, struct evx_bytes ids)
{
    for (size_t at = 0; at + ID_BYTES <= ids.n; at += ID_BYTES)
        if (bsearch(ids.p + at, e->item, e->n, sizeof *e->item, compare_ids)) return true;
    return false;
}

static bool was_refused(const uint8_t *id, struct evx_bytes refused)
{
    for (size_t at = 0; at + REFUSED_BYTES <= refused.n; at += REFUSED_BYTES)
        if (memcmp(refused.p + at, id, ID_BYTES) == 0) return true;
    return false;
}

static enum evx_status certified(struct erasing *e, const uint8_t *id, const unsigned char *organisation,
                                 bool *yes)
{
    sqlite3_bind_blob(e->certified, 1, id, ID_BYTES, SQLITE_STATIC);
    sqlite3_bind_text(e->certified, 2, (const char *)organisation, -1, SQLITE_STATIC);
    enum evx_status s = evx_outbox_row(e->o, e->certified);
    sqlite3_reset(e->certified);
    *yes = s == EVX_OK;
    return s == EVX_E_NOT_FOUND ? EVX_OK : s;
}

// Whether this answer's organisation holds nothing of the consignment any more.
static enum evx_status all_gone(struct erasing *e, struct evx_bytes ids, bool *gone)
{
    struct evx_bytes refused = evx_outbox_blob(e->verdicts, 1);
    const unsigned char *organisation = sqlite3_column_text(e->verdicts, 0);
    enum evx_status s = organisation ? EVX_OK : EVX_E_STORE_DAMAGED;
    for (size_t at = 0; !s && *gone && at + ID_BYTES <= ids.n; at += ID_BYTES)
        if (!was_refused(ids.p + at, refused)) s = certified(e, ids.p + at, organisation, gone);
    return s;
}

static enum evx_status erased_everywhere(struct erasing *e, int64_t number, struct evx_bytes ids,
                                         bool *everywhere)
{
    size_t answers = 0;
    enum evx_status s = EVX_OK, found = EVX_OK;
    *everywhere = true;
    sqlite3_bind_int64(e->verdicts, 1, number);
    while (!s && !(found = evx_outbox_row(e->o, e->verdicts))) {
        s = all_gone(e, ids, everywhere);
        answers++;
    }
    sqlite3_reset(e->verdicts);
    *everywhere = *everywhere && answers > 0;
    if (!s && found != EVX_E_NOT_FOUND) s = found;
    return s;
}

static enum evx_status move_on(struct evx_outbox *o, int64_t number, uint64_t now_ms)
{
    sqlite3_stmt *q = NULL;
    enum evx_status s = prepare(&q, o, "UPDATE consignment SET rung = 5, changed_ms = ?2 WHERE number = ?1");
    if (s) return s;
    sqlite3_bind_int64(q, 1, number);
    sqlite3_bind_int64(q, 2, (int64_t)now_ms);
    s = evx_outbox_run(o, q);
    sqlite3_finalize(q);
    return s;
}

static enum evx_status look_at_row(struct erasing *e, sqlite3_stmt *row, struct evx_buf *numbers)
{
    int64_t number = sqlite3_column_int64(row, 0);
    struct evx_bytes ids = evx_outbox_blob(row, 1);
    bool everywhere = false;
    if (!concerns(e, ids)) return EVX_OK;
    enum evx_status s = erased_everywhere(e, number, ids, &everywhere);
    return !s && everywhere ? evx_buf_append(numbers, &number, sizeof number) : s;
}

static enum evx_status look_at_rows(struct erasing *e, struct evx_buf *numbers)
{
    sqlite3_stmt *rows = NULL;
    enum evx_status s = prepare(&rows, e->o, "SELECT number, item_ids FROM consignment WHERE rung = 2");
    enum evx_status found = EVX_OK;
    while (!s && !(found = evx_outbox_row(e->o, rows)))
        s = look_at_row(e, rows, numbers);
    sqlite3_finalize(rows);
    return s ? s : found == EVX_E_NOT_FOUND ? EVX_OK : found;
}

static enum evx_status settle(struct erasing *e, uint64_t now_ms, uint64_t *consignments)
{
    struct evx_buf numbers = {0};
    enum evx_status s =
        prepare(&e->certified, e->o, "SELECT 1 FROM erased WHERE item = ?1 AND organisation = ?2");
    if (!s)
        s = prepare(&e->verdicts, e->o,
                    "SELECT organisation, items FROM verdict WHERE number = ?1 AND code = 0");
    if (!s) s = look_at_rows(e, &numbers);
    for (size_t at = 0; !s && at < numbers.n; at += sizeof(int64_t)) {
        int64_t number;
        memcpy(&number, numbers.p + at, sizeof number);
        s = move_on(e->o, number, now_ms);
        *consignments += !s;
    }
    sqlite3_finalize(e->certified);
    sqlite3_finalize(e->verdicts);
    evx_buf_free(&numbers);
    return s;
}

enum evx_status evx_outbox_erased(struct evx_outbox *o, const char *organisation,
                                  const struct evx_item_id *item, size_t n, uint64_t now_ms,
                                  uint64_t *consignments)
{
    *consignments = 0;
    if (!o->writing) return EVX_E_BUG;
    struct evx_item_id *sorted = calloc(n ? n : 1, sizeof *sorted);
    if (!sorted) return EVX_E_MEMORY;
    memcpy(sorted, item, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare_ids);
    struct erasing e = {.o = o, .item = sorted, .n = n};
    enum evx_status s = note_items(o, organisation, item, n);
    if (!s) s = settle(&e, now_ms, consignments);
    free(sorted);
    return s;
}
