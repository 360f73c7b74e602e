// SPDX-License-Identifier: Apache-2.0
//
// Which directory ruled where in a log, and what a second or older one is called.
#include "crypto/directory_history.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "crypto/checkpoint.h"
#include "tests/testlib/chain.h"
#include "tests/testlib/fixture.h"

#define SENDER "northam-police"
#define ORIGIN EVX_FIXTURE_EXCHANGE "/" EVX_FIXTURE_INSPECTION

static struct evx_fixture *f;
static struct evx_directory_history *h;
static struct evx_buf note[5]; // versions 1 to 4

static struct evx_log_directory entry_of(uint64_t version)
{
    struct evx_log_directory e = {.received_ms = EVX_FIXTURE_NOW_MS, .version = version};
    const struct evx_directory *d = evx_directory_history_version(h, version);
    if (d) e.hash = *evx_directory_hash(d);
    return e;
}

static enum evx_status adopt(uint64_t index, uint64_t version)
{
    struct evx_log_directory e = entry_of(version);
    return evx_directory_history_adopt(h, index, &e);
}

static struct evx_directory *fixture_directory(void)
{
    return (struct evx_directory *)evx_fixture_directory(f); // counted; the fixture keeps its own
}

// Version 2 adds nothing, 3 revokes the sender's key from index 40 on, 4 suspends it.
static void setup(void)
{
    char fingerprint[65], revoked[400];
    f = evx_fixture_new();
    cr_assert_not_null(f);
    evx_hex(fingerprint, evx_fixture_key(f, SENDER, EVX_KEY_SIG)->fingerprint.b, 32);
    snprintf(revoked, sizeof revoked, "revoked %s " ORIGIN " 40 stolen laptop\n", fingerprint);
    cr_assert_eq(evx_directory_history_new(&h, fixture_directory()), EVX_OK);
    chain_next(&note[2], f, evx_fixture_directory(f), NULL, NULL, 7);
    cr_assert_eq(evx_directory_history_add(h, evx_buf_bytes(&note[2])), EVX_OK);
    chain_next(&note[3], f, evx_directory_history_newest(h), NULL, revoked, 7);
    cr_assert_eq(evx_directory_history_add(h, evx_buf_bytes(&note[3])), EVX_OK);
    chain_next(&note[4], f, evx_directory_history_newest(h), "org northam-police police active",
               "org northam-police police suspended", 7);
}

static void teardown(void)
{
    evx_directory_history_destroy(&h);
    for (size_t i = 0; i < 5; i++)
        evx_buf_free(&note[i]);
    evx_fixture_free(f);
}

Test(directory_history, versions_are_added_only_as_a_verified_chain, .init = setup, .fini = teardown,
     .timeout = 30)
{
    struct evx_buf few = {0};
    cr_assert_eq(evx_directory_version(evx_directory_history_newest(h)), 3);
    cr_assert_eq(evx_directory_history_add(h, evx_buf_bytes(&note[2])), EVX_OK, "held already");
    chain_next(&few, f, evx_directory_history_newest(h), NULL, NULL, 1);
    cr_assert_eq(evx_directory_history_add(h, evx_buf_bytes(&few)), EVX_E_DIRECTORY_SIGNATURES);
    evx_buf_clear(&few);
    chain_next(&few, f, evx_directory_history_version(h, 1), "Northam Police", "Southam Police", 7);
    cr_assert_eq(evx_directory_history_add(h, evx_buf_bytes(&few)), EVX_E_DIRECTORY_VERSION,
                 "another version 2");
    cr_assert_null(evx_directory_history_version(h, 4));
    cr_assert_eq(evx_directory_history_add(h, evx_buf_bytes(&note[4])), EVX_OK);
    cr_assert_eq(evx_directory_version(evx_directory_history_newest(h)), 4);
    evx_buf_free(&few);
}

Test(directory_history, older_versions_are_believed_by_the_hash_that_their_successor_names, .init = setup,
     .fini = teardown, .timeout = 30)
{
    struct evx_directory_history *late = NULL;
    struct evx_directory *third = NULL;
    struct evx_buf other = {0};
    cr_assert_eq(evx_directory_load(&third, evx_buf_bytes(&note[3]), NULL, NULL, NULL), EVX_OK);
    cr_assert_eq(evx_directory_history_new(&late, third), EVX_OK);
    chain_next(&other, f, evx_directory_history_version(h, 1), "Northam Police", "Southam Police", 7);
    cr_assert_eq(evx_directory_history_add(late, evx_buf_bytes(&other)), EVX_E_DIRECTORY_VERSION);
    cr_assert_eq(evx_directory_history_add(late, evx_fixture_note(f)), EVX_E_DIRECTORY_VERSION,
                 "not in turn");
    cr_assert_eq(evx_directory_history_add(late, evx_buf_bytes(&note[2])), EVX_OK);
    cr_assert_eq(evx_directory_history_add(late, evx_fixture_note(f)), EVX_OK);
    cr_assert_eq(evx_directory_version(evx_directory_history_oldest(late)), 1);
    evx_directory_destroy(&third);
    evx_directory_history_destroy(&late);
    evx_buf_free(&other);
}

Test(directory_history, the_newest_logged_before_an_index_rules_there, .init = setup, .fini = teardown,
     .timeout = 30)
{
    struct evx_ruling r;
    cr_assert_eq(evx_directory_history_ruling(&r, h, 7), EVX_E_DIRECTORY_UNLOGGED);
    cr_assert_eq(adopt(0, 1), EVX_OK);
    cr_assert_eq(adopt(10, 2), EVX_OK);
    cr_assert_eq(adopt(20, 3), EVX_OK);
    cr_assert_eq(evx_directory_history_ruling(&r, h, 0), EVX_E_DIRECTORY_UNLOGGED);
    static const struct {
        uint64_t index, version;
    } rows[] = {{1, 1}, {10, 1}, {11, 2}, {20, 2}, {21, 3}, {UINT64_MAX, 3}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_assert_eq(evx_directory_history_ruling(&r, h, rows[i].index), EVX_OK);
        cr_assert_eq(evx_directory_version(r.newest), rows[i].version, "at %llu",
                     (unsigned long long)rows[i].index);
        if (rows[i].version == 1)
            cr_assert_null(r.older);
        else
            cr_assert_eq(evx_directory_version(r.older), rows[i].version - 1);
    }
    evx_directory_history_truncate(h, 20);
    cr_assert_eq(evx_directory_history_ruling(&r, h, 21), EVX_OK);
    cr_assert_eq(evx_directory_version(r.newest), 2);
}

Test(directory_history, a_second_an_older_or_an_unknown_directory_is_not_adopted, .init = setup,
     .fini = teardown, .timeout = 30)
{
    struct evx_ruling r;
    cr_assert_eq(adopt(0, 2), EVX_OK);
    cr_assert_eq(adopt(0, 2), EVX_OK, "the same again");
    struct evx_log_directory e = entry_of(3);
    e.hash.b[31] ^= 1;
    cr_assert_eq(evx_directory_history_adopt(h, 5, &e), EVX_E_DIRECTORY_SPLIT);
    cr_assert_eq(adopt(5, 1), EVX_E_DIRECTORY_ROLLBACK);
    cr_assert_eq(adopt(5, 2), EVX_E_DIRECTORY_ROLLBACK);
    cr_assert_eq(adopt(0, 3), EVX_E_DIRECTORY_ROLLBACK, "not after the last");
    cr_assert_eq(adopt(5, 4), EVX_E_DIRECTORY_UNKNOWN);
    cr_assert_eq(evx_directory_history_ruling(&r, h, 99), EVX_OK);
    cr_assert_eq(evx_directory_version(r.newest), 2, "none of them was recorded");
    cr_assert_eq(evx_directory_history_add(h, evx_buf_bytes(&note[4])), EVX_OK);
    cr_assert_eq(adopt(5, 4), EVX_OK);
}

static enum evx_status admit_at(struct evx_bytes whole, uint64_t index, uint64_t received_ms)
{
    struct evx_consignment c;
    cr_assert_eq(evx_consignment_open(&c, whole, evx_fixture_key(f, SENDER, EVX_KEY_SIG)), EVX_OK);
    enum evx_status s = evx_directory_history_admit(h, &c, received_ms, index);
    evx_consignment_close(&c);
    return s;
}

// Sealed under version 1; 2 is adopted at 10, 3 at 30, with a cut-off at 40.
Test(directory_history, a_consignment_counts_by_what_ruled_at_its_index, .init = setup, .fini = teardown,
     .timeout = 30)
{
    struct evx_chain_link link = {.sequence = 1};
    struct evx_buf whole = {0};
    struct evx_digest id;
    cr_assert_eq(evx_fixture_consignment(&whole, &id, f, SENDER, &link, 1, 100), EVX_OK);
    struct evx_bytes b = evx_buf_bytes(&whole);
    cr_assert_eq(admit_at(b, 1, EVX_FIXTURE_NOW_MS), EVX_E_DIRECTORY_UNLOGGED);
    cr_assert_eq(adopt(0, 1), EVX_OK);
    cr_assert_eq(admit_at(b, 1, EVX_FIXTURE_NOW_MS), EVX_OK);
    cr_assert_eq(admit_at(b, 40, EVX_FIXTURE_NOW_MS), EVX_E_REVOKED, "a later version says so, for ever");
    cr_assert_eq(admit_at(b, 39, EVX_FIXTURE_NOW_MS), EVX_OK);
    cr_assert_eq(adopt(10, 2), EVX_OK);
    cr_assert_eq(admit_at(b, 11, EVX_FIXTURE_NOW_MS), EVX_OK, "one version behind");
    cr_assert_eq(adopt(30, 3), EVX_OK);
    cr_assert_eq(admit_at(b, 30, EVX_FIXTURE_NOW_MS), EVX_OK);
    cr_assert_eq(admit_at(b, 31, EVX_FIXTURE_NOW_MS), EVX_E_STALE_DIRECTORY);
    cr_assert_eq(admit_at(b, 1, 1798761600000), EVX_E_DIRECTORY_EXPIRED);
    cr_assert_eq(admit_at(b, 1, UINT64_MAX), EVX_E_DIRECTORY_EXPIRED);
    evx_buf_free(&whole);
}

Test(log_entry, a_directorys_entry_has_one_spelling, .timeout = 10)
{
    struct evx_log_directory e = {.received_ms = 5, .version = 7}, again;
    struct evx_buf b = {0};
    memset(e.hash.b, 0xab, sizeof e.hash.b);
    cr_assert_eq(evx_log_directory(&b, &e), EVX_OK);
    cr_assert_eq(b.n, EVX_LOG_ENTRY_DIRECTORY_BYTES);
    cr_assert_eq(evx_log_directory_parse(&again, evx_buf_bytes(&b)), EVX_OK);
    cr_assert_eq(again.received_ms, 5);
    cr_assert_eq(again.version, 7);
    cr_assert_eq(memcmp(again.hash.b, e.hash.b, 32), 0);
    cr_assert_eq(evx_log_entry_check(evx_buf_bytes(&b)), EVX_OK);
    cr_assert_eq(evx_log_directory_parse(&again, evx_bytes(b.p, b.n - 1)), EVX_E_MALFORMED);
    cr_assert_eq(evx_buf_append(&b, "", 1), EVX_OK);
    cr_assert_eq(evx_log_directory_parse(&again, evx_buf_bytes(&b)), EVX_E_MALFORMED);
    cr_assert_eq(evx_log_entry_check(evx_buf_bytes(&b)), EVX_E_MALFORMED);
    b.n--;
    b.p[0] = 0x01;
    cr_assert_eq(evx_log_directory_parse(&again, evx_buf_bytes(&b)), EVX_E_MALFORMED);
    b.p[0] = 0x03;
    cr_assert_eq(evx_log_entry_check(evx_buf_bytes(&b)), EVX_E_MALFORMED, "no such type");
    b.p[0] = 0x02;
    b.p[16] = 0;
    cr_assert_eq(evx_log_directory_parse(&again, evx_buf_bytes(&b)), EVX_E_MALFORMED, "version 0");
    b.p[9] = 0x80;
    cr_assert_eq(evx_log_directory_parse(&again, evx_buf_bytes(&b)), EVX_E_MALFORMED, "beyond INT64_MAX");
    cr_assert_eq(evx_log_entry_check(evx_bytes(NULL, 0)), EVX_E_MALFORMED);
    evx_buf_free(&b);
}

// --- log keys ---

static void sign_checkpoint(struct evx_buf *out, const struct evx_sign_secret *k,
                            const struct evx_sign_public *public_key, uint64_t size)
{
    struct evx_checkpoint c = {.origin = ORIGIN, .size = size};
    cr_assert_eq(evx_checkpoint_sign(out, &c, k, public_key), EVX_OK);
}

static enum evx_status open_with(const struct evx_directory *d, const struct evx_buf *signed_note)
{
    struct evx_inspection_id id = evx_fixture_inspection();
    struct evx_checkpoint c;
    struct evx_vkey v;
    enum evx_status s = evx_directory_log_vkey_for(&v, d, &id, evx_buf_bytes(signed_note));
    return s ? s : evx_checkpoint_open(&c, evx_buf_bytes(signed_note), &v);
}

Test(directory_log_key, an_unknown_inspection_has_no_log, .init = setup, .fini = teardown, .timeout = 30)
{
    struct evx_inspection_id id = evx_fixture_inspection();
    struct evx_vkey v;
    cr_assert_eq(evx_directory_log_vkey(&v, evx_fixture_directory(f), &id), EVX_OK);
    id.b[0] ^= 1;
    cr_assert_eq(evx_directory_log_vkey(&v, evx_fixture_directory(f), &id), EVX_E_WRONG_INSPECTION);
}

Test(directory_log_key, old_checkpoints_stay_good_and_a_cut_off_ends_them, .init = setup, .fini = teardown,
     .timeout = 30)
{
    struct evx_sign_secret *second = NULL;
    struct evx_sign_public second_public;
    const struct evx_dir_key *first = evx_fixture_key(f, "exchange-broker", EVX_KEY_LOG);
    char hex[65], key[300], cut[400];
    struct evx_buf old = {0}, fresh = {0}, text = {0};
    struct evx_directory *d = NULL;
    cr_assert_eq(evx_sign_generate(&second, &second_public), EVX_OK);
    struct evx_sign_public first_public;
    memcpy(first_public.b, first->public_key, sizeof first_public.b);
    sign_checkpoint(&old, evx_fixture_sign(f, "exchange-broker", EVX_KEY_LOG), &first_public, 40);
    sign_checkpoint(&fresh, second, &second_public, 41);
    evx_hex(hex, second_public.b, 32);
    snprintf(key, sizeof key,
             "key exchange-broker log 2 %s " EVX_FIXTURE_FROM " " EVX_FIXTURE_UNTIL
             "\nkey exchange-broker sig",
             hex);
    cr_assert_eq(open_with(evx_fixture_directory(f), &old), EVX_OK);
    cr_assert_eq(open_with(evx_fixture_directory(f), &fresh), EVX_E_NOTE_SIGNATURE, "not listed yet");
    evx_hex(hex, first->fingerprint.b, 32);
    for (unsigned index = 39; index <= 40; index++) {
        snprintf(cut, sizeof cut, "revoked %s " ORIGIN " %u rotated\n", hex, index);
        chain_next(&text, f, evx_fixture_directory(f), "key exchange-broker sig", key, 0);
        cr_assert_eq(evx_buf_append_text(&text, cut), EVX_OK);
        cr_assert_eq(evx_directory_parse(&d, evx_buf_bytes(&text), NULL), EVX_OK);
        cr_assert_eq(open_with(d, &fresh), EVX_OK);
        cr_assert_eq(open_with(d, &old), index == 40 ? EVX_OK : EVX_E_REVOKED, "cut off at %u", index);
        evx_directory_destroy(&d);
        evx_buf_clear(&text);
    }
    evx_sign_secret_destroy(&second);
    evx_buf_free(&old);
    evx_buf_free(&fresh);
    evx_buf_free(&text);
}
