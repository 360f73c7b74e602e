// SPDX-License-Identifier: Apache-2.0
//
// What the outbox's SQLite files share.
#ifndef EVX_AGENTS_CLIENT_ENGINE_OUTBOX_ENGINE_H
#define EVX_AGENTS_CLIENT_ENGINE_OUTBOX_ENGINE_H

#include <sqlite3.h>

#include "agents/client/outbox.h"
#include "proto/base/bodies.h"

enum outbox_statement {
    Q_BEGIN,
    Q_COMMIT,
    Q_ROLLBACK,
    Q_STREAM,
    Q_STREAM_BEGIN,
    Q_STREAM_ADVANCE,
    Q_GIVE_UP,
    Q_GIVE_UP_BODIES,
    Q_ADD,
    Q_ADD_BODY,
    Q_FIRST_PLACE,
    Q_LAST_PLACE,
    Q_RUNG,
    Q_ACCEPT,
    Q_ADD_RECEIPT,
    Q_REFUSE,
    Q_FORGET,
    Q_AT_INDEX,
    Q_VERDICT,
    Q_JUDGE,
    Q_NEXT,
    Q_AT_SEQUENCE,
    Q_ID_AT,
    Q_ROWS,
    Q_BY_ID,
    Q_ITEMS,
    Q_VERDICTS,
    Q_RECEIPT,
    Q_COUNTS,
    Q_PUT,
    Q_GET,
    Q_STREAM_AFTER,
    Q_SUM,
    Q_VALUES,
    Q_INBOX_COUNTS,
    Q_LETTER,
    Q_LETTER_ITEM,
    Q_LETTER_NEXT,
    Q_LETTER_BYTES,
    Q_UNPROVED,
    Q_STATEMENTS
};

struct evx_outbox {
    sqlite3 *db;
    sqlite3_stmt *statement[Q_STATEMENTS];
    uint64_t limit_bytes, inbox_limit_bytes;
    struct evx_inspection_id inspection;
    struct evx_outbox_counts counts, counts_at_begin;
    enum evx_status broken; // not OK after an I/O error
    bool writing;
    bool read_only;
    int wal_pages;             // in the write-ahead log, as the last commit said
    struct evx_bodies *bodies; // NULL when read only
    uint64_t forgotten_bytes;  // of bodies whose rows went since files were last released
};

// The prepared statement, reset and without bindings.
sqlite3_stmt *evx_outbox_q(struct evx_outbox *o, enum outbox_statement q);
// SQLite's answer as a status; an I/O error breaks the outbox.
EVX_MUST_CHECK enum evx_status evx_outbox_status(struct evx_outbox *o, int rc);
// Steps a statement that gives no row, and resets it.
EVX_MUST_CHECK enum evx_status evx_outbox_run(struct evx_outbox *o, sqlite3_stmt *q);
// Steps to one row: OK with the row current (reset it afterwards), NOT_FOUND.
EVX_MUST_CHECK enum evx_status evx_outbox_row(struct evx_outbox *o, sqlite3_stmt *q);
struct evx_bytes evx_outbox_blob(sqlite3_stmt *q, int column);
// Copies exactly n bytes; STORE_DAMAGED when the column has another length.
EVX_MUST_CHECK enum evx_status evx_outbox_copy(void *out, size_t n, sqlite3_stmt *q, int column);
EVX_MUST_CHECK enum evx_status evx_outbox_recount(struct evx_outbox *o);
// outbox_bodies_sqlite.c: a consignment's bytes, in its row or, when large, in the body files.
EVX_MUST_CHECK enum evx_status evx_outbox_open_bodies(struct evx_outbox *o, const char *path);
EVX_MUST_CHECK enum evx_status evx_outbox_put_body(struct evx_outbox *o, uint64_t number,
                                                   struct evx_bytes whole);
// From the columns bytes, place and length of a current row.
EVX_MUST_CHECK enum evx_status evx_outbox_get_body(struct evx_outbox *o, sqlite3_stmt *q, int bytes,
                                                   struct evx_buf *out);
// Gives files back that no row refers to; outside a transaction.
EVX_MUST_CHECK enum evx_status evx_outbox_release_bodies(struct evx_outbox *o, bool idle);
// inbox_sqlite.c: its part of the counts.
EVX_MUST_CHECK enum evx_status evx_outbox_recount_inbox(struct evx_outbox *o);

#endif
