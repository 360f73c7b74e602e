// SPDX-License-Identifier: Apache-2.0
//
// A store whose file somebody wrote to. Without the key they can exchange, shorten and
// remove; what cannot be done without it is written here through the store's own means.
#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/collector/store_parts.h"
#include "tests/unit/collector/rig.h"

// --- every record in memory of exactly its size ---

struct exact {
    evx_store_db_record_visit visit;
    void *user;
};

enum evx_status __real_evx_store_db_records(struct evx_store_db *d, enum evx_store_record kind,
                                            struct evx_bytes from, struct evx_bytes to,
                                            evx_store_db_record_visit visit, void *user);
enum evx_status __wrap_evx_store_db_records(struct evx_store_db *d, enum evx_store_record kind,
                                            struct evx_bytes from, struct evx_bytes to,
                                            evx_store_db_record_visit visit, void *user);

static struct evx_bytes copy_of(struct evx_bytes b)
{
    uint8_t *p = malloc(b.n);
    if (b.n) memcpy(p, b.p, b.n);
    return evx_bytes(p, b.n);
}

static enum evx_status visit_exact(void *user, struct evx_bytes key, struct evx_bytes packed)
{
    const struct exact *e = user;
    struct evx_bytes k = copy_of(key), p = copy_of(packed);
    enum evx_status s = e->visit(e->user, k, p);
    free((void *)k.p);
    free((void *)p.p);
    return s;
}

enum evx_status __wrap_evx_store_db_records(struct evx_store_db *d, enum evx_store_record kind,
                                            struct evx_bytes from, struct evx_bytes to,
                                            evx_store_db_record_visit visit, void *user)
{
    struct exact e = {visit, user};
    return __real_evx_store_db_records(d, kind, from, to, visit_exact, &e);
}

// --- means ---

static struct rig r;

static void store(const char *sender, const struct evx_chain_link *link, struct evx_digest *id)
{
    struct rig_sealed s;
    rig_evidence(&s, &r, sender, link, 2);
    struct evx_fetched f = rig_fetched(&r, &s);
    cr_assert_eq(rig_store(&r, &f).consignment.code, EVX_OK);
    *id = s.id;
    rig_sealed_free(&s);
}

// Two streams: the police's of two consignments, so that its tree has one node, and the school's.
static void setup(void)
{
    struct evx_chain_link police = rig_first(1), school = rig_first(2);
    struct evx_digest id;
    rig_new(&r);
    store(RIG_POLICE, &police, &id);
    police = rig_after(&police, &id);
    store(RIG_POLICE, &police, &id);
    store(RIG_SCHOOL, &school, &id);
}
static void teardown(void) { rig_free(&r); }
#define RIG .init = setup, .fini = teardown, .timeout = 60

static const struct evx_bytes nothing = {(const uint8_t *)"", 0};

static struct evx_bytes stream_key(uint8_t stream)
{
    static struct evx_stream_id id;
    memset(id.b, stream, sizeof id.b);
    return evx_bytes(id.b, sizeof id.b);
}

struct record {
    struct evx_buf key, packed;
};

static enum evx_status keep(void *user, struct evx_bytes key, struct evx_bytes packed)
{
    struct record *out = user;
    cr_assert_eq(out->packed.n, 0, "one record");
    cr_assert_eq(evx_buf_append(&out->key, key.p, key.n), EVX_OK);
    return evx_buf_append(&out->packed, packed.p, packed.n);
}

static struct record record_in(enum evx_store_record kind, struct evx_bytes from, struct evx_bytes to)
{
    struct record out = {0};
    cr_assert_eq(evx_store_db_records(r.store->rows, kind, from, to, keep, &out), EVX_OK);
    cr_assert_gt(out.packed.n, EVX_STORE_SEAL_BYTES);
    return out;
}

static void record_free(struct record *b)
{
    evx_buf_free(&b->key);
    evx_buf_free(&b->packed);
}

// As somebody writes it who has no key.
static void write_raw(enum evx_store_record kind, struct evx_bytes key, struct evx_bytes packed)
{
    cr_assert_eq(evx_store_db_put_record(r.store->rows, kind, key, packed), EVX_OK);
}

// Sealed, as only the store itself could have written it.
static void write_sealed(enum evx_store_record kind, struct evx_bytes key, struct evx_bytes content)
{
    cr_assert_eq(evx_record_put(r.store, kind, key, content), EVX_OK);
}

static void change(const char *sql)
{
    char path[128];
    sqlite3 *db = NULL;
    snprintf(path, sizeof path, "%s/store.db", r.folder);
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
    sqlite3_close(db);
}

static enum evx_status count_stream(void *user, const struct evx_store_stream *stream)
{
    cr_assert(strcmp(stream->sender, RIG_POLICE) == 0 || strcmp(stream->sender, RIG_SCHOOL) == 0);
    ++*(size_t *)user;
    return EVX_OK;
}

static enum evx_status streams(void)
{
    size_t n = 0;
    return evx_store_streams(r.store, count_stream, &n);
}

static enum evx_status cursor(struct evx_store *s)
{
    struct evx_frontier f;
    struct evx_buf note = {0};
    enum evx_status status = evx_store_cursor(s, &f, &note);
    evx_buf_free(&note);
    return status;
}

static enum evx_status cursor_without_key(void)
{
    struct evx_store *reader = rig_reader(&r, false);
    enum evx_status s = cursor(reader);
    evx_store_close(&reader);
    return s;
}

// --- what needs no key ---

Test(store_tampered, a_record_in_the_place_of_another_is_damage, RIG)
{
    struct record police = record_in(EVX_RECORD_STREAM, stream_key(1), stream_key(1));
    struct evx_bytes packed = evx_buf_bytes(&police.packed);
    cr_assert_eq(streams(), EVX_OK);
    write_raw(EVX_RECORD_STREAM, stream_key(2), packed);
    cr_assert_eq(streams(), EVX_E_STORE_DAMAGED, "the school's chain would go on from that of the police");
    record_free(&police);
}

Test(store_tampered, every_altered_byte_of_a_record_is_damage, RIG)
{
    struct record school = record_in(EVX_RECORD_STREAM, stream_key(2), stream_key(2));
    for (size_t i = 0; i < school.packed.n; i += 7) {
        school.packed.p[i] ^= 1;
        write_raw(EVX_RECORD_STREAM, stream_key(2), evx_buf_bytes(&school.packed));
        cr_assert_eq(streams(), EVX_E_STORE_DAMAGED, "byte %zu", i);
        school.packed.p[i] ^= 1;
    }
    write_raw(EVX_RECORD_STREAM, stream_key(2), evx_buf_bytes(&school.packed));
    cr_assert_eq(streams(), EVX_OK);
    record_free(&school);
}

// 0 to 31 bytes are less than a seal; a cursor without a note has 32 + 8 + 64 nodes.
Test(store_tampered, a_shortened_record_is_damage_with_and_without_the_key, RIG)
{
    static const size_t length[] = {0, 1, 31, 32, 39, 40, 32 + 8 + 64 * 32 - 1};
    struct record whole = record_in(EVX_RECORD_CURSOR, nothing, nothing);
    cr_assert_eq(cursor(r.store), EVX_OK);
    cr_assert_eq(cursor_without_key(), EVX_OK);
    for (size_t i = 0; i < sizeof length / sizeof *length; i++) {
        write_raw(EVX_RECORD_CURSOR, nothing, evx_bytes(whole.packed.p, length[i]));
        cr_assert_eq(cursor(r.store), EVX_E_STORE_DAMAGED, "%zu bytes", length[i]);
        cr_assert_eq(cursor_without_key(), EVX_E_STORE_DAMAGED, "%zu bytes", length[i]);
    }
    record_free(&whole);
}

// Not the same as a cursor that stands at nothing.
Test(store_tampered, a_removed_cursor_is_missed, RIG)
{
    change("DELETE FROM record WHERE kind = 1");
    cr_assert_eq(cursor(r.store), EVX_E_NOT_FOUND);
    cr_assert_eq(cursor_without_key(), EVX_E_NOT_FOUND);
}

static enum evx_status count_item(void *user, const struct evx_store_row *row)
{
    (void)row;
    ++*(size_t *)user;
    return EVX_OK;
}

static enum evx_status count_owed(void *user, const struct evx_store_consignment *c,
                                  const struct evx_store_item *item, size_t items)
{
    (void)c, (void)item;
    *(size_t *)user += items;
    return EVX_OK;
}

// There is no key to check a seal with: whatever is counted must fit where it is counted.
Test(store_tampered, rows_of_impossible_length_are_damage_without_the_key, RIG)
{
    char sql[128];
    size_t n = 0;
    struct evx_store *reader = rig_reader(&r, false);
    cr_assert_eq(evx_store_items(reader, 0, count_item, &n), EVX_OK);
    cr_assert_eq(n, 6);
    change("UPDATE consignment SET items = substr(items, 1, 47) WHERE idx = 2");
    cr_assert_eq(evx_store_items(reader, 0, count_item, &n), EVX_E_STORE_DAMAGED);
    snprintf(sql, sizeof sql, "UPDATE consignment SET owed = 1, items = zeroblob(%d) WHERE idx = 2",
             (EVX_LIMIT_ITEMS + 1) * EVX_STORE_ITEM_BYTES);
    change(sql);
    cr_assert_eq(evx_store_owed(reader, count_owed, &n), EVX_E_STORE_DAMAGED);
    evx_store_close(&reader);
}

// --- what needs it: sealed, but not as long as it should be ---

// Head, the node of the police's tree, the sender.
Test(store_tampered, a_sealed_stream_of_a_wrong_length_is_damage, RIG)
{
    struct record police = record_in(EVX_RECORD_STREAM, stream_key(1), stream_key(1));
    struct evx_buf content = {0};
    cr_assert_eq(evx_buf_append(&content, police.packed.p + EVX_STORE_SEAL_BYTES,
                                police.packed.n - EVX_STORE_SEAL_BYTES),
                 EVX_OK);
    const size_t head = content.n - strlen(RIG_POLICE);
    cr_assert_eq(evx_store_begin(r.store), EVX_OK);
    for (size_t n = 0; n < head; n++) {
        write_sealed(EVX_RECORD_STREAM, stream_key(1), evx_bytes(content.p, n));
        cr_assert_eq(streams(), EVX_E_STORE_DAMAGED, "%zu bytes", n);
    }
    while (content.n < head + EVX_ORG_ID_BYTES)
        cr_assert_eq(evx_buf_append(&content, "x", 1), EVX_OK);
    write_sealed(EVX_RECORD_STREAM, stream_key(1), evx_buf_bytes(&content));
    cr_assert_eq(streams(), EVX_E_STORE_DAMAGED, "no room for the sender's end");
    evx_store_rollback(r.store);
    cr_assert_eq(streams(), EVX_OK);
    evx_buf_free(&content);
    record_free(&police);
}

Test(store_tampered, a_sealed_cursor_without_all_its_nodes_is_damage, RIG)
{
    static const uint8_t content[8 + 64 * 32];
    cr_assert_eq(evx_store_begin(r.store), EVX_OK);
    write_sealed(EVX_RECORD_CURSOR, nothing, evx_bytes(content, sizeof content));
    cr_assert_eq(cursor(r.store), EVX_OK);
    write_sealed(EVX_RECORD_CURSOR, nothing, evx_bytes(content, sizeof content - 1));
    cr_assert_eq(cursor(r.store), EVX_E_STORE_DAMAGED);
    evx_store_rollback(r.store);
}

static const struct evx_store_part only_part = {.sender = RIG_POLICE, .part = 1, .part_count = 1};

static enum evx_status parts(void)
{
    struct evx_buf refs = {0};
    enum evx_status s = evx_store_attachment_parts(r.store, RIG_POLICE, &only_part.file, &refs);
    evx_buf_free(&refs);
    return s;
}

static void expect_part_damage(struct evx_bytes key, size_t n)
{
    static const uint8_t content[32];
    cr_assert_eq(evx_store_begin(r.store), EVX_OK);
    write_sealed(EVX_RECORD_PART, key, evx_bytes(content, n));
    cr_assert_eq(parts(), EVX_E_STORE_DAMAGED, "key of %zu, content of %zu", key.n, n);
    evx_store_rollback(r.store);
}

// Tag and number make 36 bytes; index, item and count make 16.
Test(store_tampered, a_sealed_part_of_a_wrong_length_is_damage, RIG)
{
    uint8_t last[36], longer[37] = {0};
    memset(last, 0xff, sizeof last);
    cr_assert_eq(evx_store_begin(r.store), EVX_OK);
    cr_assert_eq(evx_store_put_part(r.store, &only_part), EVX_OK);
    cr_assert_eq(evx_store_commit(r.store), EVX_OK);
    struct record part = record_in(EVX_RECORD_PART, nothing, evx_bytes(last, sizeof last));
    cr_assert_eq(part.key.n, sizeof last);
    memcpy(longer, part.key.p, sizeof last);
    cr_assert_eq(parts(), EVX_OK);
    expect_part_damage(evx_buf_bytes(&part.key), 15);
    expect_part_damage(evx_buf_bytes(&part.key), 17);
    expect_part_damage(evx_bytes(longer, sizeof longer), 16);
    longer[32] = 1;
    expect_part_damage(evx_bytes(longer, 33), 16);
    record_free(&part);
}
