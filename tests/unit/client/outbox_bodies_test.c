// SPDX-License-Identifier: Apache-2.0
//
// Large consignments stand in files beside the outbox's database.
#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/client/outbox.h"
#include "proto/base/bodies.h"
#include "proto/base/file.h"
#include "tests/testlib/fixture.h"

#define NOW   1772355600000ull
#define LARGE 20000 // bytes of an item; two make a consignment that stands in the files

static char folder[64], path[96], first_file[112], second_file[112];
static struct evx_fixture *fixture;
static struct evx_stream_id stream = {{1, 2, 3}};
static struct evx_digest last;
static uint64_t sequence;
static bool sync_fails;

enum evx_status __real_evx_bodies_sync(struct evx_bodies *b);
enum evx_status __wrap_evx_bodies_sync(struct evx_bodies *b);
enum evx_status __wrap_evx_bodies_sync(struct evx_bodies *b)
{
    return sync_fails ? EVX_E_IO : __real_evx_bodies_sync(b);
}

static struct evx_outbox_options options(void)
{
    return (struct evx_outbox_options){
        .organisation = "northam-police", .inspection = evx_fixture_inspection(), .limit_bytes = 64u << 20};
}

static struct evx_outbox *open_outbox(void)
{
    struct evx_outbox *o = NULL;
    struct evx_outbox_options how = options();
    cr_assert_eq(evx_outbox_open(&o, path, &how), EVX_OK);
    return o;
}

static void set_up(void)
{
    snprintf(folder, sizeof folder, "/tmp/outbox-bodies-XXXXXX");
    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/outbox.db", folder);
    snprintf(first_file, sizeof first_file, "%s.bodies.0", path);
    snprintf(second_file, sizeof second_file, "%s.bodies.1", path);
    fixture = evx_fixture_new();
    cr_assert(fixture);
}

static void tear_down(void)
{
    static const char *const ends[] = {"", "-wal", "-shm", ".bodies.0", ".bodies.1", ".bodies.2"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
    rmdir(folder);
    evx_fixture_free(fixture);
}

// The next consignment of two items, in a transaction that is open.
static uint64_t add(struct evx_outbox *o, size_t item_bytes, struct evx_digest *id, struct evx_buf *copy)
{
    struct evx_buf whole = {0};
    struct evx_item_id items[2] = {{{1}}, {{2}}};
    struct evx_chain_link link = {.stream = stream, .sequence = sequence + 1, .previous = last};
    cr_assert_eq(evx_fixture_consignment(&whole, id, fixture, "northam-police", &link, 2, item_bytes),
                 EVX_OK);
    struct evx_outbox_new row = {.id = *id,
                                 .sequence = ++sequence,
                                 .whole = evx_buf_bytes(&whole),
                                 .item_id = items,
                                 .items = 2,
                                 .awaits = true,
                                 .now_ms = NOW};
    memcpy(row.signer.b, evx_fixture_key(fixture, "northam-police", EVX_KEY_SIG)->public_key, 32);
    uint64_t number = 0;
    cr_assert_eq(evx_outbox_add(o, &row, &number), EVX_OK);
    last = *id;
    if (copy) *copy = whole;
    if (!copy) evx_buf_free(&whole);
    return number;
}

static void begin(struct evx_outbox *o)
{
    struct evx_outbox_stream s;
    cr_assert_eq(evx_outbox_begin(o), EVX_OK);
    if (evx_outbox_stream(o, &s) == EVX_E_NOT_FOUND)
        cr_assert_eq(evx_outbox_stream_begin(o, &stream, NULL), EVX_OK);
}

static uint64_t add_committed(struct evx_outbox *o, size_t item_bytes, struct evx_digest *id,
                              struct evx_buf *copy)
{
    begin(o);
    uint64_t number = add(o, item_bytes, id, copy);
    cr_assert_eq(evx_outbox_commit(o), EVX_OK);
    return number;
}

static size_t file_bytes(const char *name)
{
    struct evx_buf b = {0};
    if (!evx_path_exists(name)) return 0;
    cr_assert_eq(evx_file_read(&b, name, 64u << 20), EVX_OK);
    size_t n = b.n;
    evx_buf_free(&b);
    return n;
}

static void change_last_byte(const char *name)
{
    struct evx_buf b = {0};
    cr_assert_eq(evx_file_read(&b, name, 64u << 20), EVX_OK);
    b.p[b.n - 1] ^= 1;
    cr_assert_eq(evx_file_replace(name, evx_buf_bytes(&b), 0600), EVX_OK);
    evx_buf_free(&b);
}

TestSuite(outbox_bodies, .init = set_up, .fini = tear_down, .timeout = 60);

Test(outbox_bodies, a_large_consignment_comes_back_byte_for_byte)
{
    struct evx_digest id;
    struct evx_buf small = {0}, large = {0};
    struct evx_outbox *o = open_outbox();
    add_committed(o, 600, &id, &small);
    cr_assert_eq(file_bytes(first_file), 0, "a small one stays in the database");
    add_committed(o, LARGE, &id, &large);
    cr_assert_eq(file_bytes(first_file), large.n);
    cr_assert_lt(file_bytes(path) + large.n, 2 * large.n, "and not in the database");
    evx_outbox_close(&o);
    o = open_outbox();
    struct evx_parcel *p = NULL;
    uint64_t number = 0;
    cr_assert_eq(evx_outbox_next(o, 0, &p, &number), EVX_OK);
    cr_assert(evx_bytes_equal(p->whole, evx_buf_bytes(&small)));
    evx_parcel_destroy(&p);
    cr_assert_eq(evx_outbox_next(o, number, &p, &number), EVX_OK);
    cr_assert(evx_bytes_equal(p->whole, evx_buf_bytes(&large)));
    evx_parcel_destroy(&p);
    cr_assert_eq(evx_outbox_at_sequence(o, &stream, 2, &p), EVX_OK);
    cr_assert(evx_bytes_equal(p->whole, evx_buf_bytes(&large)));
    evx_parcel_destroy(&p);
    evx_outbox_close(&o);
    evx_buf_free(&small);
    evx_buf_free(&large);
}

Test(outbox_bodies, a_changed_byte_is_noticed_when_it_is_read)
{
    struct evx_digest id;
    struct evx_outbox *o = open_outbox();
    add_committed(o, LARGE, &id, NULL);
    evx_outbox_close(&o);
    change_last_byte(first_file);
    o = open_outbox();
    struct evx_parcel *p = NULL;
    uint64_t number = 0;
    cr_assert_eq(evx_outbox_next(o, 0, &p, &number), EVX_E_STORE_DAMAGED);
    cr_assert_null(p);
    evx_outbox_close(&o);
}

Test(outbox_bodies, a_file_that_lost_its_end_is_refused_at_the_start)
{
    struct evx_digest id;
    struct evx_buf whole = {0};
    struct evx_outbox *o = open_outbox();
    add_committed(o, LARGE, &id, &whole);
    evx_outbox_close(&o);
    cr_assert_eq(truncate(first_file, (off_t)whole.n - 1), 0);
    struct evx_outbox_options how = options();
    cr_assert_eq(evx_outbox_open(&o, path, &how), EVX_E_STORE_DAMAGED);
    cr_assert_null(o);
    evx_buf_free(&whole);
}

Test(outbox_bodies, what_was_undone_leaves_no_bytes)
{
    struct evx_digest id;
    struct evx_buf whole = {0};
    struct evx_outbox *o = open_outbox();
    add_committed(o, LARGE, &id, &whole);
    begin(o);
    add(o, LARGE, &id, NULL);
    evx_outbox_rollback(o);
    sequence--;
    cr_assert_eq(file_bytes(first_file), whole.n);
    evx_outbox_close(&o);
    evx_buf_free(&whole);
}

// The bytes reach the disk before the row that refers to them, or there is no row.
Test(outbox_bodies, bytes_that_cannot_be_made_durable_make_no_row)
{
    struct evx_digest id;
    struct evx_outbox *o = open_outbox();
    begin(o);
    add(o, LARGE, &id, NULL);
    sync_fails = true;
    cr_assert_eq(evx_outbox_commit(o), EVX_E_IO);
    cr_assert_eq(evx_outbox_begin(o), EVX_E_IO, "it is not known what the disk holds");
    sync_fails = false;
    evx_outbox_close(&o);
    o = open_outbox();
    cr_assert_eq(evx_outbox_count(o).rows, 0);
    evx_outbox_close(&o);
}

static enum evx_status refuse(struct evx_outbox *o, uint64_t number)
{
    cr_assert_eq(evx_outbox_begin(o), EVX_OK);
    cr_assert_eq(evx_outbox_refuse(o, number, EVX_E_CHAIN, true, NOW), EVX_OK);
    return evx_outbox_commit(o);
}

Test(outbox_bodies, files_leave_with_the_last_row_that_needs_them)
{
    struct evx_digest id;
    struct evx_outbox *o = open_outbox();
    uint64_t first = add_committed(o, LARGE, &id, NULL), second = add_committed(o, LARGE, &id, NULL);
    cr_assert_eq(refuse(o, first), EVX_OK);
    cr_assert_eq(evx_outbox_tidy(o, true), EVX_OK);
    cr_assert_gt(file_bytes(first_file), 0, "the second one is still to be sent");
    cr_assert_eq(refuse(o, second), EVX_OK);
    cr_assert_eq(evx_outbox_tidy(o, true), EVX_OK);
    cr_assert_eq(file_bytes(first_file), 0);
    struct evx_parcel *p = NULL;
    uint64_t number = 0;
    uint64_t third = add_committed(o, LARGE, &id, NULL);
    cr_assert_eq(evx_outbox_next(o, 0, &p, &number), EVX_OK);
    cr_assert_eq(number, third);
    evx_parcel_destroy(&p);
    evx_outbox_close(&o);
}

Test(outbox_bodies, an_outbox_of_an_earlier_program_is_taken_over)
{
    struct evx_digest id;
    struct evx_outbox *o = open_outbox();
    add_committed(o, 600, &id, NULL);
    evx_outbox_close(&o);
    sqlite3 *db = NULL;
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db,
                              "DROP TABLE IF EXISTS erased; DROP INDEX body_place; CREATE TABLE b(number "
                              "INTEGER PRIMARY KEY, bytes BLOB);"
                              "INSERT INTO b SELECT number, bytes FROM body; DROP TABLE body;"
                              "CREATE TABLE body(number INTEGER PRIMARY KEY REFERENCES consignment(number),"
                              " bytes BLOB NOT NULL) STRICT; INSERT INTO body SELECT * FROM b; DROP TABLE b;"
                              "PRAGMA user_version = 2;",
                              NULL, NULL, NULL),
                 SQLITE_OK);
    sqlite3_close(db);
    o = open_outbox();
    struct evx_parcel *p = NULL;
    uint64_t number = 0;
    cr_assert_eq(evx_outbox_next(o, 0, &p, &number), EVX_OK);
    evx_parcel_destroy(&p);
    add_committed(o, LARGE, &id, NULL);
    cr_assert_gt(file_bytes(first_file), 0);
    evx_outbox_close(&o);
}
