// SPDX-License-Identifier: Apache-2.0
//
// What stays on the disk when the process goes, and what is noticed when the
// disk comes back different.
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/engine/journal_sqlite.h"
#include "proto/base/file.h"
#include "tests/unit/broker/rig.h"

#define POLICE "northam-police"

struct scene {
    struct rig r;
    struct rig_stream stream;
    struct evx_buf bytes;
    struct evx_digest id;
};

static void begin(struct scene *s, int posts)
{
    memset(s, 0, sizeof *s);
    rig_new(&s->r);
    rig_hello(&s->r, 1, POLICE);
    s->stream = rig_stream(POLICE, 7);
    for (int i = 0; i < posts; i++) {
        rig_post(&s->r, 1, &s->stream, &s->bytes, &s->id);
        cr_assert_eq(rig_verdict(&s->r, 1, evx_buf_bytes(&s->bytes)), EVX_OK);
    }
}

static void end(struct scene *s)
{
    evx_buf_free(&s->bytes);
    rig_free(&s->r);
}

static uint64_t size_of(struct scene *s)
{
    uint64_t size = 0;
    cr_assert_eq(s->r.journal->ops->size(s->r.journal, &size), EVX_OK);
    return size;
}

static enum evx_status die(struct evx_journal *j)
{
    (void)j;
    _exit(9);
}

// A child writes on in the same folder and dies inside the transaction.
Test(journal, a_process_that_dies_inside_a_group_leaves_the_group_out, .timeout = 60)
{
    struct scene s;
    begin(&s, 3);
    rig_stop(&s.r);
    pid_t child = fork();
    if (child == 0) {
        if (rig_restart(&s.r)) _exit(1);
        rig_hello(&s.r, 1, POLICE);
        ((struct evx_journal_ops *)s.r.journal->ops)->commit = die;
        rig_post(&s.r, 1, &s.stream, &s.bytes, &s.id);
        _exit(2);
    }
    int status = 0;
    waitpid(child, &status, 0);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 9);
    cr_assert_eq(rig_restart(&s.r), EVX_OK);
    cr_assert_eq(size_of(&s), 4);
    rig_hello(&s.r, 1, POLICE);
    rig_post(&s.r, 1, &s.stream, &s.bytes, &s.id);
    cr_assert_eq(rig_verdict(&s.r, 1, evx_buf_bytes(&s.bytes)), EVX_OK);
    end(&s);
}

// Committed, and dead before the checkpoint was signed: the receipt comes after
// the restart, and it is the one that a later question gets too.
Test(journal, a_group_without_its_signature_is_signed_after_the_restart, .timeout = 60)
{
    struct scene s;
    begin(&s, 2);
    s.r.hold_sign = true;
    rig_post(&s.r, 1, &s.stream, &s.bytes, &s.id);
    cr_assert_null(rig_take(&s.r, 1));
    s.r.hold_sign = false;
    cr_assert_eq(rig_restart(&s.r), EVX_OK);
    cr_assert_eq(size_of(&s), 4);
    rig_hello(&s.r, 1, POLICE);
    rig_submit(&s.r, 1, POLICE, &s.id, evx_buf_bytes(&s.bytes));
    struct rig_out *o = rig_take(&s.r, 1);
    cr_assert(o && o->frame->body_case == EVX__V1__FRAME__BODY_RECEIPT);
    cr_assert(o->frame->receipt->duplicate);
    cr_assert_eq(o->frame->receipt->index, 3);
    rig_out_free(o);
    rig_submit(&s.r, 1, POLICE, &s.id, evx_buf_bytes(&s.bytes));
    cr_assert_eq(rig_verdict(&s.r, 1, evx_buf_bytes(&s.bytes)), EVX_OK);
    end(&s);
}

static void copy_file(const char *from, const char *to)
{
    struct evx_buf b = {0};
    if (!evx_path_exists(from)) {
        unlink(to);
        return;
    }
    cr_assert_eq(evx_file_read(&b, from, 256u << 20), EVX_OK);
    cr_assert_eq(evx_file_replace(to, evx_buf_bytes(&b), 0600), EVX_OK);
    evx_buf_free(&b);
}

Test(journal, an_older_copy_put_back_is_refused, .timeout = 60)
{
    struct scene s;
    char copy[160], wal[160];
    begin(&s, 2);
    rig_stop(&s.r);
    snprintf(copy, sizeof copy, "%s.copy", s.r.journal_path);
    snprintf(wal, sizeof wal, "%s-wal", s.r.journal_path);
    copy_file(s.r.journal_path, copy);
    cr_assert_eq(rig_restart(&s.r), EVX_OK);
    rig_hello(&s.r, 1, POLICE);
    rig_post(&s.r, 1, &s.stream, &s.bytes, &s.id);
    cr_assert_eq(rig_verdict(&s.r, 1, evx_buf_bytes(&s.bytes)), EVX_OK);
    rig_stop(&s.r);
    unlink(wal);
    copy_file(copy, s.r.journal_path);
    cr_assert_eq(rig_restart(&s.r), EVX_E_LOG_BEHIND);
    cr_assert_null(s.r.core);
    end(&s);
}

Test(journal, a_write_ahead_log_that_lost_its_end_is_refused, .timeout = 60)
{
    struct scene s;
    char wal[160], copy[160], database[160];
    begin(&s, 4);
    snprintf(wal, sizeof wal, "%s-wal", s.r.journal_path);
    snprintf(copy, sizeof copy, "%s.wal", s.r.journal_path);
    snprintf(database, sizeof database, "%s.db", s.r.journal_path);
    copy_file(wal, copy); // as a crash would leave it
    copy_file(s.r.journal_path, database);
    rig_stop(&s.r);
    copy_file(database, s.r.journal_path);
    copy_file(copy, wal);
    struct evx_buf b = {0};
    cr_assert_eq(evx_file_read(&b, wal, 64u << 20), EVX_OK);
    cr_assert_gt(b.n, 65536);
    cr_assert_eq(truncate(wal, (off_t)(b.n * 3 / 4)), 0);
    evx_buf_free(&b);
    enum evx_status found = rig_restart(&s.r);
    cr_assert(found == EVX_E_LOG_BEHIND, "%d", found);
    end(&s);
}

// Turns over one bit of every stored copy of these bytes.
static size_t flip_in_file(const char *path, struct evx_bytes what)
{
    struct evx_buf b = {0};
    size_t hits = 0;
    cr_assert_eq(evx_file_read(&b, path, 256u << 20), EVX_OK);
    for (uint8_t *at = b.p; (at = memmem(at, b.n - (size_t)(at - b.p), what.p, what.n)); at++, hits++)
        at[what.n / 2] ^= 4;
    cr_assert_eq(evx_file_replace(path, evx_buf_bytes(&b), 0600), EVX_OK);
    evx_buf_free(&b);
    return hits;
}

Test(journal, a_bit_turned_in_a_consignment_is_found_when_it_is_read, .timeout = 60)
{
    struct scene s;
    begin(&s, 3);
    rig_stop(&s.r);
    cr_assert_eq(flip_in_file(s.r.journal_path, evx_bytes(s.bytes.p + s.bytes.n - 64, 64)), 1);
    cr_assert_eq(rig_restart(&s.r), EVX_OK);
    struct evx_buf body = {0};
    cr_assert_eq(s.r.journal->ops->read_body(s.r.journal, 1, &body), EVX_OK);
    cr_assert_eq(s.r.journal->ops->read_body(s.r.journal, 3, &body), EVX_E_STORE_DAMAGED);
    rig_hello(&s.r, 3, "inspectorate-care");
    rig_fetch(&s.r, 3, "inspectorate-care", 0, 0, 0, false);
    for (int i = 0; i < 3; i++) {
        struct rig_out *o = rig_take(&s.r, 3);
        cr_assert(o && o->frame->body_case == EVX__V1__FRAME__BODY_ENTRY);
        rig_out_free(o);
    }
    cr_assert_eq(rig_verdict(&s.r, 3, evx_bytes(NULL, 0)), EVX_E_STORE_DAMAGED);
    evx_buf_free(&body);
    end(&s);
}

Test(journal, a_bit_turned_in_a_log_entry_keeps_the_broker_from_starting, .timeout = 60)
{
    struct scene s;
    struct evx_bytes header;
    const struct evx_signature *signature;
    begin(&s, 3);
    cr_assert_eq(evx_consignment_peek(&header, &signature, evx_buf_bytes(&s.bytes)), EVX_OK);
    struct evx_buf mark = {0}; // stands in the entry and in the consignment
    cr_assert_eq(evx_buf_append(&mark, signature->b, sizeof signature->b), EVX_OK);
    rig_stop(&s.r);
    cr_assert_geq(flip_in_file(s.r.journal_path, evx_buf_bytes(&mark)), 1);
    struct evx_journal *j = NULL;
    struct evx_journal_entry e = {0};
    const struct evx_journal_sqlite_options options = {.read_only = true};
    cr_assert_eq(evx_journal_sqlite_open(&j, s.r.journal_path, &options), EVX_OK);
    cr_assert_eq(j->ops->read(j, 2, &e), EVX_OK);
    cr_assert_eq(j->ops->read(j, 3, &e), EVX_E_STORE_DAMAGED);
    evx_journal_entry_free(&e);
    evx_journal_destroy(&j);
    cr_assert_neq(rig_restart(&s.r), EVX_OK);
    evx_buf_free(&mark);
    end(&s);
}

Test(journal, a_newer_programs_file_is_left_alone, .timeout = 60)
{
    struct scene s;
    begin(&s, 1);
    rig_stop(&s.r);
    int fd = open(s.r.journal_path, O_RDWR);
    cr_assert_geq(fd, 0);
    cr_assert_eq(pwrite(fd, "\0\0\0\3", 4, 60), 4); // user_version
    close(fd);
    cr_assert_eq(rig_restart(&s.r), EVX_E_SCHEMA);
    end(&s);
}
