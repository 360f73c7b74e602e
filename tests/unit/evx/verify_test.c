// SPDX-License-Identifier: Apache-2.0
//
// The offline verifier, linked with nothing but itself, crypto and proto.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/fork.h"
#include "proto/base/file.h"
#include "tests/unit/evx/verify_scene.h"

TestSuite(verify, .init = scene_open, .fini = scene_close, .timeout = 60);

// --- receipts, and what is believed ---

static const char *const both[] = {"d1", "d2"};

static void put_directories(const struct world *w)
{
    world_write(".", "d1", evx_directory_note(w->directory[0]));
    world_write(".", "d2", evx_directory_note(w->directory[1]));
}

Test(verify, a_receipt_holds_and_every_changed_byte_of_it_does_not)
{
    struct world *w = small();
    struct evx_verify_given given = {.directory = both, .directories = 1};
    struct stat st;
    char *text;
    put_directories(w);
    put_receipt(w, ".", "r", 3, 9, 3);
    cr_assert_eq(verify(&given, "r", &text), EVX_OK);
    cr_assert(strstr(text, "proved: it stood at position 3 of the log " WORLD_ORIGIN " of size 9"));
    cr_assert(strstr(text, "was signed by northam-police"));
    cr_assert(strstr(text, "by northam-police's signing key"));
    cr_assert(strstr(text, "which directory version 1 lists"));
    cr_assert(strstr(text, "the checkpoint is witnessed 2 of 3"));
    free(text);
    cr_assert_eq(stat("r.entry", &st), 0);
    for (size_t at = 0; at < (size_t)st.st_size; at += 7) {
        change("r.entry", at);
        cr_assert_eq(verify(&given, "r", NULL), EVX_E_INCLUSION, "byte %zu of the entry", at);
        change("r.entry", at);
    }
    put_receipt(w, ".", "r", 3, 9, 0); // a changed line of a witness is a stranger's and counts for nothing
    cr_assert_eq(stat("r", &st), 0);
    for (size_t at = 0; at < (size_t)st.st_size; at += 5) {
        change("r", at);
        cr_assert_neq(verify(&given, "r", NULL), EVX_OK, "byte %zu of the receipt", at);
        change("r", at);
    }
    world_free(w);
}

Test(verify, trust_is_what_was_given)
{
    struct world *w = small();
    char right[65], wrong[65];
    struct evx_verify_given given = {.directory = both, .directories = 1, .pin = right};
    put_directories(w);
    put_receipt(w, ".", "r", 1, 9, 0);
    evx_hex(right, evx_directory_hash(w->directory[0])->b, 32);
    evx_hex(wrong, evx_directory_hash(w->directory[1])->b, 32);
    cr_assert_eq(verify(&given, "r", NULL), EVX_OK);
    given.pin = wrong;
    cr_assert_eq(verify(&given, "r", NULL), EVX_E_TRUST_REFUSED);
    given.directories = 2;
    cr_assert_eq(verify(&given, "r", NULL), EVX_OK, "version 1 hangs on version 2");
    given.pin = "12";
    cr_assert_eq(verify(&given, "r", NULL), EVX_E_USAGE);
    given = (struct evx_verify_given){0};
    cr_assert_eq(verify(&given, "r", NULL), EVX_E_TRUST_MISSING);
    world_free(w);
}

static void write_roots(const struct world *w, const char *first, unsigned roots)
{
    struct evx_buf text = {0};
    cr_assert_eq(evx_buf_append_text(&text, first), EVX_OK);
    for (unsigned i = 0; i < roots; i++) {
        struct evx_sign_public key;
        struct evx_vkey k;
        const char *name;
        cr_assert(evx_fixture_root(w->f, i, &key, &name));
        cr_assert_eq(evx_vkey_make(&k, name, EVX_NOTE_ED25519, &key), EVX_OK);
        cr_assert_eq(evx_vkey_text(&text, &k), EVX_OK);
        cr_assert_eq(evx_buf_append_text(&text, "\n"), EVX_OK);
    }
    world_write(".", "roots", evx_buf_bytes(&text));
    evx_buf_free(&text);
}

Test(verify, roots_must_have_signed)
{
    struct world *w = small();
    struct evx_verify_given given = {.directory = both + 1, .directories = 1, .roots = "roots"};
    put_directories(w); // version 2 is signed by roots one and two
    put_receipt(w, ".", "r", 1, 9, 0);
    write_roots(w, "threshold 2\n", 3);
    cr_assert_eq(verify(&given, "d2", NULL), EVX_OK);
    write_roots(w, "# all of them\n", 3);
    cr_assert_eq(verify(&given, "d2", NULL), EVX_E_TRUST_REFUSED, "three of three are asked for");
    write_roots(w, "threshold 4\n", 3);
    cr_assert_eq(verify(&given, "d2", NULL), EVX_E_TRUST_ROOTS);
    write_roots(w, "", 0);
    cr_assert_eq(verify(&given, "d2", NULL), EVX_E_TRUST_ROOTS);
    world_write(".", "roots", evx_bytes("nonsense\n", 9));
    cr_assert_eq(verify(&given, "d2", NULL), EVX_E_TRUST_ROOTS);
    world_free(w);
}

Test(verify, one_root_s_key_counts_once)
{
    struct world *w = small();
    struct evx_buf twice = {0};
    struct evx_verify_given given = {.directory = both + 1, .directories = 1, .roots = "roots"};
    put_directories(w);
    write_roots(w, "", 1);
    cr_assert_eq(evx_file_read(&twice, "roots", 4096), EVX_OK);
    size_t n = twice.n;
    cr_assert_eq(evx_buf_reserve(&twice, n), EVX_OK);
    memcpy(twice.p + n, twice.p, n);
    world_write(".", "roots", evx_bytes(twice.p, 2 * n));
    cr_assert_eq(verify(&given, "d2", NULL), EVX_E_TRUST_ROOTS);
    evx_buf_free(&twice);
    world_free(w);
}

Test(verify, two_directories_of_one_number_are_a_split)
{
    struct world *w = small(), *other = world_new(&(struct world_wish){.quorum = "1"});
    const char *files[] = {"d1", "d2", "e2"};
    struct evx_verify_given given = {.directory = files, .directories = 3};
    put_directories(w);
    world_write(".", "e2", evx_directory_note(other->directory[1]));
    cr_assert_eq(verify(&given, "d1", NULL), EVX_E_DIRECTORY_SPLIT);
    put_receipt(other, ".", "r", 6, 9, 0); // sealed under the other version 2
    given.directories = 2;
    cr_assert_eq(verify(&given, "r", NULL), EVX_E_DIRECTORY_SPLIT);
    world_free(w);
    world_free(other);
}

static void write_policy(const struct world *w, const char *quorum)
{
    static const char *const who[] = {"inspectorate-care", "inspectorate-health", "inspectorate-policing"};
    struct evx_inspection_id id = evx_fixture_inspection();
    struct evx_buf text = {0};
    struct evx_vkey k;
    cr_assert_eq(evx_directory_log_vkey(&k, w->directory[0], &id), EVX_OK);
    cr_assert_eq(evx_buf_append_text(&text, "log "), EVX_OK);
    cr_assert_eq(evx_vkey_text(&text, &k), EVX_OK);
    for (size_t i = 0; i < 3; i++) {
        struct evx_sign_public key;
        memcpy(key.b, evx_fixture_key(w->f, who[i], EVX_KEY_WIT)->public_key, 32);
        cr_assert_eq(evx_vkey_make(&k, who[i], EVX_NOTE_COSIGNATURE, &key), EVX_OK);
        cr_assert_eq(evx_buf_printf(&text, "\nwitness w%zu ", i), EVX_OK);
        cr_assert_eq(evx_vkey_text(&text, &k), EVX_OK);
    }
    cr_assert_eq(evx_buf_printf(&text, "\ngroup g 2 w0 w1 w2\nquorum %s\n", quorum), EVX_OK);
    world_write(".", "policy", evx_buf_bytes(&text));
    evx_buf_free(&text);
}

Test(verify, a_policy_demands_its_quorum)
{
    struct world *w = small();
    struct evx_verify_given given = {.policy = "policy"};
    char *text;
    write_policy(w, "g");
    put_receipt(w, ".", "two", 1, 9, 3);
    put_receipt(w, ".", "one", 1, 9, 1);
    cr_assert_eq(verify(&given, "two", &text), EVX_OK);
    cr_assert(strstr(text, "not proved: who signed it: no directory was given"));
    free(text);
    cr_assert_eq(verify(&given, "one", NULL), EVX_E_QUORUM);
    write_policy(w, "none");
    cr_assert_eq(verify(&given, "one", NULL), EVX_OK);
    world_free(w);
}

Test(verify, a_directory_s_quorum_is_said_of_a_receipt_and_demanded_of_a_checkpoint)
{
    struct world *w = world_new(&(struct world_wish){.quorum = "2"});
    struct evx_verify_given given = {.directory = both, .directories = 2};
    struct evx_buf note = {0};
    char *text;
    put_directories(w);
    put_receipt(w, ".", "r", 6, 9, 1);
    cr_assert_eq(verify(&given, "r", &text), EVX_OK);
    cr_assert(strstr(text, "not proved: that enough witnesses saw it: 1 of 3 cosigned"));
    free(text);
    world_checkpoint(&note, w, 9, 1);
    world_write(".", "c", evx_buf_bytes(&note));
    cr_assert_eq(verify(&given, "c", NULL), EVX_E_QUORUM);
    world_cosign(&note, w, 4, EVX_FIXTURE_NOW_MS / 1000);
    world_write(".", "c", evx_buf_bytes(&note));
    cr_assert_eq(verify(&given, "c", NULL), EVX_OK);
    evx_buf_free(&note);
    world_free(w);
}

Test(verify, a_receipt_of_another_inspection_is_none)
{
    struct world *w = world_new(&(struct world_wish){.other_inspection = true});
    struct evx_verify_given given = {.directory = both, .directories = 2};
    put_directories(w);
    put_receipt(w, ".", "r", 5, 9, 0); // its sender may send in both
    cr_assert_eq(verify(&given, "r", NULL), EVX_E_RECEIPT_MISMATCH);
    world_free(w);
}

// Version 3 of the made-up directory, with one line more.
static void write_revocation(const struct world *w, enum evx_key_use use, const char *org, uint64_t index)
{
    struct evx_note note;
    struct evx_buf text = {0}, out = {0};
    char hex[65], hash[45];
    cr_assert_eq(evx_note_parse(&note, evx_directory_note(w->directory[1])), EVX_OK);
    const uint8_t *rest = memmem(note.text.p, note.text.n, "issued ", 7);
    evx_base64(hash, evx_directory_hash(w->directory[1])->b, 32);
    cr_assert_eq(
        evx_buf_printf(&text, "evx.directory/v1\nexchange exchange.example\nversion 3\nprevious %s\n", hash),
        EVX_OK);
    cr_assert_eq(evx_buf_append(&text, rest, (size_t)(note.text.p + note.text.n - rest)), EVX_OK);
    evx_hex(hex, evx_fixture_key(w->f, org, use)->fingerprint.b, 32);
    cr_assert_eq(
        evx_buf_printf(&text, "revoked %s " WORLD_ORIGIN " %llu stolen\n", hex, (unsigned long long)index),
        EVX_OK);
    cr_assert_eq(evx_fixture_sign_directory(&out, w->f, evx_buf_bytes(&text), 3), EVX_OK);
    world_write(".", "d3", evx_buf_bytes(&out));
    evx_buf_free(&text);
    evx_buf_free(&out);
}

Test(verify, a_revoked_key_proves_what_came_before_only)
{
    struct world *w = small();
    const char *files[] = {"d1", "d2", "d3"};
    struct evx_verify_given given = {.directory = files, .directories = 3};
    put_directories(w);
    put_receipt(w, ".", "r", 3, 9, 0);
    write_revocation(w, EVX_KEY_SIG, "northam-police", 4);
    cr_assert_eq(verify(&given, "r", NULL), EVX_OK);
    write_revocation(w, EVX_KEY_SIG, "northam-police", 3);
    cr_assert_eq(verify(&given, "r", NULL), EVX_E_REVOKED);
    write_revocation(w, EVX_KEY_LOG, "exchange-broker", 9);
    cr_assert_eq(verify(&given, "r", NULL), EVX_OK, "a tree of 9 ends at 8");
    write_revocation(w, EVX_KEY_LOG, "exchange-broker", 8);
    cr_assert_eq(verify(&given, "r", NULL), EVX_E_REVOKED);
    world_free(w);
}

// --- the other kinds ---

Test(verify, consignments_bundles_and_directories)
{
    struct world *w = small();
    struct evx_verify_given given = {.directory = both, .directories = 2};
    struct evx_buf bundle = {0};
    char *text;
    put_directories(w);
    world_write(".", "c", evx_buf_bytes(&w->at[1].whole));
    cr_assert_eq(verify(&given, "c", NULL), EVX_OK);
    change("c", w->at[1].whole.n - 1);
    cr_assert_eq(verify(&given, "c", NULL), EVX_E_STRUCTURE);
    cr_assert_eq(verify(&given, "d2", NULL), EVX_OK);
    world_bundle(&bundle, w, WORLD_STATEMENT, 0, 9, 3);
    world_write(".", "b", evx_buf_bytes(&bundle));
    cr_assert_eq(verify(&given, "b", &text), EVX_OK);
    cr_assert(strstr(text, "northam-police stated: in stream 01010101"));
    cr_assert(strstr(text, "I sent numbers 1 to 3, 6 items in all, and nothing more will follow"));
    free(text);
    cr_assert_eq(verify(&(struct evx_verify_given){0}, "b", &text), EVX_OK);
    cr_assert(strstr(text, "assumed: directory version 2 in the bundle is the true one"));
    free(text);
    evx_buf_free(&bundle);
    world_write(".", "x", evx_bytes("what is this?\n", 14));
    cr_assert_eq(verify(&given, "x", NULL), EVX_E_PROOF_KIND);
    cr_assert_eq(verify(&given, "nowhere", NULL), EVX_E_FILE_UNREADABLE);
    world_free(w);
}

Test(verify, a_pin_holds_for_bundles_too)
{
    struct world *w = small();
    struct evx_buf bundle = {0};
    char right[65];
    struct evx_verify_given given = {.pin = right};
    evx_hex(right, evx_directory_hash(w->directory[0])->b, 32);
    world_bundle(&bundle, w, 1, 0, 9, 0);
    world_write(".", "b", evx_buf_bytes(&bundle));
    cr_assert_eq(verify(&given, "b", NULL), EVX_OK);
    right[0] = right[0] == '0' ? '1' : '0';
    cr_assert_eq(verify(&given, "b", NULL), EVX_E_BUNDLE_TRUST);
    evx_buf_free(&bundle);
    world_free(w);
}

Test(verify, files_that_contradict_each_other_prove_a_fork)
{
    struct world *w = small(), *other = world_new(&(struct world_wish){.false_items = true});
    struct evx_verify_given given = {.directory = both, .directories = 2};
    struct evx_checker *c = NULL;
    static const char *const files[] = {"one", "two", "three"};
    static const enum evx_status expected[] = {EVX_OK, EVX_OK, EVX_E_LOG_FORKED};
    put_directories(w);
    put_receipt(w, ".", "one", 6, 9, 0);
    put_receipt(w, ".", "two", 6, 8, 0);
    put_receipt(other, ".", "three", 6, 7, 0); // other sizes, but one place
    cr_assert_eq(evx_checker_new(&c, &given), EVX_OK);
    for (size_t i = 0; i < 3; i++) {
        struct evx_report r;
        cr_assert_eq(evx_report_open(&r, files[i]), EVX_OK);
        cr_assert_eq(evx_verify_path(c, &r), EVX_OK, "%s holds alone", files[i]);
        evx_report_close(&r);
        cr_assert_eq(evx_report_open(&r, "all"), EVX_OK);
        cr_assert_eq(evx_verify_across(c, &r), expected[i], "after %s", files[i]);
        evx_report_close(&r);
    }
    evx_checker_destroy(&c);
    world_free(w);
    world_free(other);
}

Test(verify, a_bundle_needs_the_quorum_of_a_policy_that_was_given)
{
    struct world *w = small();
    struct evx_verify_given given = {.policy = "policy"};
    struct evx_buf bundle = {0};
    write_policy(w, "g");
    world_bundle(&bundle, w, 1, 0, 9, 3);
    world_write(".", "b", evx_buf_bytes(&bundle));
    cr_assert_eq(verify(&given, "b", NULL), EVX_OK);
    evx_buf_clear(&bundle);
    world_bundle(&bundle, w, 1, 0, 9, 1);
    world_write(".", "b", evx_buf_bytes(&bundle));
    cr_assert_eq(verify(&given, "b", NULL), EVX_E_QUORUM);
    evx_buf_free(&bundle);
    world_free(w);
}

// A bundle is believed by directories that were given, not by its own.
Test(verify, a_bundle_under_another_exchange_s_directory_is_not_believed)
{
    struct world *w = small(), *other = world_new(&(struct world_wish){.quorum = "1"});
    const char *files[] = {"e2"};
    struct evx_verify_given given = {.directory = files, .directories = 1};
    struct evx_buf bundle = {0};
    world_write(".", "e2", evx_directory_note(other->directory[1]));
    world_bundle(&bundle, w, WORLD_STATEMENT, 0, 9, 0); // under version 2, as e2 is, but another
    world_write(".", "b", evx_buf_bytes(&bundle));
    cr_assert_eq(verify(&given, "b", NULL), EVX_E_BUNDLE_TRUST);
    evx_buf_free(&bundle);
    world_free(w);
    world_free(other);
}

Test(verify, a_sender_without_the_right_proves_nothing)
{
    struct world *w = world_new(&(struct world_wish){.suspended = true});
    struct evx_verify_given given = {.directory = both, .directories = 2};
    put_directories(w);
    put_receipt(w, ".", "r", 6, 9, 0); // sealed under version 2, which suspends its sender
    cr_assert_eq(verify(&given, "r", NULL), EVX_E_NOT_ENTITLED);
    world_free(w);
}

Test(verify, a_missing_directory_version_is_a_gap_in_the_chain)
{
    struct world *w = small();
    const char *files[] = {"d1", "d3"};
    struct evx_verify_given given = {.directory = files, .directories = 2};
    put_directories(w);
    write_revocation(w, EVX_KEY_SIG, "northam-police", 4);
    cr_assert_eq(verify(&given, "d1", NULL), EVX_E_DIRECTORY_VERSION);
    world_free(w);
}

// --- the text ---

Test(verify, a_terminal_obeys_nothing_in_a_report)
{
    struct evx_report r;
    struct evx_buf out = {0};
    cr_assert_eq(evx_report_open(&r, "a\x1b[2Jb\xc2\x9b"), EVX_OK);
    evx_report_proved(&r, "c\x07", "d\r%s", "e\"\\");
    evx_report_text(&r, "fact", "f\n");
    cr_assert_eq(evx_report_failed(&r, EVX_E_QUORUM, "g"), EVX_E_QUORUM);
    cr_assert_eq(evx_report_print(&out, &r, 1), EVX_OK);
    for (size_t i = 0; i < out.n; i++)
        cr_assert(out.p[i] >= 0x20 || out.p[i] == '\n', "byte %zu", i);
    cr_assert_null(memmem(out.p, out.n, "\xc2\x9b", 2));
    cr_assert(memmem(out.p, out.n, "DOES NOT HOLD", 13));
    cr_assert(memmem(out.p, out.n, "EVX-3087", 8));
    evx_buf_clear(&out);
    cr_assert_eq(evx_report_json(&out, &r, 1), EVX_OK);
    cr_assert(memmem(out.p, out.n, "\"holds\":false", 13));
    cr_assert(memmem(out.p, out.n, "e\\\"\\\\", 5));
    cr_assert(memmem(out.p, out.n, "f\\u000a", 7));
    evx_report_close(&r);
    evx_buf_free(&out);
}
