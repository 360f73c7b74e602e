// SPDX-License-Identifier: Apache-2.0
//
// Log entries and consignments of store.db, in the transactions of its connection.
// SQLite writes a blob twice, into its log and into its file: large consignments stand
// in the body files store.db.bodies.N, written once, and the row says where.
// Included by engine files only.
#ifndef EVX_AGENTS_COLLECTOR_ENGINE_CONTENT_SQLITE_H
#define EVX_AGENTS_COLLECTOR_ENGINE_CONTENT_SQLITE_H

#include <sqlite3.h>

#include "proto/base/bodies.h"

struct evx_content;

#define EVX_CONTENT_SCHEMA                                                                                   \
    "CREATE TABLE content(idx INTEGER PRIMARY KEY, log_entry BLOB NOT NULL, body BLOB NOT NULL,"             \
    " place INTEGER, bytes INTEGER) STRICT;"                                                                 \
    "CREATE INDEX content_place ON content(place) WHERE place IS NOT NULL;"                                  \
    "CREATE TABLE wipe(place INTEGER PRIMARY KEY, bytes INTEGER NOT NULL) STRICT;"

// `path` is that of the database. A writer first finishes what evx_content_wipe() of an
// earlier run left. STORE_DAMAGED when the body files end too early.
EVX_MUST_CHECK enum evx_status evx_content_open(struct evx_content **out, sqlite3 *db, const char *path,
                                                bool read_only);
void evx_content_close(struct evx_content **c); // before the connection

// Around the connection's transaction: sync before COMMIT, keep after it, undo after ROLLBACK.
EVX_MUST_CHECK enum evx_status evx_content_sync(struct evx_content *c);
void evx_content_keep(struct evx_content *c);
void evx_content_undo(struct evx_content *c);

EVX_MUST_CHECK enum evx_status evx_content_put(struct evx_content *c, uint64_t index,
                                               struct evx_bytes log_entry, struct evx_bytes body);
// Appends both; either may be NULL. NOT_FOUND.
EVX_MUST_CHECK enum evx_status evx_content_get(struct evx_content *c, uint64_t index,
                                               struct evx_buf *log_entry, struct evx_buf *body);
// Zeros n bytes of a body, in the open transaction: a body in the files moves into its row,
// and its old place is noted for evx_content_wipe(). STORE_DAMAGED when it is shorter.
EVX_MUST_CHECK enum evx_status evx_content_blank(struct evx_content *c, uint64_t index, size_t at, size_t n);
// Overwrites noted places, durably. Outside a transaction.
EVX_MUST_CHECK enum evx_status evx_content_wipe(struct evx_content *c);

#endif
