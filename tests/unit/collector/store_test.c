// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agents/collector/store_parts.h"
#include "proto/base/file.h"
#include "tests/unit/collector/rig.h"

// Stores `consignments` of `items` each from the police.
static struct evx_chain_link fill(struct rig *r, size_t consignments, size_t items,
                                  struct evx_item_id *first_id)
{
    struct evx_chain_link link = rig_first(1);
    for (size_t i = 0; i < consignments; i++) {
        struct rig_sealed s;
        rig_evidence(&s, r, RIG_POLICE, &link, items);
        struct evx_fetched f = rig_fetched(r, &s);
        struct evx_intake_result result = rig_store(r, &f);
        cr_assert_eq(result.consignment.code, EVX_OK);
        if (first_id && i == 0) *first_id = s.item_id[0];
        link = rig_after(&link, &s.id);
        rig_sealed_free(&s);
    }
    return link;
}

struct seen {
    size_t n;
    struct evx_store_row row[64];
    const struct rig *rig;  // its audit
    struct evx_store *open; // open every item from inside the walk
};

static enum evx_status see(void *user, const struct evx_store_row *row)
{
    struct seen *seen = user;
    if (seen->n < 64) seen->row[seen->n] = *row;
    seen->n++;
    if (!seen->open) return EVX_OK;
    Evx__V1__Item *item = NULL;
    enum evx_status s = rig_open_item(seen->rig, seen->open, row->ref, &item);
    if (!s) cr_assert_eq(item->body_case, EVX__V1__ITEM__BODY_EVIDENCE);
    evx_item_free(item);
    return s;
}

Test(store, keeps_items_in_order_and_opens_them_after_a_restart, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct evx_item_id first;
    fill(&r, 3, 5, &first);
    rig_reopen(&r);
    struct seen seen = {.rig = &r, .open = r.store};
    cr_assert_eq(evx_store_items(r.store, 0, see, &seen), EVX_OK);
    cr_assert_eq(seen.n, 15);
    cr_assert_eq(seen.row[7].ref.index, 1);
    cr_assert_eq(seen.row[7].ref.number, 2);
    cr_assert_str_eq(seen.row[7].sender, RIG_POLICE);
    cr_assert_eq(seen.row[7].kind, EVX__V1__ITEM__BODY_EVIDENCE);
    cr_assert_eq(seen.row[7].received_ms, EVX_FIXTURE_NOW_MS);
    struct evx_store_row row;
    cr_assert_eq(evx_store_find(r.store, &first, &row), EVX_OK);
    cr_assert_eq(row.ref.index, 0);
    cr_assert_eq(memcmp(row.item_id.b, first.b, 16), 0);
    first.b[3] ^= 1;
    cr_assert_eq(evx_store_find(r.store, &first, &row), EVX_E_NOT_FOUND);
    seen = (struct seen){0};
    cr_assert_eq(evx_store_items(r.store, 2, see, &seen), EVX_OK);
    cr_assert_eq(seen.n, 5);
    rig_free(&r);
}

Test(store, counts_and_cursor_are_what_was_committed, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    fill(&r, 2, 4, NULL);
    struct evx_store_totals t;
    cr_assert_eq(evx_store_count(r.store, &t), EVX_OK);
    cr_assert_eq(t.log_size, 2);
    cr_assert_eq(t.consignments, 2);
    cr_assert_eq(t.items, 8);
    cr_assert_eq(t.accepted, 8);
    cr_assert_eq(t.rejected, 0);
    struct evx_frontier before = r.frontier, after;
    struct evx_buf note = {0};
    rig_reopen(&r);
    cr_assert_eq(evx_store_cursor(r.store, &after, &note), EVX_OK);
    cr_assert_eq(after.size, 2);
    cr_assert_eq(memcmp(&before, &after, sizeof before), 0);
    cr_assert_eq(note.n, 7);
    evx_buf_free(&note);
    rig_free(&r);
}

Test(store, rollback_leaves_nothing, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct rig_sealed s;
    struct evx_chain_link link = rig_first(1);
    rig_evidence(&s, &r, RIG_POLICE, &link, 3);
    struct evx_fetched f = rig_fetched(&r, &s);
    struct evx_intake_result result = rig_take(&r, &f);
    struct evx_store_row row;
    cr_assert_eq(evx_store_begin(r.store), EVX_OK);
    rig_put(&r, &f, &result);
    cr_assert_eq(evx_store_find(r.store, &s.item_id[1], &row), EVX_OK);
    evx_store_rollback(r.store);
    cr_assert_eq(evx_store_find(r.store, &s.item_id[1], &row), EVX_E_NOT_FOUND);
    struct evx_store_totals t;
    cr_assert_eq(evx_store_count(r.store, &t), EVX_OK);
    cr_assert_eq(t.log_size, 0);
    rig_reopen(&r);
    cr_assert_eq(evx_intake_next(r.intake), 0);
    rig_sealed_free(&s);
    rig_free(&r);
}

Test(store, what_follows_a_rollback_is_found_under_its_id, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct rig_sealed s, other;
    struct evx_chain_link link = rig_first(1);
    rig_evidence(&s, &r, RIG_POLICE, &link, 3);
    rig_evidence(&other, &r, RIG_POLICE, &link, 1);
    struct evx_fetched f = rig_fetched(&r, &s);
    struct evx_intake_result result = rig_take(&r, &f);
    struct evx_store_row row;
    cr_assert_eq(evx_store_begin(r.store), EVX_OK);
    rig_put(&r, &f, &result);
    cr_assert_eq(evx_store_find(r.store, &s.item_id[0], &row), EVX_OK);
    evx_store_rollback(r.store);
    f = rig_fetched(&r, &other);
    f.index = 0;
    result.consignment =
        (struct evx_store_consignment){.body = f.body, .log_entry = f.log_entry, .id = other.id};
    struct evx_store_item item = {.record.item_id = other.item_id[0]};
    cr_assert_eq(evx_store_begin(r.store), EVX_OK);
    cr_assert_eq(evx_store_put(r.store, &result.consignment, &item, 1), EVX_OK);
    cr_assert_eq(evx_store_commit(r.store), EVX_OK);
    cr_assert_eq(evx_store_find(r.store, &other.item_id[0], &row), EVX_OK);
    cr_assert_eq(evx_store_find(r.store, &s.item_id[0], &row), EVX_E_NOT_FOUND);
    rig_sealed_free(&s);
    rig_sealed_free(&other);
    rig_free(&r);
}

// A child ends at a point of the transaction; what a restart then finds. The linker
// puts these two in place of the halves of a commit (--wrap).
enum crash { BEFORE_KEYS, BEFORE_ROWS, AFTER_BOTH };
static bool armed;
static enum crash crash_point;
enum evx_status __real_evx_keys_commit(struct evx_keys_db *k);
enum evx_status __real_evx_store_db_commit(struct evx_store_db *d);
enum evx_status __wrap_evx_keys_commit(struct evx_keys_db *k);
enum evx_status __wrap_evx_store_db_commit(struct evx_store_db *d);

enum evx_status __wrap_evx_keys_commit(struct evx_keys_db *k)
{
    if (armed && crash_point == BEFORE_KEYS) _exit(0);
    return __real_evx_keys_commit(k);
}

enum evx_status __wrap_evx_store_db_commit(struct evx_store_db *d)
{
    if (armed && crash_point == BEFORE_ROWS) _exit(0);
    return __real_evx_store_db_commit(d);
}

static void crash_at(struct rig *r, const struct evx_fetched *f, enum crash where)
{
    evx_intake_destroy(&r->intake);
    evx_store_close(&r->store);
    pid_t child = fork();
    cr_assert(child >= 0);
    if (child == 0) {
        struct rig mine = *r;
        rig_reopen(&mine);
        struct evx_intake_result result = rig_take(&mine, f);
        if (evx_store_begin(mine.store)) _exit(2);
        rig_put(&mine, f, &result);
        armed = true;
        crash_point = where;
        if (evx_store_commit(mine.store)) _exit(3);
        _exit(0);
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    rig_reopen(r);
}

static bool has_key(const struct rig *r, uint64_t index)
{
    char *path = evx_path_join(r->folder, "keys.db");
    struct evx_keys_db *keys = NULL;
    uint8_t slot[EVX_REWRAP_BYTES];
    cr_assert_eq(evx_keys_open(&keys, path, true), EVX_OK);
    enum evx_status s = evx_keys_get(keys, index, 0, slot);
    evx_keys_close(&keys);
    free(path);
    return s == EVX_OK;
}

Test(store, a_crash_at_any_point_repeats_and_loses_nothing, .timeout = 120)
{
    static const enum crash points[] = {BEFORE_KEYS, BEFORE_ROWS, AFTER_BOTH};
    for (size_t i = 0; i < 3; i++) {
        struct rig r;
        rig_new(&r);
        struct evx_chain_link link = fill(&r, 1, 2, NULL);
        struct rig_sealed s;
        rig_evidence(&s, &r, RIG_POLICE, &link, 3);
        struct evx_fetched f = rig_fetched(&r, &s);
        crash_at(&r, &f, points[i]);
        bool stored = points[i] == AFTER_BOTH;
        cr_assert_eq(evx_intake_next(r.intake), stored ? 2 : 1);
        cr_assert_eq(has_key(&r, 1), points[i] != BEFORE_KEYS, "keys come first");
        if (stored)
            cr_assert(rig_take(&r, &f).known);
        else
            rig_store(&r, &f);
        struct seen seen = {.rig = &r, .open = r.store};
        cr_assert_eq(evx_store_items(r.store, 0, see, &seen), EVX_OK, "point %zu", i);
        cr_assert_eq(seen.n, 5);
        uint64_t owed = 0;
        cr_assert_eq(evx_store_owed_count(r.store, &owed), EVX_OK);
        cr_assert_eq(owed, 2);
        rig_sealed_free(&s);
        rig_free(&r);
    }
}

Test(store, an_erased_key_makes_one_item_unreadable_and_no_other, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    fill(&r, 1, 4, NULL);
    struct evx_store_ref gone = {0, 2};
    cr_assert_eq(evx_store_erase(r.store, &gone, 1), EVX_OK);
    rig_reopen(&r);
    for (uint32_t i = 0; i < 4; i++) {
        Evx__V1__Item *item = NULL;
        enum evx_status s = rig_open_item(&r, r.store, (struct evx_store_ref){0, i}, &item);
        cr_assert_eq(s, i == 2 ? EVX_E_ERASED : EVX_OK);
        cr_assert_eq(item == NULL, i == 2);
        evx_item_free(item);
    }
    struct evx_buf log_entry = {0}, body = {0};
    cr_assert_eq(evx_store_consignment(r.store, 0, &log_entry, &body), EVX_OK);
    struct evx_consignment c;
    struct evx_sign_public sender;
    memcpy(sender.b, evx_fixture_key(r.fixture, RIG_POLICE, EVX_KEY_SIG)->public_key, 32);
    cr_assert_eq(evx_consignment_open_kept(&c, evx_buf_bytes(&body)), EVX_OK, "every proof still verifies");
    cr_assert(evx_verify(&sender, "evx/header/v1\n", c.header_bytes, c.signature));
    for (size_t i = 0; i < c.wraps.n; i++)
        cr_assert_eq(c.wraps.p[i], 0, "a wrap would bring the key back");
    evx_consignment_close(&c);
    evx_buf_free(&log_entry);
    evx_buf_free(&body);
    rig_free(&r);
}

static bool file_holds(const char *folder, const char *name, const void *needle, size_t n)
{
    char *path = evx_path_join(folder, name);
    struct evx_buf all = {0};
    bool found = false;
    if (evx_path_exists(path)) {
        cr_assert_eq(evx_file_read(&all, path, 64u << 20), EVX_OK);
        found = all.n && memmem(all.p, all.n, needle, n);
    }
    evx_buf_free(&all);
    free(path);
    return found;
}

Test(store, erasing_leaves_no_copy_of_the_wrapped_key_in_any_file, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct rig_sealed s;
    struct evx_chain_link link = rig_first(1);
    rig_evidence(&s, &r, RIG_POLICE, &link, 2);
    struct evx_fetched f = rig_fetched(&r, &s);
    struct evx_intake_result result = rig_store(&r, &f);
    uint8_t wrapped[EVX_REWRAP_BYTES];
    memcpy(wrapped, result.item[1].wrapped, sizeof wrapped);
    bool before = file_holds(r.folder, "keys.db", wrapped, sizeof wrapped) ||
                  file_holds(r.folder, "keys.db-wal", wrapped, sizeof wrapped);
    cr_assert(before);
    cr_assert_eq(evx_store_erase(r.store, &(struct evx_store_ref){0, 1}, 1), EVX_OK);
    cr_assert_not(file_holds(r.folder, "keys.db", wrapped, sizeof wrapped));
    cr_assert_not(file_holds(r.folder, "keys.db-wal", wrapped, sizeof wrapped));
    cr_assert_not(file_holds(r.folder, "store.db", wrapped, sizeof wrapped));
    rig_sealed_free(&s);
    rig_free(&r);
}

Test(store, holds_nothing_readable_without_the_key, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct rig_items items = {0};
    rig_add_evidence(&items, NULL, NULL);
    struct rig_sealed s;
    struct evx_chain_link link = rig_first(1);
    rig_seal(&s, &r,
             &(struct rig_parcel){.sender = RIG_POLICE, .link = link, .content = items.content, .items = 1});
    struct evx_fetched f = rig_fetched(&r, &s);
    rig_store(&r, &f);
    cr_assert_eq(evx_store_maintain(r.store, true), EVX_OK);
    static const char *const names[] = {"store.db", "store.db-wal", "keys.db", "keys.db-wal", "store.key"};
    for (size_t i = 0; i < 5; i++) {
        cr_assert_not(file_holds(r.folder, names[i], "Madeup", 6), "%s", names[i]);
        cr_assert_not(file_holds(r.folder, names[i], "missing-episode", 15), "%s", names[i]);
    }
    cr_assert(file_holds(r.folder, "store.db", RIG_POLICE, strlen(RIG_POLICE)), "the search itself works");
    rig_sealed_free(&s);
    rig_items_free(&items);
    rig_free(&r);
}

// Overwrites the first place where `needle` stands in a file of the closed store.
static void overwrite(struct rig *r, const char *name, const void *needle, size_t n, size_t at)
{
    evx_intake_destroy(&r->intake);
    evx_store_close(&r->store);
    char *path = evx_path_join(r->folder, name);
    struct evx_buf all = {0};
    cr_assert_eq(evx_file_read(&all, path, 64u << 20), EVX_OK);
    uint8_t *found = memmem(all.p, all.n, needle, n);
    cr_assert_not_null(found);
    found[at] ^= 1;
    cr_assert_eq(evx_file_replace(path, evx_buf_bytes(&all), 0600), EVX_OK);
    evx_buf_free(&all);
    free(path);
}

static enum evx_status open_first(struct rig *r)
{
    struct evx_store *reader = rig_reader(r, true);
    Evx__V1__Item *item = NULL;
    enum evx_status s = rig_open_item(r, reader, (struct evx_store_ref){0, 0}, &item);
    evx_item_free(item);
    evx_store_close(&reader);
    return s;
}

Test(store, altered_bytes_are_never_shown, .timeout = 60)
{
    for (int what = 0; what < 6; what++) {
        struct rig r;
        rig_new(&r);
        struct rig_sealed s;
        struct evx_chain_link link = rig_first(1);
        rig_evidence(&s, &r, RIG_POLICE, &link, 1);
        struct evx_fetched f = rig_fetched(&r, &s);
        struct evx_intake_result result = rig_store(&r, &f);
        uint8_t wrapped[EVX_REWRAP_BYTES];
        memcpy(wrapped, result.item[0].wrapped, sizeof wrapped);
        cr_assert_eq(open_first(&r), EVX_OK);
        const uint8_t *ciphertext = s.consignment.ciphertexts.p;
        const struct evx_signature *signature = s.consignment.signature;
        switch (what) {
        case 0: overwrite(&r, "store.db", ciphertext, 32, 0); break;
        case 1: overwrite(&r, "store.db", RIG_POLICE, strlen(RIG_POLICE), 0); break; // sender in the row
        case 2: overwrite(&r, "store.db", s.item_id[0].b, 16, 19); break;            // an item's verdict
        case 3: overwrite(&r, "keys.db", wrapped, sizeof wrapped, 30); break;
        case 4:
            overwrite(&r, "store.db", signature->b, sizeof signature->b, 3);
            break; // in log entry or body
        case 5: {
            uint8_t end[sizeof *signature + 8] = {0}; // the body's signature, then what is left of the wraps
            memcpy(end, signature->b, sizeof *signature);
            overwrite(&r, "store.db", end, sizeof end, sizeof *signature + 3);
        }
        }
        cr_assert_eq(open_first(&r), EVX_E_STORE_DAMAGED, "alteration %d", what);
        rig_sealed_free(&s);
        rig_free(&r);
    }
}

Test(store, altered_ciphertexts_are_not_exported, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct rig_sealed s;
    struct evx_chain_link link = rig_first(1);
    rig_evidence(&s, &r, RIG_POLICE, &link, 2);
    struct evx_fetched f = rig_fetched(&r, &s);
    rig_store(&r, &f);
    struct evx_bytes last = s.consignment.ciphertexts;
    overwrite(&r, "store.db", last.p + last.n - 32, 32, 31);
    struct evx_store *reader = rig_reader(&r, true);
    struct evx_buf log_entry = {0}, body = {0};
    cr_assert_eq(evx_store_consignment(reader, 0, &log_entry, &body), EVX_E_STORE_DAMAGED);
    cr_assert_eq(log_entry.n + body.n, 0);
    evx_store_close(&reader);
    rig_sealed_free(&s);
    rig_free(&r);
}

Test(store, a_refused_item_is_a_row_and_never_opens, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct rig_items items = {0};
    rig_add_evidence(&items, NULL, NULL);
    rig_add_raw(&items, "nonsense", 8);
    struct rig_sealed s;
    struct evx_chain_link link = rig_first(1);
    rig_seal(&s, &r,
             &(struct rig_parcel){.sender = RIG_POLICE, .link = link, .content = items.content, .items = 2});
    struct evx_fetched f = rig_fetched(&r, &s);
    rig_store(&r, &f);
    struct evx_store_row row;
    cr_assert_eq(evx_store_row_at(r.store, (struct evx_store_ref){0, 1}, &row), EVX_OK);
    cr_assert_neq(row.code, EVX_OK);
    Evx__V1__Item *item = NULL;
    cr_assert_eq(rig_open_item(&r, r.store, row.ref, &item), row.code);
    cr_assert_null(item);
    cr_assert_eq(rig_open_item(&r, r.store, (struct evx_store_ref){0, 2}, &item), EVX_E_NOT_FOUND);
    cr_assert_eq(rig_open_item(&r, r.store, (struct evx_store_ref){9, 0}, &item), EVX_E_NOT_FOUND);
    struct evx_store_totals t;
    cr_assert_eq(evx_store_count(r.store, &t), EVX_OK);
    cr_assert_eq(t.accepted, 1);
    cr_assert_eq(t.rejected, 1);
    rig_sealed_free(&s);
    rig_items_free(&items);
    rig_free(&r);
}

// Healthy, not damaged: there is an entry, but nothing in it is for us.
Test(store, what_is_addressed_to_another_is_not_there, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct rig_items items = {0};
    rig_add_evidence(&items, NULL, NULL);
    struct rig_sealed s;
    struct evx_chain_link link = rig_first(1);
    rig_seal(&s, &r,
             &(struct rig_parcel){.sender = RIG_POLICE,
                                  .to = "inspectorate-health",
                                  .link = link,
                                  .content = items.content,
                                  .items = 1});
    struct evx_fetched f = rig_fetched(&r, &s);
    f.body = (struct evx_bytes){0};
    f.consignment = NULL;
    cr_assert_not(rig_store(&r, &f).consignment.addressed);
    Evx__V1__Item *item = NULL;
    cr_assert_eq(rig_open_item(&r, r.store, (struct evx_store_ref){0, 0}, &item), EVX_E_NOT_FOUND);
    cr_assert_null(item);
    rig_sealed_free(&s);
    rig_items_free(&items);
    rig_free(&r);
}

// Somebody who sends one id over and over must not make its look-up slow.
Test(store, refused_copies_of_an_id_are_not_remembered, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    fill(&r, 1, 1, NULL);
    struct evx_store_row row;
    struct evx_store_item item[3] = {
        {.code = EVX_OK}, {.code = EVX_E_ITEM_TWICE}, {.code = EVX_E_ITEM_TWICE}};
    for (uint32_t i = 0; i < 3; i++)
        item[i].record = (struct evx_record){.number = i, .item_id = {{7}}};
    cr_assert_eq(evx_store_find(r.store, &item[0].record.item_id, &row), EVX_E_NOT_FOUND);
    struct evx_store_consignment c = {.index = 1, .claimed = 3, .addressed = true};
    cr_assert_eq(evx_store_begin(r.store), EVX_OK);
    cr_assert_eq(evx_store_put(r.store, &c, item, 3), EVX_OK);
    cr_assert_eq(evx_store_commit(r.store), EVX_OK);
    cr_assert_eq(r.store->ids.used, 2);
    cr_assert_eq(evx_store_find(r.store, &item[0].record.item_id, &row), EVX_OK);
    cr_assert_eq(row.ref.number, 0);
    rig_free(&r);
}

Test(store, one_writer_many_readers, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    fill(&r, 1, 2, NULL);
    struct evx_store *second = NULL;
    struct evx_box_public own;
    memcpy(own.b, evx_fixture_key(r.fixture, RIG_OWN, EVX_KEY_ENC)->public_key, 32);
    const struct evx_box_secret *secret = evx_fixture_box(r.fixture, RIG_OWN, EVX_KEY_ENC);
    cr_assert_eq(evx_store_open(&second, r.folder, secret, &own, false), EVX_E_ALREADY_RUNNING);
    cr_assert_null(second);
    struct evx_store *reader = rig_reader(&r, true);
    struct seen seen = {.rig = &r, .open = reader};
    cr_assert_eq(evx_store_items(reader, 0, see, &seen), EVX_OK);
    cr_assert_eq(seen.n, 2);
    cr_assert_eq(evx_store_begin(reader), EVX_E_BUG);
    struct evx_chain_link link = rig_first(2);
    struct rig_sealed s;
    rig_evidence(&s, &r, RIG_SCHOOL, &link, 1);
    struct evx_fetched f = rig_fetched(&r, &s);
    rig_store(&r, &f);
    struct evx_store_row row;
    cr_assert_eq(evx_store_find(reader, &s.item_id[0], &row), EVX_OK,
                 "a reader sees what was committed meanwhile");
    cr_assert_str_eq(row.sender, RIG_SCHOOL);
    evx_store_close(&reader);
    rig_sealed_free(&s);
    rig_free(&r);
}

Test(store, can_be_read_after_the_writer_was_killed, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    evx_intake_destroy(&r.intake);
    evx_store_close(&r.store);
    pid_t child = fork();
    cr_assert(child >= 0);
    if (child == 0) {
        struct rig mine = r;
        rig_reopen(&mine);
        fill(&mine, 2, 2, NULL);
        _exit(0);
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    struct evx_store *reader = rig_reader(&r, true);
    struct seen seen = {.rig = &r, .open = reader};
    cr_assert_eq(evx_store_items(reader, 0, see, &seen), EVX_OK);
    cr_assert_eq(seen.n, 4);
    evx_store_close(&reader);
    rig_free(&r);
}

Test(store, counts_can_be_read_without_a_key_but_nothing_opened, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    fill(&r, 1, 2, NULL);
    struct evx_store *reader = rig_reader(&r, false);
    struct evx_store_totals t;
    cr_assert_eq(evx_store_count(reader, &t), EVX_OK);
    cr_assert_eq(t.accepted, 2);
    Evx__V1__Item *item = NULL;
    struct evx_audit *a = NULL;
    struct evx_opening *opening = rig_release(&a, &r, r.store, &(struct evx_store_ref){0, 0}, 1);
    cr_assert_eq(evx_store_open_item(reader, opening, (struct evx_store_ref){0, 0}, &item),
                 EVX_E_READ_UNRECORDED);
    cr_assert_null(item);
    evx_opening_close(&opening);
    evx_audit_close(&a);
    evx_store_close(&reader);
    rig_free(&r);
}

Test(store, another_organisations_key_does_not_open_it, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    const char *other = "inspectorate-health";
    struct evx_box_public public_key;
    memcpy(public_key.b, evx_fixture_key(r.fixture, other, EVX_KEY_ENC)->public_key, 32);
    struct evx_store *reader = NULL;
    cr_assert_neq(
        evx_store_open(&reader, r.folder, evx_fixture_box(r.fixture, other, EVX_KEY_ENC), &public_key, true),
        EVX_OK);
    cr_assert_null(reader);
    rig_free(&r);
}

Test(store, a_lost_store_key_is_not_replaced_by_a_new_one, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    fill(&r, 1, 1, NULL);
    evx_intake_destroy(&r.intake);
    evx_store_close(&r.store);
    char *path = evx_path_join(r.folder, "store.key");
    cr_assert_eq(unlink(path), 0);
    struct evx_box_public own;
    memcpy(own.b, evx_fixture_key(r.fixture, RIG_OWN, EVX_KEY_ENC)->public_key, 32);
    const struct evx_box_secret *secret = evx_fixture_box(r.fixture, RIG_OWN, EVX_KEY_ENC);
    cr_assert_eq(evx_store_open(&r.store, r.folder, secret, &own, false), EVX_E_STORE_DAMAGED);
    cr_assert_not(evx_path_exists(path));
    free(path);
    rig_free(&r);
}

Test(store, files_are_for_their_owner_only, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    static const char *const names[] = {"store.db", "keys.db", "store.key"};
    for (size_t i = 0; i < 3; i++) {
        struct stat st;
        char *path = evx_path_join(r.folder, names[i]);
        cr_assert_eq(stat(path, &st), 0);
        cr_assert_eq(st.st_mode & 077, 0, "%s", names[i]);
        free(path);
    }
    rig_free(&r);
}

static enum evx_status count_owed(void *user, const struct evx_store_consignment *c,
                                  const struct evx_store_item *item, size_t items)
{
    (void)item;
    cr_assert_gt(items, 0);
    *(uint64_t *)user += c->index + 1;
    return EVX_OK;
}

Test(store, remembers_which_answers_are_owed, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    fill(&r, 3, 1, NULL);
    uint64_t sum = 0, n = 0;
    cr_assert_eq(evx_store_mark_queued(r.store, 0), EVX_OK);
    rig_reopen(&r);
    cr_assert_eq(evx_store_owed(r.store, count_owed, &sum), EVX_OK);
    cr_assert_eq(sum, 2 + 3);
    cr_assert_eq(evx_store_mark_queued(r.store, 2), EVX_OK);
    cr_assert_eq(evx_store_owed_count(r.store, &n), EVX_OK);
    cr_assert_eq(n, 0);
    cr_assert_eq(evx_store_owe_again(r.store, 1, 1, &n), EVX_OK);
    cr_assert_eq(n, 1);
    sum = 0;
    cr_assert_eq(evx_store_owed(r.store, count_owed, &sum), EVX_OK);
    cr_assert_eq(sum, 2);
    rig_free(&r);
}
