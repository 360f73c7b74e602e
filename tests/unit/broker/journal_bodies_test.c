// SPDX-License-Identifier: Apache-2.0
//
// Large consignments stand in files beside the journal's database.
#include <criterion/criterion.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/engine/journal_sqlite.h"
#include "broker/fsck.h"
#include "proto/base/bodies.h"
#include "proto/base/file.h"
#include "tests/unit/broker/rig.h"

#define POLICE "northam-police"
#define LARGE  20000

struct scene {
    struct rig r;
    struct rig_stream stream;
    struct evx_buf bytes;
    struct evx_digest id;
    char file[160];
};

static bool sync_fails;

enum evx_status __real_evx_bodies_sync(struct evx_bodies *b);
enum evx_status __wrap_evx_bodies_sync(struct evx_bodies *b);
enum evx_status __wrap_evx_bodies_sync(struct evx_bodies *b)
{
    return sync_fails ? EVX_E_IO : __real_evx_bodies_sync(b);
}

static void seal(struct scene *s, uint8_t nonce)
{
    struct rig_sealing how = {.items = 1, .item_bytes = LARGE, .nonce = nonce};
    evx_buf_clear(&s->bytes);
    rig_seal(&s->r, &s->stream, &s->bytes, &s->id, &how);
}

static void post(struct scene *s, uint8_t nonce)
{
    seal(s, nonce);
    rig_submit(&s->r, 1, POLICE, &s->id, evx_buf_bytes(&s->bytes));
    cr_assert_eq(rig_verdict(&s->r, 1, evx_buf_bytes(&s->bytes)), EVX_OK);
}

static void begin(struct scene *s, int posts)
{
    memset(s, 0, sizeof *s);
    rig_new(&s->r);
    snprintf(s->file, sizeof s->file, "%s.bodies.0", s->r.journal_path);
    rig_hello(&s->r, 1, POLICE);
    s->stream = rig_stream(POLICE, 7);
    for (int i = 0; i < posts; i++)
        post(s, (uint8_t)(i + 1));
}

static void end(struct scene *s)
{
    unlink(s->file);
    evx_buf_free(&s->bytes);
    rig_free(&s->r);
}

static uint64_t size_of(struct scene *s)
{
    uint64_t size = 0;
    cr_assert_eq(s->r.journal->ops->size(s->r.journal, &size), EVX_OK);
    return size;
}

static struct evx_buf content_of(const char *path)
{
    struct evx_buf b = {0};
    cr_assert_eq(evx_file_read(&b, path, 256u << 20), EVX_OK);
    return b;
}

Test(journal_bodies, a_large_consignment_comes_back_after_a_restart, .timeout = 60)
{
    struct scene s;
    begin(&s, 2);
    struct evx_buf file = content_of(s.file), body = {0};
    cr_assert(memmem(file.p, file.n, s.bytes.p, s.bytes.n));
    evx_buf_free(&file);
    cr_assert_eq(rig_restart(&s.r), EVX_OK);
    uint64_t newest = size_of(&s) - 1;
    cr_assert_eq(s.r.journal->ops->read_body(s.r.journal, newest, &body), EVX_OK);
    cr_assert(evx_bytes_equal(evx_buf_bytes(&body), evx_buf_bytes(&s.bytes)));
    evx_buf_free(&body);
    end(&s);
}

static enum evx_status check(const struct scene *s, struct evx_fsck_result *result)
{
    struct evx_fsck_options o = {.journal = s->r.journal_path,
                                 .reg = s->r.register_path,
                                 .directory = s->r.directory,
                                 .inspection = evx_fixture_inspection()};
    return evx_fsck(result, &o);
}

Test(journal_bodies, a_bit_turned_in_a_file_is_found_by_reader_and_fsck, .timeout = 60)
{
    struct scene s;
    struct evx_fsck_result result;
    begin(&s, 2);
    uint64_t newest = size_of(&s) - 1;
    rig_stop(&s.r);
    cr_assert_eq(check(&s, &result), EVX_OK);
    cr_assert_eq(result.bodies, 2);
    struct evx_buf file = content_of(s.file), body = {0};
    file.p[file.n - 40] ^= 4;
    cr_assert_eq(evx_file_replace(s.file, evx_buf_bytes(&file), 0600), EVX_OK);
    evx_buf_free(&file);
    cr_assert_eq(check(&s, &result), EVX_E_STORE_DAMAGED);
    cr_assert_eq(result.fault_index, newest);
    cr_assert_eq(rig_restart(&s.r), EVX_OK);
    cr_assert_eq(s.r.journal->ops->read_body(s.r.journal, newest, &body), EVX_E_STORE_DAMAGED);
    cr_assert_eq(s.r.journal->ops->read_body(s.r.journal, newest - 1, &body), EVX_OK);
    evx_buf_free(&body);
    end(&s);
}

Test(journal_bodies, a_file_that_lost_its_end_keeps_the_broker_from_starting, .timeout = 60)
{
    struct scene s;
    struct evx_fsck_result result;
    begin(&s, 2);
    rig_stop(&s.r);
    struct evx_buf file = content_of(s.file);
    cr_assert_eq(truncate(s.file, (off_t)file.n - 1), 0);
    evx_buf_free(&file);
    cr_assert_eq(rig_restart(&s.r), EVX_E_STORE_DAMAGED);
    cr_assert_eq(check(&s, &result), EVX_E_STORE_DAMAGED);
    end(&s);
}

static enum evx_status die(struct evx_journal *j)
{
    (void)j;
    _exit(9);
}

Test(journal_bodies, bytes_of_a_group_that_died_are_written_over, .timeout = 60)
{
    struct scene s;
    begin(&s, 1);
    uint64_t before = size_of(&s);
    struct evx_buf file = content_of(s.file);
    rig_stop(&s.r);
    pid_t child = fork();
    if (child == 0) {
        if (rig_restart(&s.r)) _exit(1);
        rig_hello(&s.r, 1, POLICE);
        ((struct evx_journal_ops *)s.r.journal->ops)->commit = die;
        seal(&s, 50);
        rig_submit(&s.r, 1, POLICE, &s.id, evx_buf_bytes(&s.bytes));
        _exit(2);
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 9);
    struct evx_buf after = content_of(s.file);
    cr_assert_gt(after.n, file.n, "it did write");
    cr_assert_eq(rig_restart(&s.r), EVX_OK);
    cr_assert_eq(size_of(&s), before);
    rig_hello(&s.r, 1, POLICE);
    post(&s, 60);
    struct evx_buf now = content_of(s.file);
    cr_assert_eq(now.n, file.n + s.bytes.n);
    cr_assert(!memcmp(now.p + file.n, s.bytes.p, s.bytes.n));
    evx_buf_free(&file);
    evx_buf_free(&after);
    evx_buf_free(&now);
    end(&s);
}

// The bytes reach the disk before the entry that refers to them, or there is no entry
// and no receipt.
Test(journal_bodies, bytes_that_cannot_be_made_durable_get_no_receipt, .timeout = 60)
{
    struct scene s;
    begin(&s, 1);
    uint64_t before = size_of(&s);
    seal(&s, 70);
    sync_fails = true;
    rig_submit(&s.r, 1, POLICE, &s.id, evx_buf_bytes(&s.bytes));
    sync_fails = false;
    cr_assert_neq(rig_verdict(&s.r, 1, evx_buf_bytes(&s.bytes)), EVX_OK);
    cr_assert_eq(rig_restart(&s.r), EVX_OK);
    cr_assert_eq(size_of(&s), before);
    end(&s);
}

Test(journal_bodies, a_journal_of_an_earlier_program_is_taken_over, .timeout = 60)
{
    struct scene s;
    begin(&s, 0);
    rig_post(&s.r, 1, &s.stream, &s.bytes, &s.id);
    cr_assert_eq(rig_verdict(&s.r, 1, evx_buf_bytes(&s.bytes)), EVX_OK);
    rig_stop(&s.r);
    sqlite3 *db = NULL;
    cr_assert_eq(sqlite3_open(s.r.journal_path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db,
                              "DROP TABLE wipe; DROP INDEX entry_place; ALTER TABLE entry DROP COLUMN place;"
                              "PRAGMA user_version = 1;",
                              NULL, NULL, NULL),
                 SQLITE_OK);
    sqlite3_close(db);
    struct evx_fsck_result result;
    cr_assert_eq(check(&s, &result), EVX_E_SCHEMA, "who only reads changes nothing");
    cr_assert_eq(rig_restart(&s.r), EVX_OK);
    rig_hello(&s.r, 1, POLICE);
    post(&s, 80);
    rig_stop(&s.r);
    cr_assert_eq(check(&s, &result), EVX_OK);
    end(&s);
}

// Retention that was cut short between its transaction and the overwriting.
Test(journal_bodies, a_place_that_is_still_to_be_wiped_is_not_used_again, .timeout = 60)
{
    struct scene s;
    struct evx_buf body = {0};
    begin(&s, 1);
    rig_stop(&s.r);
    struct evx_buf file = content_of(s.file);
    sqlite3 *db = NULL;
    cr_assert_eq(sqlite3_open(s.r.journal_path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db,
                              "INSERT INTO wipe SELECT place, bytes FROM entry WHERE place IS NOT NULL;"
                              "UPDATE entry SET bytes = 0, place = NULL WHERE place IS NOT NULL;",
                              NULL, NULL, NULL),
                 SQLITE_OK);
    sqlite3_close(db);
    cr_assert_eq(rig_restart(&s.r), EVX_OK);
    rig_hello(&s.r, 1, POLICE);
    post(&s, 90);
    uint64_t newest = size_of(&s) - 1, dropped = 0;
    cr_assert_eq(s.r.journal->ops->drop_bodies(s.r.journal, newest, &dropped), EVX_OK);
    cr_assert_eq(s.r.journal->ops->read_body(s.r.journal, newest, &body), EVX_OK);
    cr_assert(evx_bytes_equal(evx_buf_bytes(&body), evx_buf_bytes(&s.bytes)));
    struct evx_buf now = content_of(s.file);
    cr_assert_gt(now.n, file.n);
    cr_assert_null(memmem(now.p, now.n, file.p + file.n - 64, 64), "and the old one is gone");
    evx_buf_free(&body);
    evx_buf_free(&file);
    evx_buf_free(&now);
    end(&s);
}
