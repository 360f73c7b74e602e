// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/holds.h"

#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "agents/collector/store_parts.h"
#include "proto/base/file.h"
#include "tests/unit/collector/rig.h"

static struct rig r;
static void setup(void) { rig_new(&r); }
static void teardown(void) { rig_free(&r); }
#define RIG .init = setup, .fini = teardown, .timeout = 60

static uint64_t place(enum evx_hold_scope scope, uint8_t item, const char *child)
{
    struct evx_hold h = {
        .scope = scope, .item = {{item}}, .reason = "made-up inquiry", .placed_by = "counsel"};
    h.placed_ms = EVX_FIXTURE_NOW_MS;
    if (child) memcpy(h.child, child, strlen(child) + 1);
    cr_assert_eq(evx_hold_place(r.store, &h), EVX_OK);
    return h.number;
}

static enum evx_status load(struct evx_hold **h, size_t *n) { return evx_holds_load(h, n, r.store); }

Test(holds, come_back_with_who_and_why, RIG)
{
    struct evx_hold *h;
    size_t n;
    cr_assert_eq(place(EVX_HOLD_ITEM, 4, NULL), 1);
    cr_assert_eq(place(EVX_HOLD_CHILD, 0, "nhs-number:9990000000"), 2);
    cr_assert_eq(evx_hold_lift(r.store, 1, "the same counsel", EVX_FIXTURE_NOW_MS + 1), EVX_OK);
    rig_reopen(&r);
    cr_assert_eq(load(&h, &n), EVX_OK);
    cr_assert_eq(n, 2);
    cr_assert_str_eq(h[0].placed_by, "counsel");
    cr_assert_str_eq(h[0].lifted_by, "the same counsel");
    cr_assert_eq(h[0].lifted_ms, EVX_FIXTURE_NOW_MS + 1);
    cr_assert_str_eq(h[1].child, "nhs-number:9990000000");
    cr_assert_str_eq(h[1].reason, "made-up inquiry");
    cr_assert_eq(h[1].lifted_ms, 0);
    free(h);
}

Test(holds, are_lifted_once_and_by_number, RIG)
{
    place(EVX_HOLD_INSPECTION, 0, NULL);
    cr_assert_eq(evx_hold_lift(r.store, 2, "counsel", 5), EVX_E_NOT_FOUND);
    cr_assert_eq(evx_hold_lift(r.store, 1, "counsel", 5), EVX_OK);
    cr_assert_eq(evx_hold_lift(r.store, 1, "counsel", 6), EVX_E_NOT_FOUND);
    cr_assert_eq(place(EVX_HOLD_INSPECTION, 0, NULL), 3, "numbers are those of the records");
}

Test(holds, texts_are_not_readable_in_the_file, RIG)
{
    place(EVX_HOLD_CHILD, 0, "nhs-number:9990000000");
    cr_assert_eq(evx_store_maintain(r.store, true), EVX_OK);
    struct evx_store *without_key = rig_reader(&r, false);
    struct evx_hold *h;
    size_t n;
    cr_assert_eq(evx_holds_load(&h, &n, without_key), EVX_E_BUG);
    evx_store_close(&without_key);
}

// --- a hold cannot vanish ---

static void put_at(struct evx_bytes key, const void *p, size_t n)
{
    cr_assert_eq(evx_store_begin(r.store), EVX_OK);
    cr_assert_eq(evx_record_put(r.store, EVX_RECORD_HOLD, key, evx_bytes(p, n)), EVX_OK);
    cr_assert_eq(evx_store_commit(r.store), EVX_OK);
}

static void put_raw(uint64_t number, const void *p, size_t n)
{
    uint8_t key[8];
    evx_put_be64(key, number);
    put_at(evx_bytes(key, sizeof key), p, n);
}

static enum evx_status keep_record(void *user, struct evx_bytes key, struct evx_bytes packed)
{
    struct evx_buf *out = user;
    struct evx_bytes content;
    if (evx_get_be64(key.p) != out->cap) return EVX_OK;
    cr_assert_eq(evx_record_open(&content, r.store, EVX_RECORD_HOLD, key, packed), EVX_OK);
    out->cap = 0;
    return evx_buf_append(out, content.p, content.n);
}

static struct evx_buf record_of(uint64_t number)
{
    struct evx_buf out = {.cap = number};
    uint8_t key[8];
    evx_put_be64(key, number);
    struct evx_bytes at = evx_bytes(key, sizeof key);
    cr_assert_eq(evx_store_db_records(r.store->rows, EVX_RECORD_HOLD, at, at, keep_record, &out), EVX_OK);
    cr_assert_gt(out.n, 0);
    return out;
}

static void expect_damage(void)
{
    struct evx_hold *h, fresh = {.scope = EVX_HOLD_INSPECTION, .placed_ms = 1};
    size_t n;
    cr_assert_eq(load(&h, &n), EVX_E_HOLD_DAMAGED);
    cr_assert_null(h);
    cr_assert_eq(evx_hold_place(r.store, &fresh), EVX_E_HOLD_DAMAGED);
    cr_assert_eq(evx_hold_lift(r.store, 1, "x", 1), EVX_E_HOLD_DAMAGED);
}

Test(holds, chain_shows_a_record_put_in_place_of_another, RIG)
{
    place(EVX_HOLD_ITEM, 1, NULL), place(EVX_HOLD_ITEM, 2, NULL), place(EVX_HOLD_ITEM, 3, NULL);
    struct evx_buf third = record_of(3);
    put_raw(2, third.p, third.n);
    expect_damage();
    evx_buf_free(&third);
}

Test(holds, chain_shows_that_the_newest_is_missing, RIG)
{
    place(EVX_HOLD_ITEM, 1, NULL);
    struct evx_buf head = record_of(0);
    place(EVX_HOLD_ITEM, 2, NULL);
    put_raw(0, head.p, head.n);
    expect_damage();
    evx_buf_free(&head);
}

Test(holds, a_record_that_cannot_be_read_stops_every_erasure, RIG)
{
    place(EVX_HOLD_ITEM, 1, NULL);
    uint8_t nothing[32 + 60] = {0};
    put_raw(1, nothing, sizeof nothing);
    expect_damage();
}

// One who has the store key and alters a single thing is found by the one check that is about it.
Test(holds, each_record_names_the_hash_before_it, RIG)
{
    place(EVX_HOLD_ITEM, 1, NULL), place(EVX_HOLD_ITEM, 2, NULL);
    struct evx_buf second = record_of(2);
    second.p[0] ^= 1;
    put_raw(2, second.p, second.n);
    expect_damage();
    evx_buf_free(&second);
}

Test(holds, the_head_is_the_hash_of_the_last_record, RIG)
{
    place(EVX_HOLD_ITEM, 1, NULL), place(EVX_HOLD_ITEM, 2, NULL), place(EVX_HOLD_ITEM, 3, NULL);
    struct evx_buf second = record_of(2), third = record_of(3);
    memcpy(second.p, third.p, 32); // another act behind the right hash
    put_raw(3, second.p, second.n);
    expect_damage();
    evx_buf_free(&second);
    evx_buf_free(&third);
}

Test(holds, the_head_counts_the_records, RIG)
{
    place(EVX_HOLD_ITEM, 1, NULL);
    struct evx_buf head = record_of(0);
    evx_put_be64(head.p, 2);
    put_raw(0, head.p, head.n);
    expect_damage();
    evx_buf_free(&head);
}

static void change(const char *sql)
{
    char *path = evx_path_join(r.folder, "store.db");
    sqlite3 *db = NULL;
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s", sql);
    sqlite3_close(db);
    free(path);
}

Test(holds, numbers_have_no_hole, RIG)
{
    place(EVX_HOLD_ITEM, 1, NULL), place(EVX_HOLD_ITEM, 2, NULL);
    struct evx_buf second = record_of(2);
    put_raw(3, second.p, second.n);
    change("DELETE FROM record WHERE kind = 20 AND key = x'0000000000000002'");
    expect_damage();
    evx_buf_free(&second);
}

Test(holds, the_head_is_as_long_as_a_head, RIG)
{
    place(EVX_HOLD_ITEM, 1, NULL);
    struct evx_buf head = record_of(0);
    cr_assert_eq(head.n, 8 + 32);
    cr_assert_eq(evx_buf_append(&head, "x", 1), EVX_OK);
    put_raw(0, head.p, head.n);
    expect_damage();
    put_raw(0, head.p, head.n - 2);
    expect_damage();
    put_raw(0, NULL, 0);
    expect_damage();
    evx_buf_free(&head);
}

// Sealed as it should be, but under a key that no hold has: it would be read as another's.
Test(holds, a_record_has_a_number_for_its_key, RIG)
{
    static const uint8_t zeros[9];
    place(EVX_HOLD_ITEM, 1, NULL);
    struct evx_buf head = record_of(0);
    for (size_t n = 7; n <= 9; n += 2) {
        put_at(evx_bytes(zeros, n), head.p, head.n);
        expect_damage();
        change("DELETE FROM record WHERE kind = 20 AND length(key) <> 8");
        struct evx_hold *h;
        size_t holds;
        cr_assert_eq(load(&h, &holds), EVX_OK);
        free(h);
    }
    evx_buf_free(&head);
}

// --- how many, and how long ---

// Records 2..last as the first one, in one transaction.
static void repeat_first(uint64_t last)
{
    uint8_t key[8], head[8 + 32];
    struct evx_buf first = record_of(1), before = record_of(0), plain = {0}, linked = {0}, content = {0};
    const char *domain = "evx/store/hold/v1";
    cr_assert_eq(evx_store_decrypt(&plain, r.store->master, domain, evx_bytes(first.p + 32, first.n - 32)),
                 EVX_OK);
    memcpy(head, before.p, sizeof head);
    cr_assert_eq(evx_store_begin(r.store), EVX_OK);
    for (uint64_t number = 2; number <= last + 1; number++) {
        bool end = number > last;
        evx_buf_clear(&content), evx_buf_clear(&linked);
        cr_assert_eq(evx_buf_append(&content, head + 8, 32), EVX_OK);
        cr_assert_eq(evx_store_encrypt(&content, r.store->master, domain, evx_buf_bytes(&plain)), EVX_OK);
        evx_put_be64(key, end ? 0 : number);
        evx_put_be64(head, last);
        cr_assert_eq(evx_record_put(r.store, EVX_RECORD_HOLD, evx_bytes(key, sizeof key),
                                    end ? evx_bytes(head, sizeof head) : evx_buf_bytes(&content)),
                     EVX_OK);
        cr_assert_eq(evx_buf_append(&linked, head + 8, 32), EVX_OK);
        cr_assert_eq(evx_buf_append(&linked, plain.p, plain.n), EVX_OK);
        struct evx_digest hash;
        evx_sha256_2(&hash, "evx/hold/v1\n", evx_buf_bytes(&linked));
        memcpy(head + 8, hash.b, sizeof hash.b);
    }
    cr_assert_eq(evx_store_commit(r.store), EVX_OK);
    evx_buf_free(&first), evx_buf_free(&before), evx_buf_free(&plain);
    evx_buf_free(&linked), evx_buf_free(&content);
}

// Every erasure reads all of them.
Test(holds, are_not_more_than_can_be_read_each_time, .init = setup, .fini = teardown, .timeout = 120)
{
    struct evx_hold *h, more = {.scope = EVX_HOLD_INSPECTION, .placed_ms = 1};
    size_t n;
    place(EVX_HOLD_ITEM, 1, NULL);
    repeat_first(EVX_LIMIT_HOLDS - 1);
    cr_assert_eq(place(EVX_HOLD_ITEM, 1, NULL), EVX_LIMIT_HOLDS);
    cr_assert_eq(evx_hold_place(r.store, &more), EVX_E_TOO_LARGE);
    cr_assert_eq(evx_hold_lift(r.store, 1, "counsel", 5), EVX_E_TOO_LARGE);
    cr_assert_eq(load(&h, &n), EVX_OK);
    cr_assert_eq(n, EVX_LIMIT_HOLDS);
    free(h);
}

// What is longer could be written and never read: nothing could be erased any more.
Test(holds, are_lifted_by_a_name_that_fits, RIG)
{
    char by[EVX_HOLD_TEXT + 1] = {0};
    struct evx_hold *h;
    size_t n;
    memset(by, 'n', EVX_HOLD_TEXT);
    place(EVX_HOLD_ITEM, 1, NULL);
    cr_assert_eq(evx_hold_lift(r.store, 1, by, 5), EVX_E_TOO_LARGE);
    cr_assert_eq(load(&h, &n), EVX_OK);
    cr_assert_eq(h[0].lifted_ms, 0, "it still stands");
    free(h);
    by[EVX_HOLD_TEXT - 1] = '\0';
    cr_assert_eq(evx_hold_lift(r.store, 1, by, 5), EVX_OK);
    cr_assert_eq(load(&h, &n), EVX_OK);
    cr_assert_str_eq(h[0].lifted_by, by);
    free(h);
}

// --- what is covered ---

static struct evx_hold hold(enum evx_hold_scope scope, uint8_t item, const char *child)
{
    struct evx_hold h = {.number = 1, .scope = scope, .item = {{item}}};
    if (child) memcpy(h.child, child, strlen(child) + 1);
    return h;
}

static const struct evx_item_id id = {{4}}, other = {{5}};

Test(holds, cover_their_item_or_everything_until_lifted, .timeout = 20)
{
    struct evx_hold h = hold(EVX_HOLD_ITEM, 4, NULL);
    cr_assert_not_null(evx_holds_cover(&h, 1, &id, NULL));
    cr_assert_null(evx_holds_cover(&h, 1, &other, NULL));
    h.scope = EVX_HOLD_INSPECTION;
    cr_assert_not_null(evx_holds_cover(&h, 1, &other, NULL));
    h.lifted_ms = 1;
    cr_assert_null(evx_holds_cover(&h, 1, &other, NULL));
    cr_assert_not(evx_holds_need_content(&h, 1));
}

Test(holds, on_a_child_compare_identifiers, .timeout = 20)
{
    static const struct {
        const char *held, *scheme, *value;
        bool covers;
    } rows[] = {{"nhs-number:9990000000", "nhs-number", "9990000000", true},
                {"nhs-number:999 000 0000", "nhs-number", "9990000000", true},
                {"upn:a123", "upn", "A123", true},
                {"nhs-number:9990000000", "upn", "9990000000", false},
                {"nhs-number:9990000000", "nhs-number", "99900000001", false},
                {"nhs-number:9990000000", "nhs-number", "999000000", false},
                {"nhs:9990000000", "nhs-number", "9990000000", false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct evx_hold h = hold(EVX_HOLD_CHILD, 0, rows[i].held);
        Evx__V1__Identifier identifier = EVX__V1__IDENTIFIER__INIT, *identifiers[] = {&identifier};
        Evx__V1__Subject subject = EVX__V1__SUBJECT__INIT, *subjects[] = {&subject};
        Evx__V1__Evidence evidence = EVX__V1__EVIDENCE__INIT;
        Evx__V1__Correction correction = EVX__V1__CORRECTION__INIT;
        Evx__V1__NilReturn nil = EVX__V1__NIL_RETURN__INIT;
        Evx__V1__Request request = EVX__V1__REQUEST__INIT;
        Evx__V1__Item item = EVX__V1__ITEM__INIT;
        identifier.scheme = (char *)rows[i].scheme, identifier.value = (char *)rows[i].value;
        subject.identifier = identifiers, subject.n_identifier = 1;
        evidence.subject = nil.child = request.child = subjects;
        evidence.n_subject = nil.n_child = request.n_child = 1;
        correction.replacement = &evidence;
        item.body_case = EVX__V1__ITEM__BODY_EVIDENCE, item.evidence = &evidence;
        cr_assert_eq(evx_holds_cover(&h, 1, &id, &item) != NULL, rows[i].covers, "evidence, row %zu", i);
        item.body_case = EVX__V1__ITEM__BODY_CORRECTION, item.correction = &correction;
        cr_assert_eq(evx_holds_cover(&h, 1, &id, &item) != NULL, rows[i].covers, "correction, row %zu", i);
        item.body_case = EVX__V1__ITEM__BODY_NIL_RETURN, item.nil_return = &nil;
        cr_assert_eq(evx_holds_cover(&h, 1, &id, &item) != NULL, rows[i].covers, "nil return, row %zu", i);
        item.body_case = EVX__V1__ITEM__BODY_REQUEST, item.request = &request;
        cr_assert_eq(evx_holds_cover(&h, 1, &id, &item) != NULL, rows[i].covers, "request, row %zu", i);
    }
}

// What cannot be looked at may be held.
Test(holds, on_a_child_cover_what_was_not_opened, .timeout = 20)
{
    struct evx_hold h = hold(EVX_HOLD_CHILD, 0, "upn:A123");
    cr_assert(evx_holds_need_content(&h, 1));
    cr_assert_not_null(evx_holds_cover(&h, 1, &id, NULL));
}
