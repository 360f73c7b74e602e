// SPDX-License-Identifier: Apache-2.0
#include "broker/engine/sqlite.h"

#include <string.h>

#include "broker/checksum.h"
#include "proto/limits.h"

enum evx_status evx_sqlite_size(struct evx_journal *base, uint64_t *size)
{
    *size = evx_sqlite_of(base)->size;
    return EVX_OK;
}

static enum evx_status copy_org(char out[EVX_ORG_ID_BYTES], const unsigned char *text)
{
    size_t n = text ? strlen((const char *)text) : EVX_ORG_ID_BYTES;
    if (n >= EVX_ORG_ID_BYTES) return EVX_E_STORE_DAMAGED;
    memcpy(out, text, n + 1);
    return EVX_OK;
}

static enum evx_status take_entry(sqlite3_stmt *q, struct evx_journal_entry *out)
{
    enum evx_status s = copy_org(out->sender, sqlite3_column_text(q, 0));
    out->sequence = (uint64_t)sqlite3_column_int64(q, 1);
    out->body_bytes = (uint64_t)sqlite3_column_int64(q, 2);
    if (!s) s = evx_sqlite_column_exact(q, 3, out->leaf.b, sizeof out->leaf.b);
    if (!s) s = evx_sqlite_column_buf(q, 4, &out->log_entry, EVX_LIMIT_HEADER_BYTES + 128);
    if (s) return s;
    struct evx_digest leaf;
    evx_log_leaf(&leaf, evx_buf_bytes(&out->log_entry));
    return memcmp(leaf.b, out->leaf.b, sizeof leaf.b) ? EVX_E_STORE_DAMAGED : EVX_OK;
}

enum evx_status evx_sqlite_read(struct evx_journal *base, uint64_t index, struct evx_journal_entry *out)
{
    sqlite3_stmt *q = evx_sqlite_of(base)->statement[EVX_SQL_ENTRY_READ];
    out->index = index;
    enum evx_status s = evx_sqlite_bind_int(q, 1, index);
    if (!s) s = evx_sqlite_row(q);
    if (!s) s = take_entry(q, out);
    sqlite3_reset(q);
    return s;
}

enum evx_status evx_sqlite_node(struct evx_journal *base, unsigned height, uint64_t number,
                                struct evx_digest *out)
{
    struct evx_sqlite *j = evx_sqlite_of(base);
    sqlite3_stmt *q = j->statement[height ? EVX_SQL_NODE_READ : EVX_SQL_ENTRY_LEAF];
    uint64_t key = height ? (uint64_t)evx_sqlite_node_id(height, number) : number;
    enum evx_status s = evx_sqlite_bind_int(q, 1, key);
    if (!s) s = evx_sqlite_row(q);
    if (!s) s = evx_sqlite_column_exact(q, 0, out->b, sizeof out->b);
    sqlite3_reset(q);
    return s;
}

static enum evx_status take_head(sqlite3_stmt *q, int at, struct evx_chain_head *out)
{
    out->sequence = (uint64_t)sqlite3_column_int64(q, at);
    out->frozen = sqlite3_column_int(q, at + 2) != 0;
    return evx_sqlite_column_exact(q, at + 1, out->last.b, sizeof out->last.b);
}

enum evx_status evx_sqlite_head(struct evx_journal *base, const struct evx_stream_key *stream,
                                struct evx_chain_head *out)
{
    struct evx_sqlite *j = evx_sqlite_of(base);
    memset(out, 0, sizeof *out);
    int64_t number = 0;
    enum evx_status s = evx_sqlite_stream(j, stream, false, &number);
    if (s == EVX_E_NOT_FOUND) return EVX_OK;
    sqlite3_stmt *q = j->statement[EVX_SQL_STREAM_HEAD];
    if (!s) s = evx_sqlite_bind_int(q, 1, (uint64_t)number);
    if (!s) s = evx_sqlite_row(q);
    if (!s) s = take_head(q, 0, out);
    sqlite3_reset(q);
    return s;
}

enum evx_status evx_sqlite_heads(struct evx_journal *base, evx_journal_head_visit visit, void *user)
{
    sqlite3_stmt *q = evx_sqlite_of(base)->statement[EVX_SQL_STREAM_ALL];
    enum evx_status s;
    while (!(s = evx_sqlite_row(q))) {
        char org[EVX_ORG_ID_BYTES];
        struct evx_stream_key key = {.org = org};
        struct evx_chain_head head;
        s = copy_org(org, sqlite3_column_text(q, 0));
        if (!s) s = evx_sqlite_column_exact(q, 1, key.id.b, sizeof key.id.b);
        if (!s) s = take_head(q, 2, &head);
        if (!s) s = visit(user, &key, &head);
        if (s) break;
    }
    sqlite3_reset(q);
    return s == EVX_E_NOT_FOUND ? EVX_OK : s;
}

static enum evx_status two_keys_to_index(sqlite3_stmt *q, uint64_t a, uint64_t b, uint64_t *index)
{
    *index = 0;
    enum evx_status s = evx_sqlite_bind_int(q, 1, a);
    if (!s) s = evx_sqlite_bind_int(q, 2, b);
    if (s == EVX_E_TOO_LARGE) return EVX_E_NOT_FOUND;
    if (!s) s = evx_sqlite_row(q);
    if (!s) *index = (uint64_t)sqlite3_column_int64(q, 0);
    sqlite3_reset(q);
    return s;
}

enum evx_status evx_sqlite_find(struct evx_journal *base, const struct evx_stream_key *stream,
                                uint64_t sequence, uint64_t *index)
{
    struct evx_sqlite *j = evx_sqlite_of(base);
    *index = 0;
    int64_t number = 0;
    enum evx_status s = evx_sqlite_stream(j, stream, false, &number);
    return s ? s : two_keys_to_index(j->statement[EVX_SQL_ENTRY_FIND], (uint64_t)number, sequence, index);
}

enum evx_status evx_sqlite_next_for(struct evx_journal *base, const char *org, uint64_t from, uint64_t *index)
{
    struct evx_sqlite *j = evx_sqlite_of(base);
    *index = 0;
    int64_t number = 0;
    enum evx_status s = evx_sqlite_org(j, org, false, &number);
    return s ? s : two_keys_to_index(j->statement[EVX_SQL_ADDRESSED_NEXT], (uint64_t)number, from, index);
}

static enum evx_status take_boundary(sqlite3_stmt *q, struct evx_journal_boundary *out)
{
    enum evx_status s = evx_sqlite_row(q);
    if (s) return s;
    out->size = (uint64_t)sqlite3_column_int64(q, 0);
    s = evx_sqlite_column_exact(q, 1, out->root.b, sizeof out->root.b);
    return s ? s : evx_sqlite_column_buf(q, 2, &out->note, EVX_LIMIT_CONTROL_BYTES);
}

enum evx_status evx_sqlite_boundary(struct evx_journal *base, uint64_t size, struct evx_journal_boundary *out)
{
    sqlite3_stmt *q = evx_sqlite_of(base)->statement[EVX_SQL_BOUNDARY_FROM];
    enum evx_status s = evx_sqlite_bind_int(q, 1, size);
    if (!s) s = take_boundary(q, out);
    sqlite3_reset(q);
    return s;
}

enum evx_status evx_sqlite_last_boundary(struct evx_journal *base, struct evx_journal_boundary *out)
{
    sqlite3_stmt *q = evx_sqlite_of(base)->statement[EVX_SQL_BOUNDARY_LAST];
    enum evx_status s = take_boundary(q, out);
    sqlite3_reset(q);
    return s;
}

enum evx_status evx_sqlite_unsigned_boundaries(struct evx_journal *base, evx_journal_boundary_visit visit,
                                               void *user)
{
    sqlite3_stmt *q = evx_sqlite_of(base)->statement[EVX_SQL_BOUNDARY_OPEN];
    enum evx_status s;
    while (!(s = evx_sqlite_row(q))) {
        struct evx_digest root;
        s = evx_sqlite_column_exact(q, 1, root.b, sizeof root.b);
        if (!s) s = visit(user, (uint64_t)sqlite3_column_int64(q, 0), &root);
        if (s) break;
    }
    sqlite3_reset(q);
    return s == EVX_E_NOT_FOUND ? EVX_OK : s;
}

enum evx_status evx_sqlite_cosignatures(struct evx_journal *base, uint64_t size, struct evx_buf *out)
{
    sqlite3_stmt *q = evx_sqlite_of(base)->statement[EVX_SQL_COSIGNATURE_ALL];
    enum evx_status s = evx_sqlite_bind_int(q, 1, size);
    while (!s && !(s = evx_sqlite_row(q))) {
        struct evx_bytes line = evx_bytes(sqlite3_column_blob(q, 0), (size_t)sqlite3_column_bytes(q, 0));
        if (evx_crc32c(line) != (uint32_t)sqlite3_column_int64(q, 1)) s = EVX_E_STORE_DAMAGED;
        if (!s) s = evx_buf_append(out, line.p, line.n);
    }
    sqlite3_reset(q);
    return s == EVX_E_NOT_FOUND ? EVX_OK : s;
}

enum evx_status evx_sqlite_cosigned_below(struct evx_journal *base, uint64_t below, uint64_t *size)
{
    sqlite3_stmt *q = evx_sqlite_of(base)->statement[EVX_SQL_COSIGNATURE_BELOW];
    *size = 0;
    enum evx_status s = evx_sqlite_bind_int(q, 1, below < INT64_MAX ? below : INT64_MAX);
    if (!s) s = evx_sqlite_row(q);
    if (!s && sqlite3_column_type(q, 0) == SQLITE_NULL) s = EVX_E_NOT_FOUND;
    if (!s) *size = (uint64_t)sqlite3_column_int64(q, 0);
    sqlite3_reset(q);
    return s;
}

enum evx_status evx_sqlite_equivocations(struct evx_journal *base, uint64_t *count)
{
    sqlite3_stmt *q = evx_sqlite_of(base)->statement[EVX_SQL_EQUIVOCATION_COUNT];
    *count = 0;
    enum evx_status s = evx_sqlite_row(q);
    if (!s) *count = (uint64_t)sqlite3_column_int64(q, 0);
    sqlite3_reset(q);
    return s;
}

static struct evx_bytes blob_of(sqlite3_stmt *q, int column)
{
    const void *p = sqlite3_column_blob(q, column);
    return evx_bytes(p, (size_t)sqlite3_column_bytes(q, column));
}

static enum evx_status take_equivocation(sqlite3_stmt *q, uint64_t *number, struct evx_buf *first,
                                         struct evx_buf *second)
{
    struct evx_bytes a = blob_of(q, 1), b = blob_of(q, 2), kept = blob_of(q, 3);
    struct evx_digest hash[3];
    evx_sha256(&hash[0], a);
    evx_sha256(&hash[1], b);
    evx_sha256(&hash[2], evx_bytes(hash, 64));
    if (!evx_bytes_equal(kept, evx_bytes(hash[2].b, sizeof hash[2].b))) return EVX_E_STORE_DAMAGED;
    *number = (uint64_t)sqlite3_column_int64(q, 0);
    enum evx_status s = evx_buf_append(first, a.p, a.n);
    return s ? s : evx_buf_append(second, b.p, b.n);
}

enum evx_status evx_sqlite_equivocation(struct evx_journal *base, uint64_t after, uint64_t *number,
                                        struct evx_buf *first, struct evx_buf *second)
{
    sqlite3_stmt *q = evx_sqlite_of(base)->statement[EVX_SQL_EQUIVOCATION_NEXT];
    *number = 0;
    evx_buf_clear(first);
    evx_buf_clear(second);
    enum evx_status s = evx_sqlite_bind_int(q, 1, after < INT64_MAX ? after : INT64_MAX);
    if (!s) s = evx_sqlite_row(q);
    if (!s) s = take_equivocation(q, number, first, second);
    sqlite3_reset(q);
    return s;
}
