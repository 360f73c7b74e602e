// SPDX-License-Identifier: Apache-2.0
//
// Requests to the directory's keepers: possession, approvals, rotation, what is read aloud.
#include "crypto/directory_request.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/testlib/chain.h"
#include "tests/testlib/fixture.h"

#define ORG "northam-police"

static struct evx_fixture *f;
static struct evx_sign_secret *sig, *wit;
static struct evx_sign_public sig_public, wit_public;
static struct evx_buf note;

static void setup(void)
{
    f = evx_fixture_new();
    cr_assert_not_null(f);
    cr_assert_eq(evx_sign_generate(&sig, &sig_public), EVX_OK);
    cr_assert_eq(evx_sign_generate(&wit, &wit_public), EVX_OK);
}

static void teardown(void)
{
    evx_sign_secret_destroy(&sig);
    evx_sign_secret_destroy(&wit);
    evx_buf_free(&note);
    evx_fixture_free(f);
}

static void add_line(struct evx_buf *lines, const char *org, const char *use, unsigned epoch,
                     const struct evx_sign_public *key)
{
    char hex[65];
    evx_hex(hex, key->b, 32);
    cr_assert_eq(evx_buf_printf(lines, "key %s %s %u %s " EVX_FIXTURE_FROM " " EVX_FIXTURE_UNTIL "\n", org,
                                use, epoch, hex),
                 EVX_OK);
}

// Signed by whoever is named: s = the new sig key, w = the new wit key, o = the organisation's
// key in force, 1 to 3 = the roots.
static void sign_text(struct evx_bytes text, const char *signers)
{
    evx_buf_free(&note);
    for (const char *c = signers; *c; c++) {
        const struct evx_sign_secret *k = *c == 's' ? sig : *c == 'w' ? wit : NULL;
        struct evx_sign_public p = *c == 's' ? sig_public : wit_public;
        const char *name = ORG;
        if (*c == 'o') {
            k = evx_fixture_sign(f, ORG, EVX_KEY_SIG);
            memcpy(p.b, evx_fixture_key(f, ORG, EVX_KEY_SIG)->public_key, 32);
        }
        if (*c >= '1' && *c <= '3') k = evx_fixture_root(f, (size_t)(*c - '1'), &p, &name);
        enum evx_status s =
            note.n ? evx_note_add_signature(&note, name, k, &p) : evx_note_sign(&note, text, name, k, &p);
        cr_assert_eq(s, EVX_OK);
    }
}

static void make(const char *signers, unsigned sig_epoch, unsigned wit_epoch)
{
    struct evx_buf lines = {0}, text = {0};
    if (sig_epoch) add_line(&lines, ORG, "sig", sig_epoch, &sig_public);
    if (wit_epoch) add_line(&lines, ORG, "wit", wit_epoch, &wit_public);
    cr_assert_eq(evx_directory_request_text(&text, ORG, EVX_FIXTURE_NOW_MS, evx_buf_bytes(&lines)), EVX_OK);
    sign_text(evx_buf_bytes(&text), signers);
    evx_buf_free(&lines);
    evx_buf_free(&text);
}

static enum evx_status open_it(struct evx_dir_request *r)
{
    return evx_directory_request_open(r, evx_buf_bytes(&note));
}

Test(directory_request, every_key_that_can_sign_proves_that_it_is_held, .init = setup, .fini = teardown,
     .timeout = 30)
{
    struct evx_dir_request r;
    make("sw", 2, 1);
    cr_assert_eq(open_it(&r), EVX_OK);
    cr_assert_str_eq(r.org, ORG);
    cr_assert_eq(r.keys, 2);
    cr_assert_eq(r.made_ms, EVX_FIXTURE_NOW_MS);
    make("s", 2, 1);
    cr_assert_eq(open_it(&r), EVX_E_SIGNATURE);
    make("w", 2, 1);
    cr_assert_eq(open_it(&r), EVX_E_SIGNATURE);
    make("o", 2, 0);
    cr_assert_eq(open_it(&r), EVX_E_SIGNATURE);
}

Test(directory_request, any_turned_bit_is_refused_or_changes_what_is_read_aloud, .init = setup,
     .fini = teardown, .timeout = 60)
{
    struct evx_dir_request r, changed;
    make("sw", 2, 1);
    cr_assert_eq(open_it(&r), EVX_OK);
    size_t text = r.note.text.n;
    for (size_t i = 0; i < text; i++) {
        note.p[i] ^= 1;
        cr_assert_neq(open_it(&changed), EVX_OK, "byte %zu", i);
        note.p[i] ^= 1;
    }
}

Test(directory_request, only_its_one_spelling_is_read, .init = setup, .fini = teardown, .timeout = 30)
{
    char hex[65], text[1024];
    struct evx_dir_request r;
    evx_hex(hex, sig_public.b, 32);
#define KEY "key " ORG " sig 2 %s " EVX_FIXTURE_FROM " " EVX_FIXTURE_UNTIL "\n"
    static const char *const texts[] = {
        "evx.directory-request/v2\norg " ORG "\nmade " EVX_FIXTURE_FROM "\n" KEY,
        "evx.directory-request/v1\norg " ORG "\nmade 2026-01-01T00:00:00Z\n" KEY,
        "evx.directory-request/v1\norg northam-council\nmade " EVX_FIXTURE_FROM "\n" KEY,
        "evx.directory-request/v1\nmade " EVX_FIXTURE_FROM "\norg " ORG "\n" KEY,
        "evx.directory-request/v1\norg " ORG "\nmade " EVX_FIXTURE_FROM "\n" KEY "key\n",
        "evx.directory-request/v1\norg " ORG "\nmade " EVX_FIXTURE_FROM "\n" KEY
        "inspection " EVX_FIXTURE_INSPECTION " jtai open " EVX_FIXTURE_FROM " " EVX_FIXTURE_UNTIL " X\n",
        "evx.directory-request/v1\norg " ORG "\nmade " EVX_FIXTURE_FROM "\n",
        "evx.directory-request/v1\norg " ORG "\nmade 2026-02-30T00:00:00.000Z\n" KEY,
        "evx.directory-request/v1\norg " ORG "\nmade 2026-01-01T00:00:00,000Z\n" KEY,
        "evx.directory-request/v1\norg " ORG "\nmade 2026-01-01T00:00:60.000Z\n" KEY,
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(text, sizeof text, texts[i], hex);
#pragma GCC diagnostic pop
        sign_text(evx_bytes_of_text(text), "s");
        cr_assert_eq(open_it(&r), EVX_E_DIRECTORY_FORMAT, "text %zu", i);
    }
}

// A key that cannot sign proves nothing of its own: the text alone must be refused.
Test(directory_request, the_organisation_s_id_is_one_word, .init = setup, .fini = teardown, .timeout = 30)
{
    char hex[65], text[1024];
    struct evx_dir_request r;
    static const char *const org[] = {ORG, ORG " witness active more"};
    evx_hex(hex, evx_fixture_key(f, "inspectorate-care", EVX_KEY_ENC)->public_key, 32);
    for (size_t i = 0; i < 2; i++) {
        snprintf(text, sizeof text,
                 "evx.directory-request/v1\norg %s\nmade " EVX_FIXTURE_FROM "\nkey " ORG
                 " enc 2 %s " EVX_FIXTURE_FROM " " EVX_FIXTURE_UNTIL "\n",
                 org[i], hex);
        sign_text(evx_bytes_of_text(text), "s");
        cr_assert_eq(open_it(&r), i ? EVX_E_DIRECTORY_FORMAT : EVX_OK, "%s", org[i]);
    }
}

Test(directory_request, lines_are_whole, .init = setup, .fini = teardown, .timeout = 30)
{
    struct evx_buf lines = {0}, text = {0};
    add_line(&lines, ORG, "sig", 2, &sig_public);
    add_line(&lines, ORG, "wit", 2, &wit_public);
    cr_assert_eq(evx_directory_request_text(&text, ORG, EVX_FIXTURE_NOW_MS, evx_bytes(lines.p, lines.n - 1)),
                 EVX_E_DIRECTORY_FORMAT, "the last line would be left out");
    cr_assert_eq(evx_directory_request_text(&text, ORG, EVX_FIXTURE_NOW_MS, evx_buf_bytes(&lines)), EVX_OK);
    evx_buf_free(&lines);
    evx_buf_free(&text);
}

Test(directory_request, enrolment_wants_approvals_of_different_roots, .init = setup, .fini = teardown,
     .timeout = 30)
{
    static const struct {
        const char *signers;
        enum evx_status s;
    } rows[] = {{"s", EVX_E_APPROVALS},   {"s1", EVX_E_APPROVALS}, {"s11", EVX_E_APPROVALS},
                {"so1", EVX_E_APPROVALS}, {"s12", EVX_OK},         {"s31", EVX_OK},
                {"s123", EVX_OK}};
    struct evx_dir_request r;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        make(rows[i].signers, 2, 0);
        cr_assert_eq(open_it(&r), EVX_OK, "row %zu", i);
        cr_assert_eq(evx_directory_request_enrols(&r, evx_fixture_directory(f)), rows[i].s, "row %zu", i);
    }
    make("w12", 0, 1);
    cr_assert_eq(open_it(&r), EVX_OK);
    cr_assert_eq(evx_directory_request_enrols(&r, evx_fixture_directory(f)), EVX_E_UNKNOWN_KEY, "no sig key");
}

Test(directory_request, a_threshold_above_two_is_wanted_whole, .init = setup, .fini = teardown, .timeout = 30)
{
    struct evx_buf text = {0};
    struct evx_directory *d = NULL;
    struct evx_dir_request r;
    chain_next(&text, f, evx_fixture_directory(f), "threshold 2", "threshold 3", 0);
    cr_assert_eq(evx_directory_parse(&d, evx_buf_bytes(&text), NULL), EVX_OK);
    make("s12", 2, 0);
    cr_assert_eq(open_it(&r), EVX_OK);
    cr_assert_eq(evx_directory_request_enrols(&r, d), EVX_E_APPROVALS);
    make("s123", 2, 0);
    cr_assert_eq(open_it(&r), EVX_OK);
    cr_assert_eq(evx_directory_request_enrols(&r, d), EVX_OK);
    evx_directory_destroy(&d);
    evx_buf_free(&text);
}

Test(directory_request, rotation_wants_the_key_in_force_and_a_new_epoch, .init = setup, .fini = teardown,
     .timeout = 30)
{
    const struct evx_directory *d = evx_fixture_directory(f);
    struct evx_dir_request r;
    make("so", 2, 0);
    cr_assert_eq(open_it(&r), EVX_OK);
    cr_assert_eq(evx_directory_request_rotates(&r, d, EVX_FIXTURE_NOW_MS), EVX_OK);
    cr_assert_eq(evx_directory_request_rotates(&r, d, 1900000000000), EVX_E_SIGNATURE, "its time is over");
    cr_assert_eq(evx_directory_request_rotates(&r, d, 1), EVX_E_SIGNATURE, "its time has not begun");
    make("s12", 2, 0);
    cr_assert_eq(open_it(&r), EVX_OK);
    cr_assert_eq(evx_directory_request_rotates(&r, d, EVX_FIXTURE_NOW_MS), EVX_E_SIGNATURE);
    make("so", 1, 0);
    cr_assert_eq(open_it(&r), EVX_OK);
    cr_assert_eq(evx_directory_request_rotates(&r, d, EVX_FIXTURE_NOW_MS), EVX_E_DIRECTORY_ROLLBACK);
}

Test(directory_request, a_revoked_key_rotates_nothing_not_even_one_cut_off_in_a_single_log, .init = setup,
     .fini = teardown, .timeout = 30)
{
    char hex[65], line[300];
    struct evx_buf text = {0};
    struct evx_directory *d = NULL;
    struct evx_dir_request r;
    evx_hex(hex, evx_fixture_key(f, ORG, EVX_KEY_SIG)->fingerprint.b, 32);
    snprintf(line, sizeof line, "revoked %s " EVX_FIXTURE_EXCHANGE "/" EVX_FIXTURE_INSPECTION " 900 lost\n",
             hex);
    chain_next(&text, f, evx_fixture_directory(f), NULL, line, 0);
    cr_assert_eq(evx_directory_parse(&d, evx_buf_bytes(&text), NULL), EVX_OK);
    make("so", 2, 0);
    cr_assert_eq(open_it(&r), EVX_OK);
    cr_assert_eq(evx_directory_request_rotates(&r, d, EVX_FIXTURE_NOW_MS), EVX_E_SIGNATURE);
    evx_directory_destroy(&d);
    evx_buf_free(&text);
}

Test(directory_request, what_is_heard_is_compared_digit_by_digit, .init = setup, .fini = teardown,
     .timeout = 30)
{
    char spoken[EVX_SPOKEN_TEXT], joined[64] = "", other[64];
    struct evx_dir_request r;
    make("s", 2, 0);
    cr_assert_eq(open_it(&r), EVX_OK);
    evx_fingerprint_spoken(spoken, &r.fingerprint);
    size_t n = 0;
    for (const char *c = spoken; *c; c++)
        if (*c != ' ') joined[n++] = *c;
    cr_assert_eq(n, 50);
    cr_assert_eq(evx_directory_request_heard(&r, spoken), EVX_OK);
    cr_assert_eq(evx_directory_request_heard(&r, joined), EVX_OK);
    for (size_t i = 0; i < n; i++) {
        memcpy(other, joined, sizeof other);
        other[i] = other[i] == '0' ? '1' : '0';
        if (other[i] == joined[i]) other[i] = '2';
        cr_assert_eq(evx_directory_request_heard(&r, other), EVX_E_SPOKEN, "digit %zu", i);
    }
    joined[49] = '\0';
    cr_assert_eq(evx_directory_request_heard(&r, joined), EVX_E_SPOKEN, "one short");
    evx_fingerprint_spoken(spoken, &r.fingerprint);
    memcpy(other, spoken, sizeof spoken);
    memcpy(other + 59, "0", 2);
    cr_assert_eq(evx_directory_request_heard(&r, other), EVX_E_SPOKEN, "one more");
    cr_assert_eq(evx_directory_request_heard(&r, "twelve"), EVX_E_SPOKEN);
    cr_assert_eq(evx_directory_request_heard(&r, ""), EVX_E_SPOKEN);
}
