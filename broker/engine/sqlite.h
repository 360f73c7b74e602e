// SPDX-License-Identifier: Apache-2.0
//
// What the files of the SQLite engine share.
#ifndef EVX_BROKER_ENGINE_SQLITE_H
#define EVX_BROKER_ENGINE_SQLITE_H

#include <sqlite3.h>

#include "broker/engine/journal_sqlite.h"
#include "proto/base/bodies.h"

enum evx_sql {
#define EVX_SQL(name, text) EVX_SQL_##name,
#include "broker/engine/statements.def"
#undef EVX_SQL
    EVX_SQL_COUNT,
};

#define EVX_SQL_ORG_SLOTS 64

struct evx_sqlite {
    struct evx_journal base;
    sqlite3 *db;
    sqlite3_stmt *statement[EVX_SQL_COUNT];
    struct evx_bodies *bodies; // the large ones
    sqlite3_blob *body;        // a small one; moved from row to row, closed before every write
    char *path;
    uint64_t fold_bytes;
    uint64_t size; // entries, the open group's included
    uint64_t size_before_group;
    struct evx_journal_stats stats;
    struct {
        int64_t number;
        char id[EVX_ORG_ID_BYTES];
    } org[EVX_SQL_ORG_SLOTS]; // rows of the table org, by hash
    struct {
        int64_t number;
        struct evx_stream_id id;
        char org[EVX_ORG_ID_BYTES];
    } stream; // the last one used
};

static inline struct evx_sqlite *evx_sqlite_of(struct evx_journal *j) { return (struct evx_sqlite *)j; }

enum evx_status evx_sqlite_status(int rc);
enum evx_status evx_sqlite_exec(sqlite3 *db, const char *sql);
// Binds one value; blobs and text are borrowed until the statement is reset.
enum evx_status evx_sqlite_bind_blob(sqlite3_stmt *s, int at, const void *p, size_t n);
enum evx_status evx_sqlite_bind_int(sqlite3_stmt *s, int at, uint64_t v);
enum evx_status evx_sqlite_bind_text(sqlite3_stmt *s, int at, const char *text);
// Runs a statement that returns no row, and resets it.
enum evx_status evx_sqlite_run(sqlite3_stmt *s);
// Steps to the one row: OK, or NOT_FOUND. The caller resets.
enum evx_status evx_sqlite_row(sqlite3_stmt *s);
// Copies a blob column of exactly n bytes; STORE_DAMAGED otherwise.
enum evx_status evx_sqlite_column_exact(sqlite3_stmt *s, int at, void *out, size_t n);
// Replaces *out by a blob column of at most `limit` bytes.
enum evx_status evx_sqlite_column_buf(sqlite3_stmt *s, int at, struct evx_buf *out, size_t limit);

// In-order number of a tree node, so that new nodes are new keys at the end.
static inline int64_t evx_sqlite_node_id(unsigned height, uint64_t number)
{
    return (int64_t)((number << (height + 1)) | ((1ull << height) - 1));
}

// Row number of an organisation, made if `make`. NOT_FOUND.
enum evx_status evx_sqlite_org(struct evx_sqlite *j, const char *id, bool make, int64_t *number);
enum evx_status evx_sqlite_stream(struct evx_sqlite *j, const struct evx_stream_key *key, bool make,
                                  int64_t *number);
void evx_sqlite_forget(struct evx_sqlite *j); // row numbers of a group that was rolled back

// bodies_sqlite.c: where a consignment's bytes stand.
enum evx_status evx_sqlite_open_bodies(struct evx_sqlite *j, bool read_only);
// *beside: at *place in the body files; otherwise a row of the table body has to be added.
enum evx_status evx_sqlite_place_body(struct evx_sqlite *j, struct evx_bytes body, bool *beside,
                                      uint64_t *place);
void evx_sqlite_close_body(struct evx_sqlite *j);

// The operations, write_sqlite.c and read_sqlite.c.
enum evx_status evx_sqlite_begin(struct evx_journal *j);
enum evx_status evx_sqlite_append(struct evx_journal *j, const struct evx_journal_append *a);
enum evx_status evx_sqlite_put_node(struct evx_journal *j, unsigned height, uint64_t number,
                                    const struct evx_digest *hash);
enum evx_status evx_sqlite_put_head(struct evx_journal *j, const struct evx_stream_key *stream,
                                    const struct evx_chain_head *head);
enum evx_status evx_sqlite_put_boundary(struct evx_journal *j, uint64_t size, const struct evx_digest *root);
enum evx_status evx_sqlite_put_note(struct evx_journal *j, uint64_t size, struct evx_bytes note);
enum evx_status evx_sqlite_put_equivocation(struct evx_journal *j, const struct evx_journal_equivocation *e);
enum evx_status evx_sqlite_put_cosignature(struct evx_journal *j, uint64_t size, const char *witness,
                                           struct evx_bytes line);
enum evx_status evx_sqlite_commit(struct evx_journal *j);
void evx_sqlite_rollback(struct evx_journal *j);
enum evx_status evx_sqlite_maintain(struct evx_journal *j, bool idle);
enum evx_status evx_sqlite_drop_bodies(struct evx_journal *j, uint64_t before, uint64_t *dropped);
void evx_sqlite_stats(struct evx_journal *j, struct evx_journal_stats *out);

enum evx_status evx_sqlite_size(struct evx_journal *j, uint64_t *size);
enum evx_status evx_sqlite_read(struct evx_journal *j, uint64_t index, struct evx_journal_entry *out);
enum evx_status evx_sqlite_read_body(struct evx_journal *j, uint64_t index, struct evx_buf *body);
enum evx_status evx_sqlite_node(struct evx_journal *j, unsigned height, uint64_t number,
                                struct evx_digest *out);
enum evx_status evx_sqlite_head(struct evx_journal *j, const struct evx_stream_key *stream,
                                struct evx_chain_head *out);
enum evx_status evx_sqlite_heads(struct evx_journal *j, evx_journal_head_visit visit, void *user);
enum evx_status evx_sqlite_find(struct evx_journal *j, const struct evx_stream_key *stream, uint64_t sequence,
                                uint64_t *index);
enum evx_status evx_sqlite_next_for(struct evx_journal *j, const char *org, uint64_t from, uint64_t *index);
enum evx_status evx_sqlite_boundary(struct evx_journal *j, uint64_t size, struct evx_journal_boundary *out);
enum evx_status evx_sqlite_last_boundary(struct evx_journal *j, struct evx_journal_boundary *out);
enum evx_status evx_sqlite_unsigned_boundaries(struct evx_journal *j, evx_journal_boundary_visit visit,
                                               void *user);
enum evx_status evx_sqlite_cosigned_below(struct evx_journal *j, uint64_t below, uint64_t *size);
enum evx_status evx_sqlite_cosignatures(struct evx_journal *j, uint64_t size, struct evx_buf *out);
enum evx_status evx_sqlite_equivocations(struct evx_journal *j, uint64_t *count);
enum evx_status evx_sqlite_equivocation(struct evx_journal *j, uint64_t after, uint64_t *number,
                                        struct evx_buf *first, struct evx_buf *second);

#endif
