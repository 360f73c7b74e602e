// SPDX-License-Identifier: Apache-2.0
//
// Large consignments stand in files beside the store's database.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agents/collector/store_parts.h"
#include "proto/base/bodies.h"
#include "proto/base/file.h"
#include "tests/unit/collector/rig.h"

#define MANY 60 // items; enough that their consignment stands in the files

static bool sync_fails;

enum evx_status __real_evx_bodies_sync(struct evx_bodies *b);
enum evx_status __wrap_evx_bodies_sync(struct evx_bodies *b);
enum evx_status __wrap_evx_bodies_sync(struct evx_bodies *b)
{
    return sync_fails ? EVX_E_IO : __real_evx_bodies_sync(b);
}

struct scene {
    struct rig r;
    struct rig_sealed sealed;
    struct evx_buf kept; // the body as it is stored: without its key wraps
    char file[128];
};

static void begin(struct scene *s)
{
    rig_new(&s->r);
    snprintf(s->file, sizeof s->file, "%s/store.db.bodies.0", s->r.folder);
    struct evx_chain_link link = rig_first(1);
    rig_evidence(&s->sealed, &s->r, RIG_POLICE, &link, MANY);
    cr_assert_geq(s->sealed.body.n, EVX_BODIES_LEAST);
    s->kept = (struct evx_buf){0};
    cr_assert_eq(evx_buf_append(&s->kept, s->sealed.body.p, s->sealed.body.n), EVX_OK);
    struct evx_bytes wraps = s->sealed.consignment.wraps;
    memset(s->kept.p + (wraps.p - s->sealed.body.p), 0, wraps.n);
}

static void store(struct scene *s)
{
    struct evx_fetched f = rig_fetched(&s->r, &s->sealed);
    struct evx_intake_result result = rig_store(&s->r, &f);
    cr_assert_eq(result.consignment.code, EVX_OK);
}

static void end(struct scene *s)
{
    rig_sealed_free(&s->sealed);
    evx_buf_free(&s->kept);
    unlink(s->file);
    rig_free(&s->r);
}

static struct evx_buf content_of(const char *path)
{
    struct evx_buf b = {0};
    cr_assert_eq(evx_file_read(&b, path, 256u << 20), EVX_OK);
    return b;
}

// What the store gives back at index 0.
static enum evx_status read_back(struct scene *s, struct evx_store *from)
{
    struct evx_buf entry = {0}, body = {0};
    enum evx_status status = evx_store_consignment(from, 0, &entry, &body);
    if (!status) cr_assert(evx_bytes_equal(evx_buf_bytes(&body), evx_buf_bytes(&s->kept)));
    evx_buf_free(&entry);
    evx_buf_free(&body);
    return status;
}

Test(store_bodies, a_large_consignment_comes_back_to_writer_and_reader, .timeout = 60)
{
    struct scene s;
    begin(&s);
    store(&s);
    struct evx_buf file = content_of(s.file);
    cr_assert(evx_bytes_equal(evx_buf_bytes(&file), evx_buf_bytes(&s.kept)));
    evx_buf_free(&file);
    cr_assert_eq(read_back(&s, s.r.store), EVX_OK);
    struct evx_store *reader = rig_reader(&s.r, true);
    cr_assert_eq(read_back(&s, reader), EVX_OK);
    evx_store_close(&reader);
    rig_reopen(&s.r);
    cr_assert_eq(read_back(&s, s.r.store), EVX_OK);
    end(&s);
}

Test(store_bodies, every_changed_byte_is_noticed, .timeout = 60)
{
    struct scene s;
    begin(&s);
    store(&s);
    struct evx_buf file = content_of(s.file);
    for (size_t at = 0; at < file.n; at += file.n / 23) {
        file.p[at] ^= 1;
        cr_assert_eq(evx_file_replace(s.file, evx_buf_bytes(&file), 0600), EVX_OK);
        rig_reopen(&s.r);
        cr_assert_eq(read_back(&s, s.r.store), EVX_E_STORE_DAMAGED, "byte %zu", at);
        file.p[at] ^= 1;
    }
    evx_buf_free(&file);
    end(&s);
}

Test(store_bodies, what_was_undone_leaves_no_bytes_and_no_later_loss, .timeout = 60)
{
    struct scene s;
    begin(&s);
    struct evx_fetched f = rig_fetched(&s.r, &s.sealed);
    struct evx_intake_result result = rig_take(&s.r, &f);
    cr_assert_eq(evx_store_begin(s.r.store), EVX_OK);
    rig_put(&s.r, &f, &result);
    evx_store_rollback(s.r.store);
    struct evx_buf file = content_of(s.file);
    cr_assert_eq(file.n, 0);
    evx_buf_free(&file);
    rig_reopen(&s.r);
    store(&s);
    evx_store_rollback(s.r.store); // nothing is open: what was committed stays
    cr_assert_eq(read_back(&s, s.r.store), EVX_OK);
    end(&s);
}

// The bytes reach the disk before the row that refers to them, or there is no row.
Test(store_bodies, bytes_that_cannot_be_made_durable_make_no_row, .timeout = 60)
{
    struct scene s;
    begin(&s);
    struct evx_fetched f = rig_fetched(&s.r, &s.sealed);
    struct evx_intake_result result = rig_take(&s.r, &f);
    cr_assert_eq(evx_store_begin(s.r.store), EVX_OK);
    rig_put(&s.r, &f, &result);
    sync_fails = true;
    cr_assert_eq(evx_store_commit(s.r.store), EVX_E_IO);
    sync_fails = false;
    struct evx_store_totals t;
    cr_assert_eq(evx_store_count(s.r.store, &t), EVX_OK);
    cr_assert_eq(t.log_size, 0);
    end(&s);
}

// Erasure overwrites the stored bytes: in the row, and where they stood before.
Test(store_bodies, blanked_bytes_are_gone_from_row_and_file, .timeout = 60)
{
    struct scene s;
    struct evx_buf body = {0};
    const size_t n = 600;
    begin(&s);
    store(&s);
    size_t at = s.sealed.body.n - n;
    struct evx_store_db_blank blank = {.index = 0, .at = at, .n = n};
    cr_assert_eq(evx_store_db_begin(s.r.store->rows), EVX_OK);
    cr_assert_eq(evx_store_db_blank(s.r.store->rows, &blank), EVX_OK);
    cr_assert_eq(evx_store_db_commit(s.r.store->rows), EVX_OK);
    rig_reopen(&s.r); // whoever opens it for writing finishes the work
    struct evx_buf file = content_of(s.file);
    cr_assert_null(memmem(file.p, file.n, s.sealed.body.p + at, 64));
    evx_buf_free(&file);
    cr_assert_eq(evx_store_db_content(s.r.store->rows, 0, NULL, &body), EVX_OK);
    cr_assert_eq(body.n, s.sealed.body.n);
    cr_assert_eq(memcmp(body.p, s.kept.p, at), 0);
    for (size_t i = 0; i < n; i++)
        cr_assert_eq(body.p[at + i], 0);
    blank.at = body.n;
    cr_assert_eq(evx_store_db_begin(s.r.store->rows), EVX_OK);
    cr_assert_eq(evx_store_db_blank(s.r.store->rows, &blank), EVX_E_STORE_DAMAGED);
    evx_store_db_rollback(s.r.store->rows);
    evx_buf_free(&body);
    end(&s);
}

// A first start that was killed between its files is no damage; a key that is gone from
// beside something stored is.
Test(store_bodies, a_missing_key_is_made_only_while_nothing_is_stored, .timeout = 60)
{
    struct scene s;
    char key[128];
    begin(&s);
    snprintf(key, sizeof key, "%s/store.key", s.r.folder);
    evx_store_close(&s.r.store);
    cr_assert_eq(unlink(key), 0);
    rig_reopen(&s.r);
    cr_assert(evx_path_exists(key));
    store(&s);
    cr_assert_eq(read_back(&s, s.r.store), EVX_OK);
    evx_store_close(&s.r.store);
    cr_assert_eq(unlink(key), 0);
    struct evx_box_public public_key;
    memcpy(public_key.b, evx_fixture_key(s.r.fixture, RIG_OWN, EVX_KEY_ENC)->public_key, sizeof public_key.b);
    const struct evx_box_secret *secret = evx_fixture_box(s.r.fixture, RIG_OWN, EVX_KEY_ENC);
    cr_assert_eq(evx_store_open(&s.r.store, s.r.folder, secret, &public_key, false), EVX_E_STORE_DAMAGED);
    cr_assert_not(evx_path_exists(key));
    end(&s);
}
