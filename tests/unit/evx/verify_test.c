// SPDX-License-Identifier: Apache-2.0
//
// The offline verifier, linked with nothing but itself, crypto and proto.
#include "agents/evx/verify/verify.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/fork.h"
#include "proto/base/file.h"
#include "tests/interop/world.h"

static char folder[32];

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st, (void)type, (void)where;
    return remove(path);
}

static void set_up(void)
{
    snprintf(folder, sizeof folder, "/tmp/verify-XXXXXX");
    cr_assert(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}

static void tear_down(void)
{
    if (chdir("/tmp") == 0) nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

TestSuite(verify, .init = set_up, .fini = tear_down, .timeout = 60);

static struct world *small(void) { return world_new(&(struct world_wish){0}); }

// Verifies one path; *text (may be NULL) receives what people read.
static enum evx_status verify(const struct evx_verify_given *given, const char *path, char **text)
{
    struct evx_checker *c = NULL;
    struct evx_report r;
    struct evx_buf out = {0};
    enum evx_status s = evx_checker_new(&c, given);
    if (s) return s;
    cr_assert_eq(evx_report_open(&r, path), EVX_OK);
    s = evx_verify_path(c, &r);
    cr_assert_eq(s, r.s, "the report and the status agree");
    if (text) {
        cr_assert_eq(evx_report_print(&out, &r, 1), EVX_OK);
        cr_assert_eq(evx_buf_append(&out, "", 1), EVX_OK);
        *text = (char *)out.p;
    }
    evx_report_close(&r);
    evx_checker_destroy(&c);
    return s;
}

static enum evx_status verify_folder(void) { return verify(&(struct evx_verify_given){0}, "i", NULL); }

// A whole inspection of a world with one thing wrong.
static enum evx_status verify_world(struct world_wish wish, unsigned witnesses, bool statements)
{
    struct world *w = world_new(&wish);
    world_export(w, "i", witnesses, statements);
    world_free(w);
    return verify_folder();
}

static void change(const char *path, size_t at)
{
    struct evx_buf file = {0};
    cr_assert_eq(evx_file_read(&file, path, 1 << 24), EVX_OK, "%s", path);
    file.p[at < file.n ? at : file.n - 1] ^= 1;
    world_write(".", path, evx_buf_bytes(&file));
    evx_buf_free(&file);
}

// --- whole inspections ---

Test(verify, a_whole_inspection_holds_and_says_what_was_proved)
{
    struct world *w = world_new(&(struct world_wish){.filler = 300, .quorum = "2"});
    char *text;
    world_export(w, "i", 7, true);
    cr_assert_eq(verify(&(struct evx_verify_given){0}, "i", &text), EVX_OK, "%s", text);
    cr_assert(strstr(text, "proved: these are all 309 entries of the log"));
    cr_assert(strstr(text, "proved: the checkpoint is witnessed 3 of 3 (2 needed)"));
    cr_assert(strstr(text, "proved: complete: northam-police, stream 01010101"));
    cr_assert(strstr(text, "numbers 1 to 3 without a gap, 6 items, as stated; the statement is final"));
    cr_assert(strstr(text, "proved: inspectorate-care counter-signed this statement"));
    cr_assert(strstr(text, "not proved: that northam-council sent nothing after number 301"));
    cr_assert(strstr(text, "assumed: directory version 2 of exchange.example is the true one"));
    cr_assert_not(strstr(text, "that northam-police sent nothing after"));
    free(text);
    world_free(w);
}

Test(verify, what_senders_and_broker_do_wrong_is_named)
{
    static const struct {
        const char *what;
        struct world_wish wish;
        bool statements;
        enum evx_status expected;
    } row[] = {
        {"a number left out", {.gap = true}, false, EVX_E_LOG_CHAIN},
        {"accepted before a directory was logged", {.unlogged = true}, false, EVX_E_DIRECTORY_UNLOGGED},
        {"items miscounted", {.false_items = true}, true, EVX_E_STATEMENT_FALSE},
        {"another root stated", {.false_root = true}, true, EVX_E_STATEMENT_FALSE},
        {"a suspended sender accepted", {.suspended = true}, false, EVX_E_NOT_ENTITLED},
        {"another inspection's consignment", {.other_inspection = true}, false, EVX_E_WRONG_INSPECTION},
        {"a wrong signature accepted", {.bad_signature = true}, false, EVX_E_SIGNATURE},
        {"an old directory again", {.rollback = true}, false, EVX_E_DIRECTORY_ROLLBACK},
        {"a strange entry", {.strange_entry = true}, false, EVX_E_MALFORMED},
        {"too few witnesses", {.quorum = "2"}, false, EVX_E_QUORUM},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        enum evx_status s = verify_world(row[i].wish, 1, row[i].statements);
        cr_assert_eq(s, row[i].expected, "%s: %s", row[i].what, evx_error_info(s)->name);
        tear_down();
        set_up();
    }
}

Test(verify, more_after_a_final_statement_is_said)
{
    struct world *w = world_new(&(struct world_wish){.more_after_final = true});
    char *text;
    world_export(w, "i", 0, true);
    cr_assert_eq(verify(&(struct evx_verify_given){0}, "i", &text), EVX_OK);
    cr_assert(strstr(text, "not proved: that northam-police is finished: after its final statement 1 more"));
    cr_assert(strstr(text, "not proved: that northam-police sent nothing after number 5"));
    free(text);
    world_free(w);
}

Test(verify, damage_to_the_files_is_found)
{
    static const struct {
        const char *path;
        size_t at;
        enum evx_status expected;
    } row[] = {
        {"i/tile/entries/001.p/53", 700, EVX_E_LOG_ROOT}, {"i/tile/0/000", 40, EVX_E_LOG_TILE},
        {"i/tile/1/000.p/1", 3, EVX_E_LOG_TILE},          {"i/tile/entries/000", 0, EVX_E_LOG_TILE},
        {"i/checkpoint", 52, EVX_E_NOTE_SIGNATURE},       {"i/directory/1", 200, EVX_OK},
        {"i/statements/6.bundle", 3000, EVX_OK},
    };
    struct world *w = world_new(&(struct world_wish){.filler = 300});
    world_export(w, "i", 7, true);
    cr_assert_eq(verify_folder(), EVX_OK);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        change(row[i].path, row[i].at);
        enum evx_status s = verify_folder();
        if (row[i].expected == EVX_OK) // one of several, as the byte falls
            cr_assert_neq(s, EVX_OK, "%s", row[i].path);
        else
            cr_assert_eq(s, row[i].expected, "%s: %s", row[i].path, evx_error_info(s)->name);
        change(row[i].path, row[i].at);
        cr_assert_eq(verify_folder(), EVX_OK, "%s put back", row[i].path);
    }
    world_free(w);
}

Test(verify, an_entry_bundle_holds_neither_more_nor_less)
{
    struct world *w = small();
    struct evx_buf tile = {0};
    const char *path = "i/tile/entries/000.p/9";
    world_export(w, "i", 0, false);
    cr_assert_eq(evx_file_read(&tile, path, 1 << 20), EVX_OK);
    size_t n = tile.n;
    cr_assert_eq(evx_buf_append(&tile, "\0\0", 2), EVX_OK);
    world_write(".", path, evx_buf_bytes(&tile));
    cr_assert_eq(verify_folder(), EVX_E_LOG_TILE, "an empty entry more");
    world_write(".", path, evx_bytes(tile.p, n - 1));
    cr_assert_eq(verify_folder(), EVX_E_LOG_TILE, "cut off");
    cr_assert_eq(remove(path), 0);
    cr_assert_eq(verify_folder(), EVX_E_LOG_TILE, "gone");
    evx_buf_free(&tile);
    world_free(w);
}

Test(verify, a_second_log_is_a_fork)
{
    struct world *w = small();
    struct evx_checkpoint other = {.origin = WORLD_ORIGIN, .size = 5};
    struct evx_buf note = {0};
    world_export(w, "i", 0, false);
    world_checkpoint(&note, w, 5, 0);
    world_write("i", "checkpoints/five", evx_buf_bytes(&note));
    cr_assert_eq(verify_folder(), EVX_OK, "an earlier checkpoint of this log");
    evx_buf_clear(&note);
    world_sign(&note, w, &other);
    world_write("i", "checkpoints/other", evx_buf_bytes(&note));
    cr_assert_eq(verify_folder(), EVX_E_LOG_FORKED);
    evx_buf_free(&note);
    world_free(w);
}

// A checkpoint of size 0 is before every entry: it must not hide those behind it.
Test(verify, an_empty_log_s_checkpoint_hides_nothing)
{
    struct world *w = small();
    struct evx_checkpoint empty = {.origin = WORLD_ORIGIN}, other = {.origin = WORLD_ORIGIN, .size = 5};
    struct evx_buf note = {0};
    evx_log_empty(&empty.root);
    world_export(w, "i", 0, false);
    world_sign(&note, w, &empty);
    world_write("i", "checkpoints/0", evx_buf_bytes(&note));
    cr_assert_eq(verify_folder(), EVX_OK);
    evx_buf_clear(&note);
    world_sign(&note, w, &other);
    world_write("i", "checkpoints/5", evx_buf_bytes(&note));
    cr_assert_eq(verify_folder(), EVX_E_LOG_FORKED);
    evx_buf_free(&note);
    world_free(w);
}

static void put_receipt(const struct world *w, const char *where, const char *name, uint64_t index,
                        uint64_t size, unsigned witnesses)
{
    struct evx_buf proof = {0};
    char entry[64];
    world_proof(&proof, w, index, size, witnesses);
    world_write(where, name, evx_buf_bytes(&proof));
    snprintf(entry, sizeof entry, "%s.entry", name);
    world_write(where, entry, evx_buf_bytes(&w->at[index].entry));
    evx_buf_free(&proof);
}

Test(verify, receipts_of_another_log_are_found)
{
    struct world *w = small(), *other = world_new(&(struct world_wish){.false_items = true});
    world_export(w, "i", 0, false);
    put_receipt(w, "i", "receipts/one", 1, 4, 0);
    cr_assert_eq(verify_folder(), EVX_OK);
    put_receipt(other, "i", "receipts/two", 6, 8, 0);
    cr_assert_eq(verify_folder(), EVX_E_LOG_FORKED);
    world_free(w);
    world_free(other);
}

Test(verify, a_proof_of_a_fork_fails_the_inspection_and_holds_alone)
{
    struct world *w = small();
    struct evx_checkpoint other = {.origin = WORLD_ORIGIN, .size = 5};
    struct evx_fork f = {0};
    struct evx_buf text = {0};
    const char *directory[] = {"i/directory/1"};
    struct evx_verify_given given = {.directory = directory, .directories = 1};
    world_export(w, "i", 0, false);
    world_checkpoint(&f.first, w, 5, 0);
    world_checkpoint(&f.second, w, 5, 0);
    cr_assert_eq(evx_fork_text(&text, &f), EVX_OK);
    world_write(".", "same", evx_buf_bytes(&text));
    cr_assert_eq(verify(&given, "same", NULL), EVX_E_FORK_FILE, "twice the same proves nothing");
    evx_buf_clear(&f.second);
    evx_buf_clear(&text);
    world_sign(&f.second, w, &other);
    cr_assert_eq(evx_fork_text(&text, &f), EVX_OK);
    world_write(".", "fork", evx_buf_bytes(&text));
    cr_assert_eq(verify(&given, "fork", NULL), EVX_OK, "it proves what it says");
    world_write("i", "forks/one", evx_buf_bytes(&text));
    cr_assert_eq(verify_folder(), EVX_E_LOG_FORKED);
    evx_fork_free(&f);
    evx_buf_free(&text);
    world_free(w);
}

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

Test(verify, beside_a_log_lies_nothing_of_another)
{
    struct world *w = small();
    struct evx_checkpoint other = {.origin = EVX_FIXTURE_EXCHANGE "/00112233445566778899aabbccddeeff",
                                   .size = 3};
    struct evx_buf note = {0};
    world_export(w, "i", 0, false);
    world_sign(&note, w, &other);
    world_write("i", "checkpoints/other", evx_buf_bytes(&note));
    cr_assert_neq(verify_folder(), EVX_OK);
    cr_assert_eq(remove("i/checkpoints/other"), 0);
    world_write("i", "checkpoints/none", evx_bytes("nonsense\n", 9));
    cr_assert_neq(verify_folder(), EVX_OK);
    cr_assert_eq(remove("i/checkpoints/none"), 0);
    cr_assert_eq(verify_folder(), EVX_OK);
    evx_buf_free(&note);
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
