// SPDX-License-Identifier: Apache-2.0
#include "broker/engine/sqlite.h"

#include <sys/stat.h>

#include "broker/checksum.h"
#include "proto/base/clock.h"

enum evx_status evx_sqlite_begin(struct evx_journal *base)
{
    struct evx_sqlite *j = evx_sqlite_of(base);
    evx_sqlite_close_body(j);
    j->size_before_group = j->size;
    return evx_sqlite_run(j->statement[EVX_SQL_BEGIN]);
}

// Without a place: the body, if there is one, gets a row of its own.
static enum evx_status add_entry(struct evx_sqlite *j, const struct evx_journal_append *a, int64_t stream,
                                 const uint64_t *place)
{
    sqlite3_stmt *q = j->statement[EVX_SQL_ENTRY_ADD];
    enum evx_status s = evx_sqlite_bind_int(q, 1, a->index);
    if (!s) s = evx_sqlite_bind_int(q, 2, (uint64_t)stream);
    if (!s) s = evx_sqlite_bind_int(q, 3, a->sequence);
    if (!s) s = evx_sqlite_bind_int(q, 4, a->body.n);
    if (!s) s = evx_sqlite_bind_int(q, 5, evx_crc32c(a->body));
    if (!s) s = evx_sqlite_bind_blob(q, 6, a->leaf.b, sizeof a->leaf.b);
    if (!s) s = evx_sqlite_bind_blob(q, 7, a->log_entry.p, a->log_entry.n);
    if (!s && place) s = evx_sqlite_bind_int(q, 8, *place);
    if (!s && !place) s = evx_sqlite_status(sqlite3_bind_null(q, 8));
    return s ? s : evx_sqlite_run(q);
}

static enum evx_status add_body(struct evx_sqlite *j, const struct evx_journal_append *a)
{
    sqlite3_stmt *q = j->statement[EVX_SQL_BODY_ADD];
    enum evx_status s = evx_sqlite_bind_int(q, 1, a->index);
    if (!s) s = evx_sqlite_bind_blob(q, 2, a->body.p, a->body.n);
    return s ? s : evx_sqlite_run(q);
}

static enum evx_status add_reader(struct evx_sqlite *j, const char *org, uint64_t index)
{
    int64_t number = 0;
    enum evx_status s = evx_sqlite_org(j, org, true, &number);
    sqlite3_stmt *q = j->statement[EVX_SQL_ADDRESSED_ADD];
    if (!s) s = evx_sqlite_bind_int(q, 1, (uint64_t)number);
    if (!s) s = evx_sqlite_bind_int(q, 2, index);
    return s ? s : evx_sqlite_run(q);
}

enum evx_status evx_sqlite_append(struct evx_journal *base, const struct evx_journal_append *a)
{
    struct evx_sqlite *j = evx_sqlite_of(base);
    if (a->index != j->size) return EVX_E_BUG;
    int64_t stream = 0;
    enum evx_status s = evx_sqlite_stream(j, &a->stream, true, &stream);
    bool beside = false;
    uint64_t place = 0;
    if (!s) s = evx_sqlite_place_body(j, a->body, &beside, &place);
    if (!s) s = add_entry(j, a, stream, beside ? &place : NULL);
    if (!s && a->body.n && !beside) s = add_body(j, a);
    for (size_t i = 0; !s && i < a->audience_n; i++)
        s = add_reader(j, a->audience[i], a->index);
    if (!s) j->size++;
    return s;
}

enum evx_status evx_sqlite_put_node(struct evx_journal *base, unsigned height, uint64_t number,
                                    const struct evx_digest *hash)
{
    sqlite3_stmt *q = evx_sqlite_of(base)->statement[EVX_SQL_NODE_ADD];
    enum evx_status s = evx_sqlite_bind_int(q, 1, (uint64_t)evx_sqlite_node_id(height, number));
    if (!s) s = evx_sqlite_bind_blob(q, 2, hash->b, sizeof hash->b);
    return s ? s : evx_sqlite_run(q);
}

enum evx_status evx_sqlite_put_head(struct evx_journal *base, const struct evx_stream_key *stream,
                                    const struct evx_chain_head *head)
{
    struct evx_sqlite *j = evx_sqlite_of(base);
    int64_t number = 0;
    enum evx_status s = evx_sqlite_stream(j, stream, true, &number);
    sqlite3_stmt *q = j->statement[EVX_SQL_STREAM_MOVE];
    if (!s) s = evx_sqlite_bind_int(q, 1, (uint64_t)number);
    if (!s) s = evx_sqlite_bind_int(q, 2, head->sequence);
    if (!s) s = evx_sqlite_bind_blob(q, 3, head->last.b, sizeof head->last.b);
    if (!s) s = evx_sqlite_bind_int(q, 4, head->frozen);
    return s ? s : evx_sqlite_run(q);
}

enum evx_status evx_sqlite_put_boundary(struct evx_journal *base, uint64_t size,
                                        const struct evx_digest *root)
{
    sqlite3_stmt *q = evx_sqlite_of(base)->statement[EVX_SQL_BOUNDARY_ADD];
    enum evx_status s = evx_sqlite_bind_int(q, 1, size);
    if (!s) s = evx_sqlite_bind_blob(q, 2, root->b, sizeof root->b);
    return s ? s : evx_sqlite_run(q);
}

enum evx_status evx_sqlite_put_note(struct evx_journal *base, uint64_t size, struct evx_bytes note)
{
    sqlite3_stmt *q = evx_sqlite_of(base)->statement[EVX_SQL_BOUNDARY_NOTE];
    enum evx_status s = evx_sqlite_bind_int(q, 1, size);
    if (!s) s = evx_sqlite_bind_blob(q, 2, note.p, note.n);
    return s ? s : evx_sqlite_run(q);
}

enum evx_status evx_sqlite_put_equivocation(struct evx_journal *base,
                                            const struct evx_journal_equivocation *e)
{
    struct evx_sqlite *j = evx_sqlite_of(base);
    int64_t stream = 0;
    struct evx_digest hash[3];
    evx_sha256(&hash[0], e->first);
    evx_sha256(&hash[1], e->second);
    evx_sha256(&hash[2], evx_bytes(hash, 64));
    enum evx_status s = evx_sqlite_stream(j, &e->stream, true, &stream);
    sqlite3_stmt *q = j->statement[EVX_SQL_EQUIVOCATION_ADD];
    if (!s) s = evx_sqlite_bind_int(q, 1, (uint64_t)stream);
    if (!s) s = evx_sqlite_bind_int(q, 2, e->sequence);
    if (!s) s = evx_sqlite_bind_blob(q, 3, e->first.p, e->first.n);
    if (!s) s = evx_sqlite_bind_blob(q, 4, e->second.p, e->second.n);
    if (!s) s = evx_sqlite_bind_blob(q, 5, hash[2].b, sizeof hash[2].b);
    return s ? s : evx_sqlite_run(q);
}

enum evx_status evx_sqlite_put_cosignature(struct evx_journal *base, uint64_t size, const char *witness,
                                           struct evx_bytes line)
{
    sqlite3_stmt *q = evx_sqlite_of(base)->statement[EVX_SQL_COSIGNATURE_ADD];
    enum evx_status s = evx_sqlite_bind_int(q, 1, size);
    if (!s) s = evx_sqlite_bind_text(q, 2, witness);
    if (!s) s = evx_sqlite_bind_blob(q, 3, line.p, line.n);
    if (!s) s = evx_sqlite_bind_int(q, 4, evx_crc32c(line));
    return s ? s : evx_sqlite_run(q);
}

static void count_commit(struct evx_journal_stats *stats, uint64_t ns)
{
    size_t last = sizeof stats->commit_ns / sizeof stats->commit_ns[0] - 1;
    size_t bucket = 0;
    while (bucket < last && ns >= (16000ull << bucket))
        bucket++;
    stats->commits++;
    stats->commit_ns[bucket]++;
}

enum evx_status evx_sqlite_commit(struct evx_journal *base)
{
    struct evx_sqlite *j = evx_sqlite_of(base);
    uint64_t began = evx_clock_monotonic_ns();
    enum evx_status s = evx_bodies_sync(j->bodies); // first the bytes, then the rows that refer to them
    if (!s) s = evx_sqlite_run(j->statement[EVX_SQL_COMMIT]);
    if (!s) evx_bodies_keep(j->bodies);
    count_commit(&j->stats, evx_clock_monotonic_ns() - began);
    return s;
}

void evx_sqlite_rollback(struct evx_journal *base)
{
    struct evx_sqlite *j = evx_sqlite_of(base);
    // A full disk rolls back by itself; a second ROLLBACK would only be an error.
    if (!sqlite3_get_autocommit(j->db))
        EVX_IGNORE(evx_sqlite_run(j->statement[EVX_SQL_ROLLBACK]), "gone anyway");
    evx_bodies_undo(j->bodies);
    j->size = j->size_before_group;
    evx_sqlite_forget(j);
}

static uint64_t file_bytes(const char *path, const char *suffix)
{
    struct evx_buf name = {0};
    struct stat st = {0};
    if (evx_buf_printf(&name, "%s%s%c", path, suffix, 0) || stat((const char *)name.p, &st)) st.st_size = 0;
    evx_buf_free(&name);
    return (uint64_t)st.st_size;
}

static enum evx_status fold(struct evx_sqlite *j)
{
    int frames = 0, moved = 0;
    evx_sqlite_close_body(j);
    int rc = sqlite3_wal_checkpoint_v2(j->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &frames, &moved);
    if (rc == SQLITE_OK && frames == moved) j->stats.log_bytes = 0;
    return (rc & 0xff) == SQLITE_BUSY ? EVX_OK : evx_sqlite_status(rc);
}

enum evx_status evx_sqlite_maintain(struct evx_journal *base, bool idle)
{
    struct evx_sqlite *j = evx_sqlite_of(base);
    uint64_t bytes = j->stats.log_bytes;
    if (bytes < j->fold_bytes && !(idle && bytes >= j->fold_bytes / 16)) return EVX_OK;
    return fold(j);
}

void evx_sqlite_stats(struct evx_journal *base, struct evx_journal_stats *out)
{
    struct evx_sqlite *j = evx_sqlite_of(base);
    *out = j->stats;
    out->file_bytes = file_bytes(j->path, "") + evx_bodies_end(j->bodies);
}
