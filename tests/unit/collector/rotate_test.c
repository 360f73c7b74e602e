// SPDX-License-Identifier: Apache-2.0
//
// A new generation of the store key: nothing is lost on the way, at whatever point it is
// cut off, and nothing old opens what is new.
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/collector/store_parts.h"
#include "proto/base/file.h"
#include "tests/unit/collector/rig.h"

#define ITEMS 4

static struct rig r;
static struct evx_box_public own;

static int broken_step; // 0: none

enum evx_status __real_evx_keys_commit(struct evx_keys_db *k);
enum evx_status __wrap_evx_keys_commit(struct evx_keys_db *k);
enum evx_status __wrap_evx_keys_commit(struct evx_keys_db *k)
{
    return broken_step == 1 ? EVX_E_IO : __real_evx_keys_commit(k);
}
enum evx_status __real_evx_store_keyfile_finish(struct evx_store *s);
enum evx_status __wrap_evx_store_keyfile_finish(struct evx_store *s);
enum evx_status __wrap_evx_store_keyfile_finish(struct evx_store *s)
{
    return broken_step == 2 ? EVX_E_IO : __real_evx_store_keyfile_finish(s);
}

static void setup(void)
{
    struct rig_sealed s;
    struct evx_chain_link link = rig_first(1);
    broken_step = 0;
    rig_new(&r);
    memcpy(own.b, evx_fixture_key(r.fixture, RIG_OWN, EVX_KEY_ENC)->public_key, sizeof own.b);
    rig_evidence(&s, &r, RIG_POLICE, &link, ITEMS);
    struct evx_fetched f = rig_fetched(&r, &s);
    rig_store(&r, &f);
    rig_sealed_free(&s);
}
static void teardown(void) { rig_free(&r); }
#define RIG .init = setup, .fini = teardown, .timeout = 120

static enum evx_status open_item(uint32_t number)
{
    Evx__V1__Item *item = NULL;
    enum evx_status s = rig_open_item(&r, r.store, (struct evx_store_ref){0, number}, &item);
    evx_item_free(item);
    return s;
}

static void expect_all_open(void)
{
    for (uint32_t i = 0; i < ITEMS; i++)
        cr_assert_eq(open_item(i), EVX_OK, "item %u", i);
}

static char *path_of(const char *name)
{
    char *path = evx_path_join(r.folder, name);
    cr_assert_not_null(path);
    return path;
}

static struct evx_buf content_of(const char *name)
{
    struct evx_buf b = {0};
    char *path = path_of(name);
    cr_assert_eq(evx_file_read(&b, path, 64u << 20), EVX_OK);
    free(path);
    return b;
}

static bool exists(const char *name)
{
    char *path = path_of(name);
    bool there = evx_path_exists(path);
    free(path);
    return there;
}

static uint64_t generation(void) { return evx_store_key_generation(evx_store_master(r.store)); }

static uint64_t rotate(void)
{
    uint64_t items = 0;
    cr_assert_eq(evx_store_exclude_readers(r.store), EVX_OK);
    cr_assert_eq(evx_store_rotate(r.store, &own, &items), EVX_OK);
    evx_store_admit_readers(r.store);
    return items;
}

Test(rotate, everything_opens_under_the_next_generation, RIG)
{
    cr_assert_eq(generation(), 1);
    cr_assert_eq(rotate(), ITEMS);
    cr_assert_eq(generation(), 2);
    expect_all_open();
    rig_reopen(&r);
    cr_assert_eq(generation(), 2);
    expect_all_open();
    cr_assert_eq(rotate(), ITEMS);
    rig_reopen(&r);
    cr_assert_eq(generation(), 3);
    expect_all_open();
    cr_assert_not(exists("store.key.next"));
}

Test(rotate, what_was_erased_stays_erased, RIG)
{
    cr_assert_eq(evx_store_erase(r.store, &(struct evx_store_ref){0, 2}, 1), EVX_OK);
    cr_assert_eq(rotate(), ITEMS - 1);
    for (uint32_t i = 0; i < ITEMS; i++)
        cr_assert_eq(open_item(i), i == 2 ? EVX_E_ERASED : EVX_OK);
}

Test(rotate, no_old_slot_is_left_in_any_file, RIG)
{
    uint8_t slot[EVX_REWRAP_BYTES];
    static const char *const names[] = {"keys.db", "keys.db-wal"};
    cr_assert_eq(evx_keys_get(r.store->keys, 0, 1, slot), EVX_OK);
    rotate();
    for (size_t i = 0; i < 2; i++) {
        struct evx_buf b = exists(names[i]) ? content_of(names[i]) : (struct evx_buf){0};
        cr_assert(!b.n || !memmem(b.p, b.n, slot, sizeof slot), "%s", names[i]);
        evx_buf_free(&b);
    }
}

Test(rotate, derived_views_are_thrown_away, RIG)
{
    static const char *const names[] = {"index.db", "index.db-wal", "index.db-shm"};
    for (size_t i = 0; i < 3; i++) {
        char *path = path_of(names[i]);
        cr_assert_eq(evx_file_replace(path, evx_bytes_of_text("derived"), 0600), EVX_OK);
        free(path);
    }
    rotate();
    for (size_t i = 0; i < 3; i++)
        cr_assert_not(exists(names[i]), "%s", names[i]);
}

static void replace(const char *name, const struct evx_buf *b)
{
    char *path = path_of(name);
    cr_assert_eq(evx_file_replace(path, evx_buf_bytes(b), 0600), EVX_OK);
    free(path);
}

static enum evx_status open_again(void)
{
    struct evx_store *s = NULL;
    evx_intake_destroy(&r.intake);
    evx_store_close(&r.store);
    enum evx_status status =
        evx_store_open(&s, r.folder, evx_fixture_box(r.fixture, RIG_OWN, EVX_KEY_ENC), &own, false);
    evx_store_close(&s);
    return status;
}

Test(rotate, an_old_copy_of_keys_or_key_is_refused, RIG)
{
    cr_assert_eq(evx_keys_flush(r.store->keys), EVX_OK);
    struct evx_buf keys = content_of("keys.db"), key = content_of("store.key"), none = {0};
    rotate();
    struct evx_buf new_key = content_of("store.key");
    evx_intake_destroy(&r.intake);
    evx_store_close(&r.store);
    replace("store.key", &key);
    cr_assert_eq(open_again(), EVX_E_GENERATION);
    replace("store.key", &new_key);
    replace("keys.db", &keys);
    replace("keys.db-wal", &none);
    cr_assert_eq(open_again(), EVX_E_GENERATION);
    evx_buf_free(&keys);
    evx_buf_free(&key);
    evx_buf_free(&new_key);
}

static void put_slots(const uint8_t *slots, size_t n)
{
    cr_assert_eq(evx_keys_begin(r.store->keys), EVX_OK);
    cr_assert_eq(evx_keys_put(r.store->keys, 0, evx_bytes(slots, n)), EVX_OK);
    cr_assert_eq(evx_keys_commit(r.store->keys), EVX_OK);
}

// Else the old key would be destroyed while items are without theirs, and nobody would know.
Test(rotate, keys_that_are_not_one_for_each_item_stop_it, RIG)
{
    static const size_t wrong[] = {(ITEMS - 1) * EVX_REWRAP_BYTES, (ITEMS + 1) * EVX_REWRAP_BYTES,
                                   ITEMS * EVX_REWRAP_BYTES - 1, ITEMS * EVX_REWRAP_BYTES + 1};
    uint8_t slots[(ITEMS + 1) * EVX_REWRAP_BYTES] = {0};
    uint64_t items;
    for (uint32_t i = 0; i < ITEMS; i++)
        cr_assert_eq(evx_keys_get(r.store->keys, 0, i, slots + i * EVX_REWRAP_BYTES), EVX_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        put_slots(slots, wrong[i]);
        cr_assert_eq(evx_store_rotate(r.store, &own, &items), EVX_E_STORE_DAMAGED, "%zu bytes", wrong[i]);
        rig_reopen(&r);
        cr_assert_eq(generation(), 1);
    }
    put_slots(slots, ITEMS * EVX_REWRAP_BYTES);
    expect_all_open();
    cr_assert_eq(rotate(), ITEMS);
    expect_all_open();
}

// Cut off before the keys changed hands: the rotation never happened.
Test(rotate, cut_off_before_the_keys_changes_nothing, RIG)
{
    uint64_t items = 0;
    broken_step = 1;
    cr_assert_eq(evx_store_rotate(r.store, &own, &items), EVX_E_IO);
    broken_step = 0;
    cr_assert(exists("store.key.next"));
    rig_reopen(&r);
    cr_assert_eq(generation(), 1);
    cr_assert_not(exists("store.key.next"));
    expect_all_open();
    cr_assert_eq(rotate(), ITEMS);
    expect_all_open();
}

// Cut off after it: the next opening finishes it, readers do not wait for that.
Test(rotate, cut_off_after_the_keys_is_finished_by_the_next_opening, RIG)
{
    uint64_t items = 0;
    broken_step = 2;
    cr_assert_eq(evx_store_rotate(r.store, &own, &items), EVX_E_IO);
    broken_step = 0;
    cr_assert(exists("store.key.next"));
    struct evx_store *reader = rig_reader(&r, true);
    cr_assert_eq(evx_store_key_generation(evx_store_master(reader)), 2);
    evx_store_close(&reader);
    cr_assert(exists("store.key.next"), "a reader changes nothing");
    rig_reopen(&r);
    cr_assert_eq(generation(), 2);
    cr_assert_not(exists("store.key.next"));
    expect_all_open();
}

Test(rotate, cut_off_between_the_two_key_files_is_finished, RIG)
{
    uint64_t items = 0;
    char *key = path_of("store.key");
    broken_step = 2;
    cr_assert_eq(evx_store_rotate(r.store, &own, &items), EVX_E_IO);
    broken_step = 0;
    cr_assert_eq(evx_file_destroy(key), EVX_OK);
    rig_reopen(&r);
    cr_assert_eq(generation(), 2);
    cr_assert(evx_path_exists(key));
    expect_all_open();
    free(key);
}

Test(rotate, old_key_file_is_overwritten, RIG)
{
    struct evx_buf before = content_of("store.key");
    char *key = path_of("store.key"), *twin = path_of("twin");
    cr_assert_eq(link(key, twin), 0); // shows what became of the old file's bytes
    rotate();
    struct evx_buf after = content_of("twin");
    cr_assert_eq(after.n, before.n);
    for (size_t i = 0; i < after.n; i++)
        cr_assert_eq(after.p[i], 0);
    evx_buf_free(&before);
    evx_buf_free(&after);
    free(key);
    free(twin);
}

Test(rotate, a_reader_keeps_the_writer_waiting, RIG)
{
    struct evx_store *reader = rig_reader(&r, true);
    cr_assert_eq(evx_store_exclude_readers(r.store), EVX_E_STORE_READ);
    evx_store_close(&reader);
    cr_assert_eq(evx_store_exclude_readers(r.store), EVX_OK);
    struct evx_store *second = NULL;
    cr_assert_eq(
        evx_store_open(&second, r.folder, evx_fixture_box(r.fixture, RIG_OWN, EVX_KEY_ENC), &own, true),
        EVX_E_STORE_READ);
    evx_store_admit_readers(r.store);
    second = rig_reader(&r, true);
    cr_assert_eq(evx_store_exclude_readers(second), EVX_E_BUG);
    evx_store_close(&second);
}

// --- wraps ---

static bool wraps_left(uint64_t index)
{
    struct evx_buf body = {0};
    struct evx_consignment c;
    bool left = false;
    cr_assert_eq(evx_store_consignment(r.store, index, NULL, &body), EVX_OK);
    cr_assert_eq(evx_consignment_open_kept(&c, evx_buf_bytes(&body)), EVX_OK);
    for (size_t i = 0; i < c.wraps.n; i++)
        left = left || c.wraps.p[i];
    evx_consignment_close(&c);
    evx_buf_free(&body);
    return left;
}

// The second item is refused, so its consignment keeps what proves why.
static void store_partly_refused(void)
{
    struct rig_items items = {0};
    struct rig_sealed s;
    struct evx_chain_link link = rig_first(2);
    rig_add_evidence(&items, NULL, NULL);
    rig_add_raw(&items, "no item", 7);
    rig_seal(&s, &r,
             &(struct rig_parcel){.sender = RIG_SCHOOL, .link = link, .content = items.content, .items = 2});
    struct evx_fetched f = rig_fetched(&r, &s);
    struct evx_intake_result result = rig_store(&r, &f);
    cr_assert_neq(result.item[1].code, EVX_OK);
    rig_sealed_free(&s);
    rig_items_free(&items);
}

Test(rotate, wraps_are_not_kept_with_what_was_accepted, RIG)
{
    cr_assert_not(wraps_left(0));
    store_partly_refused();
    cr_assert(wraps_left(1));
    cr_assert_eq(evx_store_erase(r.store, &(struct evx_store_ref){1, 0}, 1), EVX_OK);
    cr_assert_not(wraps_left(1), "with them the ENC key would bring the item back");
    rig_reopen(&r);
    cr_assert_not(wraps_left(1));
}

Test(rotate, wraps_leave_no_trace_in_the_files, RIG)
{
    struct evx_buf body = {0};
    struct evx_consignment c;
    store_partly_refused();
    cr_assert_eq(evx_store_consignment(r.store, 1, NULL, &body), EVX_OK);
    cr_assert_eq(evx_consignment_open_kept(&c, evx_buf_bytes(&body)), EVX_OK);
    uint8_t wrap[EVX_WRAP_BYTES];
    memcpy(wrap, c.wraps.p, sizeof wrap);
    evx_consignment_close(&c);
    evx_buf_free(&body);
    cr_assert_eq(evx_store_erase(r.store, &(struct evx_store_ref){1, 0}, 1), EVX_OK);
    static const char *const names[] = {"store.db", "store.db-wal"};
    for (size_t i = 0; i < 2; i++) {
        struct evx_buf b = exists(names[i]) ? content_of(names[i]) : (struct evx_buf){0};
        cr_assert(!b.n || !memmem(b.p, b.n, wrap, sizeof wrap), "%s", names[i]);
        evx_buf_free(&b);
    }
}
