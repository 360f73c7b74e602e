// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/audit.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agents/collector/audit_parts.h"
#include "agents/collector/purpose.h"
#include "proto/base/file.h"

static char folder[64];
static struct evx_store_key *key;
static const struct evx_store_ref two[2] = {{7, 0}, {7, 3}};

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static struct evx_audit *open_again(void)
{
    struct evx_audit *a = NULL;
    cr_assert_eq(evx_audit_open(&a, folder, key), EVX_OK);
    return a;
}

static struct evx_audit *open_new(void)
{
    cr_assert_eq(evx_crypto_init(), EVX_OK);
    snprintf(folder, sizeof folder, "/tmp/evx-audit-test-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(evx_store_key_generate(&key), EVX_OK);
    return open_again();
}

static void end(struct evx_audit *a)
{
    evx_audit_close(&a);
    evx_store_key_destroy(&key);
    nftw(folder, remove_one, 4, FTW_DEPTH | FTW_PHYS);
}

static struct evx_audit_record record(const char *view)
{
    return (struct evx_audit_record){.verb = "consultation",
                                     .person = "inspector one",
                                     .on_behalf_of = "inspectorate-care",
                                     .purpose = "inspection",
                                     .view = view};
}

static void append(struct evx_audit *a, const char *view)
{
    struct evx_audit_record r = record(view);
    cr_assert_eq(evx_audit_append(a, &r, two, 2), EVX_OK);
    cr_assert_eq(r.items, 2);
    cr_assert_gt(r.time_ms, 0);
}

static uint64_t verified(struct evx_audit *a)
{
    uint64_t records, bad;
    cr_assert_eq(evx_audit_verify(a, &records, &bad), EVX_OK);
    cr_assert_eq(bad, 0);
    return records;
}

static void expect_altered(struct evx_audit *a, uint64_t at)
{
    uint64_t records, bad;
    cr_assert_eq(evx_audit_verify(a, &records, &bad), EVX_E_AUDIT_ALTERED);
    cr_assert_eq(bad, at);
    cr_assert_eq(records, at - 1);
}

// --- the chain ---

static enum evx_status count(void *user, const struct evx_audit_record *r, const struct evx_digest *hash)
{
    (void)hash;
    size_t *n = user;
    if (*n == 0) cr_assert_str_eq(r->view, "timeline CHILD-1");
    cr_assert_str_eq(r->person, "inspector one");
    cr_assert_eq(r->number, ++*n);
    return EVX_OK;
}

Test(audit, chains_records_and_verifies_them, .timeout = 30)
{
    struct evx_audit *a = open_new();
    struct evx_digest head, again;
    uint64_t records;
    append(a, "timeline CHILD-1");
    append(a, "matrix");
    append(a, NULL);
    cr_assert_eq(verified(a), 3);
    cr_assert_eq(evx_audit_head(a, &records, &head), EVX_OK);
    evx_audit_close(&a);
    a = open_again();
    cr_assert_eq(evx_audit_head(a, &records, &again), EVX_OK);
    cr_assert_eq(records, 3);
    cr_assert_eq(memcmp(head.b, again.b, 32), 0);
    size_t n = 0;
    cr_assert_eq(evx_audit_read(a, 1, count, &n), EVX_OK);
    cr_assert_eq(n, 3);
    end(a);
}

static struct evx_buf file_of_audit(char **path)
{
    struct evx_buf all = {0};
    *path = evx_path_join(folder, "audit.db");
    cr_assert_eq(evx_file_read(&all, *path, 16u << 20), EVX_OK);
    return all;
}

static void overwrite(const void *needle, size_t n, size_t at, uint8_t with)
{
    char *path;
    struct evx_buf all = file_of_audit(&path);
    uint8_t *found = memmem(all.p, all.n, needle, n);
    cr_assert_not_null(found);
    found[at] = with;
    cr_assert_eq(evx_file_replace(path, evx_buf_bytes(&all), 0600), EVX_OK);
    evx_buf_free(&all);
    free(path);
}

Test(audit, an_altered_record_is_named, .timeout = 30)
{
    struct evx_audit *a = open_new();
    append(a, "view one");
    append(a, "view two");
    append(a, "view six");
    evx_audit_close(&a);
    overwrite("view two", 8, 5, 'T');
    a = open_again();
    expect_altered(a, 2);
    end(a);
}

struct kept {
    uint8_t record[2048], hash[32], list[2048];
    struct evx_audit_row row;
};

static enum evx_status keep(void *user, const struct evx_audit_row *row)
{
    struct kept *k = user;
    cr_assert(row->record.n <= sizeof k->record && row->list.n <= sizeof k->list);
    cr_assert_eq(row->hash.n, 32);
    memcpy(k->record, row->record.p, row->record.n);
    memcpy(k->hash, row->hash.p, 32);
    if (row->list.n) memcpy(k->list, row->list.p, row->list.n);
    k->row = (struct evx_audit_row){row->number, evx_bytes(k->record, row->record.n), evx_bytes(k->hash, 32),
                                    evx_bytes(k->list, row->list.n)};
    return EVX_OK;
}

static void kept_of(struct kept *k, struct evx_audit *a, uint64_t number)
{
    cr_assert_eq(evx_audit_db_at(a->db, number, keep, k), EVX_OK);
}

// What somebody with the file but without our programs would do: rows of their own making.
static struct evx_audit *rebuilt(struct evx_audit *a, const struct kept *row, size_t n)
{
    char *path = evx_path_join(folder, "audit.db");
    struct evx_audit_db *db = NULL;
    evx_audit_close(&a);
    cr_assert_eq(remove(path), 0);
    cr_assert_eq(evx_audit_db_open(&db, path), EVX_OK);
    for (size_t i = 0; i < n; i++)
        cr_assert_eq(evx_audit_db_put(db, &row[i].row), EVX_OK);
    evx_audit_db_close(&db);
    free(path);
    return open_again();
}

Test(audit, a_missing_added_or_renumbered_record_is_named, .timeout = 30)
{
    struct evx_audit *a = open_new();
    append(a, "view one");
    append(a, "view two");
    append(a, "view six");
    struct kept *k = calloc(4, sizeof *k);
    for (size_t i = 0; i < 3; i++)
        kept_of(&k[i], a, i + 1);
    struct kept missing[2] = {k[0], k[2]}, renumbered[2] = {k[0], k[2]};
    missing[0].row = k[0].row, missing[1].row = k[2].row;
    a = rebuilt(a, missing, 2);
    expect_altered(a, 2);
    renumbered[0].row = k[0].row, renumbered[1].row = k[2].row;
    renumbered[1].row.number = 2;
    a = rebuilt(a, renumbered, 2);
    expect_altered(a, 2);
    k[3].row = (struct evx_audit_row){4, evx_bytes_of_text("no record"), k[2].row.hash, {0}};
    a = rebuilt(a, k, 4);
    expect_altered(a, 4);
    free(k);
    end(a);
}

// The numbers run, the record parses, its own hash is right: but not over the one before.
Test(audit, a_record_hashed_over_another_past_is_named, .timeout = 30)
{
    struct evx_audit *a = open_new();
    append(a, "view one");
    append(a, "view two");
    struct kept *k = calloc(2, sizeof *k);
    kept_of(&k[0], a, 1);
    kept_of(&k[1], a, 2);
    struct evx_digest other = {{1}}, forged;
    cr_assert_eq(evx_audit_hash(&forged, &other, k[1].row.record), EVX_OK);
    k[1].row.hash = evx_bytes(forged.b, 32);
    a = rebuilt(a, k, 2);
    expect_altered(a, 2);
    free(k);
    end(a);
}

static enum evx_status look(void *user, const struct evx_audit_record *r, const struct evx_digest *hash)
{
    (void)r, (void)hash;
    ++*(size_t *)user;
    return EVX_OK;
}

// Read from the middle, the first record has nothing to be chained to.
Test(audit, a_record_out_of_place_is_noticed_without_its_past, .timeout = 30)
{
    struct evx_audit *a = open_new();
    append(a, "view one");
    append(a, "view two");
    append(a, "view six");
    struct kept *k = calloc(3, sizeof *k);
    for (size_t i = 0; i < 3; i++)
        kept_of(&k[i], a, i + 1);
    size_t seen = 0;
    cr_assert_eq(evx_audit_read(a, 2, look, &seen), EVX_OK);
    cr_assert_eq(seen, 2);
    struct evx_audit_row first = k[0].row, second = k[1].row, third = k[2].row;
    k[1].row = third;
    a = rebuilt(a, k, 2);
    cr_assert_eq(evx_audit_read(a, 2, look, &seen), EVX_E_AUDIT_ALTERED, "2 is missing");
    k[0].row = first, k[1].row = third;
    k[1].row.number = 2;
    a = rebuilt(a, k, 2);
    cr_assert_eq(evx_audit_read(a, 2, look, &seen), EVX_E_AUDIT_ALTERED, "it says that it is 3");
    k[1].row = second;
    k[1].row.hash.n = 5;
    a = rebuilt(a, k, 2);
    cr_assert_eq(evx_audit_read(a, 2, look, &seen), EVX_E_AUDIT_ALTERED, "its hash is none");
    cr_assert_eq(seen, 2);
    free(k);
    end(a);
}

Test(audit, a_text_over_its_limit_is_refused, .timeout = 30)
{
    static char text[1026];
    struct evx_audit *a = open_new();
    struct evx_audit_record r = record(text);
    memset(text, 'v', 1024);
    cr_assert_eq(evx_audit_append(a, &r, two, 2), EVX_OK);
    text[1024] = 'v';
    cr_assert_eq(evx_audit_append(a, &r, two, 2), EVX_E_TOO_LARGE);
    cr_assert_eq(verified(a), 1);
    end(a);
}

Test(audit, a_record_is_durable_before_append_returns, .timeout = 30)
{
    struct evx_audit *a = open_new();
    append(a, "view one");
    evx_audit_close(&a);
    pid_t child = fork();
    if (child == 0) {
        struct evx_audit_record r = record("view two");
        if (evx_audit_open(&a, folder, key) || evx_audit_append(a, &r, NULL, 0)) _exit(1);
        kill(getpid(), SIGKILL);
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    a = open_again();
    cr_assert_eq(verified(a), 2);
    end(a);
}

Test(audit, two_programs_write_one_chain, .timeout = 60)
{
    struct evx_audit *a = open_new(), *b = open_again();
    for (int i = 0; i < 5; i++) {
        append(a, "from one");
        append(b, "from the other");
    }
    cr_assert_eq(verified(a), 10);
    evx_audit_close(&b);
    end(a);
}

// --- what may stand in a record ---

Test(audit, a_record_needs_a_verb_a_person_and_a_purpose, .timeout = 30)
{
    static const struct {
        const char *verb, *person, *purpose;
        enum evx_status expected;
    } row[] = {
        {"consultation", "inspector one", "inspection", EVX_OK},
        {"erasure", "inspector one", "retention", EVX_OK},
        {"looking", "inspector one", "inspection", EVX_E_BUG},
        {"", "inspector one", "inspection", EVX_E_BUG},
        {NULL, "inspector one", "inspection", EVX_E_BUG},
        {"consultation", "", "inspection", EVX_E_BUG},
        {"consultation", NULL, "inspection", EVX_E_BUG},
        {"consultation", "inspector one", NULL, EVX_E_PURPOSE},
        {"consultation", "inspector one", "", EVX_E_PURPOSE},
        {"consultation", "inspector one", "curious", EVX_E_PURPOSE},
    };
    struct evx_audit *a = open_new();
    uint64_t expected = 0;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct evx_audit_record r = record("view");
        r.verb = row[i].verb, r.person = row[i].person, r.purpose = row[i].purpose;
        struct evx_opening *o = NULL;
        cr_assert_eq(evx_audit_append(a, &r, two, 2), row[i].expected, "row %zu", i);
        cr_assert_eq(evx_audit_release(&o, a, &r, two, 2), row[i].expected, "row %zu", i);
        cr_assert_eq(o != NULL, row[i].expected == EVX_OK, "row %zu", i);
        evx_opening_close(&o);
        expected += row[i].expected ? 0 : 2;
        cr_assert_eq(verified(a), expected, "what was refused left no record");
    }
    end(a);
}

Test(audit, a_purpose_is_a_word_of_the_list_or_a_reason_that_names_nobody, .timeout = 10)
{
    static const char *const good[] = {
        "inspection",
        "legal-proceedings",
        "the complaint of March about the home",
        "twelve chars",
        "part 2 of the review, chapters 14 to 19",
        "révision demandée",
    };
    static const char *const bad[] = {
        "Inspection",
        "elevenchars",
        "a b",
        "onewordonly_that_is_long",
        " leading space only",
        "complaint about 999 000 0018",
        "complaint about 999-000-0018",
        "complaint of 01/02/2012 12",
        "complaint 999.000",
        "asked by someone@example.org",
        "two\nlines of text here",
        "two\x7flines of text here",
        "not utf-8 \xff at all here",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        cr_assert(evx_purpose_good(good[i]), "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert(!evx_purpose_good(bad[i]), "%s", bad[i]);
    char longest[202] = "word ";
    memset(longest + 5, 'x', 195);
    cr_assert(evx_purpose_good(longest), "200 bytes");
    longest[200] = 'x';
    cr_assert(!evx_purpose_good(longest), "201 bytes");
}

// --- which items ---

Test(audit, the_file_alone_names_no_item, .timeout = 30)
{
    struct evx_audit *a = open_new();
    struct evx_buf list = {0}, plain = {0};
    uint64_t items;
    append(a, "view one");
    cr_assert_eq(evx_audit_items(a, 1, &list), EVX_OK);
    cr_assert(evx_reflist_covers(evx_buf_bytes(&list), two[0]));
    cr_assert(evx_reflist_covers(evx_buf_bytes(&list), two[1]));
    cr_assert_eq(evx_reflist_make(&plain, &items, two, 2), EVX_OK);
    cr_assert(evx_bytes_equal(evx_buf_bytes(&list), evx_buf_bytes(&plain)));
    cr_assert_eq(evx_audit_items(a, 2, &list), EVX_E_NOT_FOUND);
    evx_audit_close(&a);
    char *path;
    struct evx_buf all = file_of_audit(&path);
    cr_assert_null(memmem(all.p, all.n, plain.p, 20));
    free(path);
    cr_assert_eq(evx_audit_open(&a, folder, NULL), EVX_OK);
    cr_assert_eq(verified(a), 1, "the chain needs no key");
    cr_assert_eq(evx_audit_items(a, 1, &list), EVX_E_NOT_ALLOWED);
    struct evx_audit_record r = record("view");
    cr_assert_eq(evx_audit_append(a, &r, two, 2), EVX_E_BUG, "nothing is listed in the clear");
    struct evx_opening *o = NULL;
    cr_assert_eq(evx_audit_release(&o, a, &r, NULL, 0), EVX_E_BUG);
    evx_buf_free(&all);
    evx_buf_free(&list);
    evx_buf_free(&plain);
    end(a);
}

Test(audit, a_list_exchanged_for_another_records_is_noticed, .timeout = 30)
{
    struct evx_audit *a = open_new();
    append(a, "view one");
    struct evx_audit_record r = record("view two");
    static const struct evx_store_ref other[2] = {{8, 0}, {9, 1}};
    cr_assert_eq(evx_audit_append(a, &r, other, 2), EVX_OK);
    struct kept *k = calloc(2, sizeof *k);
    kept_of(&k[0], a, 1);
    kept_of(&k[1], a, 2);
    struct evx_bytes list = k[0].row.list;
    k[0].row.list = k[1].row.list;
    k[1].row.list = list;
    a = rebuilt(a, k, 2);
    expect_altered(a, 1);
    struct evx_buf got = {0};
    cr_assert_eq(evx_audit_items(a, 1, &got), EVX_E_AUDIT_ALTERED);
    cr_assert_eq(got.n, 0);
    k[1].row.list = (struct evx_bytes){0};
    k[0].row.list = list;
    a = rebuilt(a, k, 2);
    expect_altered(a, 2);
    evx_buf_free(&got);
    free(k);
    end(a);
}

Test(audit, another_stores_key_lists_nothing, .timeout = 30)
{
    struct evx_audit *a = open_new();
    append(a, "view one");
    evx_audit_close(&a);
    evx_store_key_destroy(&key);
    cr_assert_eq(evx_store_key_generate(&key), EVX_OK);
    a = open_again();
    struct evx_buf list = {0};
    cr_assert_eq(evx_audit_items(a, 1, &list), EVX_E_AUDIT_ALTERED);
    evx_buf_free(&list);
    end(a);
}

Test(audit, eighty_thousand_items_are_a_small_record, .timeout = 60)
{
    struct evx_audit *a = open_new();
    struct evx_store_ref *ref = calloc(80000, sizeof *ref);
    for (size_t i = 0; i < 80000; i++)
        ref[79999 - i] = (struct evx_store_ref){i / 256 * 2, (uint32_t)(i % 256)}; // every other log entry
    struct evx_audit_record r = record("summary");
    cr_assert_eq(evx_audit_append(a, &r, ref, 80000), EVX_OK);
    cr_assert_eq(r.items, 80000);
    struct evx_buf list = {0};
    cr_assert_eq(evx_audit_items(a, 1, &list), EVX_OK);
    cr_assert_leq(list.n, 313 * 20, "one run a consignment");
    for (size_t i = 0; i < 80000; i++)
        ref[i] = (struct evx_store_ref){i / 256, (uint32_t)(i % 256)};
    cr_assert_eq(evx_audit_append(a, &r, ref, 79872), EVX_OK);
    cr_assert_eq(evx_audit_items(a, 2, &list), EVX_OK);
    cr_assert_eq(list.n, 20, "equal consignments in a row are one run");
    evx_buf_free(&list);
    free(ref);
    end(a);
}

// --- the right to open ---

Test(audit, an_opening_names_its_items_and_no_other, .timeout = 30)
{
    struct evx_audit *a = open_new();
    struct evx_opening *o = NULL;
    struct evx_audit_record r = record("view");
    cr_assert_eq(evx_audit_release(&o, a, &r, two, 2), EVX_OK);
    cr_assert_eq(verified(a), 1, "the record stands before anything is opened");
    cr_assert_eq(evx_opening_covers(o, key, two[0]), EVX_OK);
    cr_assert_eq(evx_opening_covers(o, key, two[1]), EVX_OK);
    cr_assert_eq(evx_opening_covers(o, key, (struct evx_store_ref){7, 1}), EVX_E_READ_UNRECORDED);
    cr_assert_eq(evx_opening_covers(o, key, (struct evx_store_ref){8, 0}), EVX_E_READ_UNRECORDED);
    cr_assert_eq(evx_opening_covers(o, NULL, two[0]), EVX_E_READ_UNRECORDED);
    cr_assert_eq(evx_opening_covers(NULL, key, two[0]), EVX_E_READ_UNRECORDED);
    evx_opening_close(&o);
    cr_assert_eq(evx_audit_release(&o, a, &r, NULL, 0), EVX_OK);
    cr_assert_eq(evx_opening_covers(o, key, two[0]), EVX_E_READ_UNRECORDED, "nothing was named");
    evx_opening_close(&o);
    end(a);
}

Test(audit, an_opening_of_another_store_opens_nothing_here, .timeout = 30)
{
    struct evx_audit *a = open_new();
    struct evx_opening *o = NULL;
    struct evx_store_key *elsewhere = NULL;
    struct evx_audit_record r = record("view");
    cr_assert_eq(evx_store_key_generate(&elsewhere), EVX_OK);
    cr_assert_eq(evx_audit_release(&o, a, &r, two, 2), EVX_OK);
    cr_assert_eq(evx_opening_covers(o, elsewhere, two[0]), EVX_E_READ_UNRECORDED);
    cr_assert_eq(evx_opening_covers(o, key, two[0]), EVX_OK);
    evx_opening_close(&o);
    evx_store_key_destroy(&elsewhere);
    end(a);
}

Test(audit, an_opening_whose_record_is_gone_opens_nothing, .timeout = 30)
{
    struct evx_audit *a = open_new();
    struct evx_opening *o = NULL;
    struct kept *k = calloc(1, sizeof *k);
    struct evx_audit_record r = record("the only one");
    cr_assert_eq(evx_audit_release(&o, a, &r, two, 2), EVX_OK);
    kept_of(k, a, 1);
    a = rebuilt(a, NULL, 0);
    o->audit = a;
    cr_assert_eq(evx_opening_covers(o, key, two[0]), EVX_E_READ_UNRECORDED, "deleted");
    append(a, "another in its place");
    cr_assert_eq(evx_opening_covers(o, key, two[0]), EVX_E_READ_UNRECORDED, "replaced");
    a = rebuilt(a, k, 1);
    o->audit = a;
    cr_assert_eq(evx_opening_covers(o, key, two[0]), EVX_OK);
    evx_opening_close(&o);
    free(k);
    end(a);
}

Test(audit, notes_beside_the_records_are_kept, .timeout = 30)
{
    struct evx_audit *a = open_new();
    uint64_t value = 1;
    cr_assert_eq(evx_audit_noted(a, "digest", &value), EVX_OK);
    cr_assert_eq(value, 0);
    cr_assert_eq(evx_audit_note(a, "digest", 7), EVX_OK);
    cr_assert_eq(evx_audit_note(a, "digest", 9), EVX_OK);
    cr_assert_eq(evx_audit_note(a, "uses school", 3), EVX_OK);
    evx_audit_close(&a);
    a = open_again();
    cr_assert_eq(evx_audit_noted(a, "digest", &value), EVX_OK);
    cr_assert_eq(value, 9);
    end(a);
}
