// SPDX-License-Identifier: Apache-2.0
//
// Consignments past retention go from the disk; the log, its proofs and everything after
// them stay, and readers are told.
#include "broker/retention.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "broker/fsck.h"
#include "proto/base/file.h"
#include "tests/unit/broker/rig.h"

#define POLICE "northam-police"
#define SMALL  300
#define LARGE  20000
#define POSTS  4

static struct rig r;
static struct rig_stream stream;
static struct evx_buf sent[POSTS];
static char bodies[160];

static void post(size_t i, size_t item_bytes)
{
    struct rig_sealing how = {.items = 1, .item_bytes = item_bytes, .nonce = (uint8_t)(i + 1)};
    struct evx_digest id;
    rig_seal(&r, &stream, &sent[i], &id, &how);
    rig_submit(&r, 1, POLICE, &id, evx_buf_bytes(&sent[i]));
    cr_assert_eq(rig_verdict(&r, 1, evx_buf_bytes(&sent[i])), EVX_OK);
    r.now_ms += 1000;
}

static void setup(void)
{
    memset(sent, 0, sizeof sent);
    rig_new(&r);
    snprintf(bodies, sizeof bodies, "%s.bodies.0", r.journal_path);
    rig_hello(&r, 1, POLICE);
    stream = rig_stream(POLICE, 7);
    for (size_t i = 0; i < POSTS; i++)
        post(i, i % 2 ? LARGE : SMALL);
}

static void teardown(void)
{
    for (size_t i = 0; i < POSTS; i++)
        evx_buf_free(&sent[i]);
    unlink(bodies);
    rig_free(&r);
}
#define RIG .init = setup, .fini = teardown, .timeout = 60

// Index of a consignment: the first entry is the directory's.
static uint64_t first_index(void)
{
    uint64_t size = 0;
    cr_assert_eq(r.journal->ops->size(r.journal, &size), EVX_OK);
    return size - POSTS;
}

static uint64_t drop(uint64_t before)
{
    uint64_t dropped = 0;
    cr_assert_eq(r.journal->ops->drop_bodies(r.journal, before, &dropped), EVX_OK);
    return dropped;
}

static bool in_files(size_t i)
{
    const char *const ends[] = {"", "-wal", ".bodies.0"};
    struct evx_bytes part = evx_bytes(sent[i].p + sent[i].n - 64, 64);
    bool found = false;
    for (size_t k = 0; k < 3; k++) {
        struct evx_buf all = {0};
        char path[200];
        snprintf(path, sizeof path, "%s%s", r.journal_path, ends[k]);
        if (!evx_path_exists(path)) continue;
        cr_assert_eq(evx_file_read(&all, path, 64u << 20), EVX_OK);
        found = found || (all.n && memmem(all.p, all.n, part.p, part.n));
        evx_buf_free(&all);
    }
    return found;
}

Test(retention, takes_bodies_from_every_file_and_nothing_else, RIG)
{
    struct evx_buf body = {0};
    uint64_t first = first_index();
    for (size_t i = 0; i < POSTS; i++)
        cr_assert(in_files(i), "%zu", i);
    cr_assert_eq(drop(first + 2), 2);
    for (size_t i = 0; i < POSTS; i++) {
        enum evx_status s = r.journal->ops->read_body(r.journal, first + i, &body);
        cr_assert_eq(s, i < 2 ? EVX_E_NOT_FOUND : EVX_OK, "%zu", i);
        cr_assert_eq(in_files(i), i >= 2, "%zu", i);
    }
    cr_assert_eq(drop(first + 2), 0, "once is enough");
    evx_buf_free(&body);
}

Test(retention, leaves_log_and_receipts_as_they_were, RIG)
{
    uint64_t first = first_index();
    drop(first + POSTS);
    rig_stop(&r);
    struct evx_inspection_id id = evx_fixture_inspection();
    struct evx_fsck_options o = {.journal = r.journal_path,
                                 .reg = r.register_path,
                                 .directory = r.directory,
                                 .inspection = id,
                                 .deep = true};
    struct evx_fsck_result result;
    cr_assert_eq(evx_fsck(&result, &o), EVX_OK, "%s", result.fault ? result.fault : "");
    cr_assert_eq(result.entries, first + POSTS);
    cr_assert_eq(rig_restart(&r), EVX_OK);
    rig_hello(&r, 1, POLICE);
    struct evx_bytes header;
    const struct evx_signature *signature;
    struct evx_digest consignment;
    cr_assert_eq(evx_consignment_peek(&header, &signature, evx_buf_bytes(&sent[0])), EVX_OK);
    evx_consignment_id(&consignment, header);
    rig_submit(&r, 1, POLICE, &consignment, evx_buf_bytes(&sent[0]));
    cr_assert_eq(rig_verdict(&r, 1, evx_buf_bytes(&sent[0])), EVX_OK, "the original receipt, again");
    evx_buf_clear(&sent[0]);
    post(0, SMALL);
}

Test(retention, readers_are_told_that_it_is_expired, RIG)
{
    uint64_t first = first_index();
    drop(first + 1);
    rig_hello(&r, 3, "inspectorate-care");
    rig_fetch(&r, 3, "inspectorate-care", first, 0, 0, false);
    for (int i = 0; i < 2; i++) {
        struct rig_out *out = rig_take(&r, 3);
        cr_assert(out && out->frame->body_case == EVX__V1__FRAME__BODY_ENTRY);
        cr_assert_eq(out->frame->entry->expired, i == 0);
        cr_assert_eq(out->body.n == 0, i == 0);
        rig_out_free(out);
    }
}

Test(retention, finds_the_index_by_time, RIG)
{
    uint64_t first = first_index(), index = 0, at = r.now_ms - POSTS * 1000;
    cr_assert_eq(evx_retention_index(r.journal, 0, &index), EVX_OK);
    cr_assert_eq(index, 0);
    for (uint64_t i = 0; i < POSTS; i++) {
        cr_assert_eq(evx_retention_index(r.journal, at + i * 1000, &index), EVX_OK);
        cr_assert_leq(index, first + i, "at most what was received before");
        cr_assert_eq(evx_retention_index(r.journal, at + i * 1000 + 1, &index), EVX_OK);
        cr_assert_eq(index, first + i + 1);
    }
    cr_assert_eq(evx_retention_index(r.journal, UINT64_MAX, &index), EVX_OK);
    cr_assert_eq(index, first + POSTS);
}
