// SPDX-License-Identifier: Apache-2.0
//
// Which directories are believed: signatures, threshold, succession.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/directory.h"
#include "tests/testlib/chain.h"
#include "tests/testlib/fixture.h"

static struct evx_fixture *f;

static void setup(void)
{
    f = evx_fixture_new();
    cr_assert_not_null(f);
}

static void teardown(void) { evx_fixture_free(f); }

static void replace(struct evx_buf *b, const char *from, const char *to)
{
    struct evx_buf old = *b;
    *b = (struct evx_buf){0};
    const uint8_t *at = memmem(old.p, old.n, from, strlen(from));
    cr_assert_not_null(at, "no %s", from);
    size_t before = (size_t)(at - old.p);
    cr_assert_eq(evx_buf_append(b, old.p, before), EVX_OK);
    cr_assert_eq(evx_buf_append_text(b, to), EVX_OK);
    cr_assert_eq(evx_buf_append(b, at + strlen(from), old.n - before - strlen(from)), EVX_OK);
    evx_buf_free(&old);
}

// Version 2 that follows the fixture's directory.
static struct evx_buf successor(void)
{
    struct evx_bytes text = evx_fixture_text(f);
    struct evx_buf b = {0};
    char hash[45], line[64];
    cr_assert_eq(evx_buf_append(&b, text.p, text.n), EVX_OK);
    evx_base64(hash, evx_directory_hash(evx_fixture_directory(f))->b, 32);
    snprintf(line, sizeof line, "previous %s\n", hash);
    replace(&b, "version 1\n", "version 2\n");
    replace(&b, "previous -\n", line);
    return b;
}

// Signs with the roots given and loads, after the fixture's directory or alone.
static enum evx_status load(struct evx_bytes text, unsigned roots, const struct evx_directory *previous)
{
    struct evx_buf note = {0};
    struct evx_directory *d;
    unsigned line;
    cr_assert_eq(evx_fixture_sign_directory(&note, f, text, roots), EVX_OK);
    enum evx_status s = evx_directory_load(&d, evx_buf_bytes(&note), previous, NULL, &line);
    cr_assert_eq(d == NULL, s != EVX_OK);
    evx_directory_destroy(&d);
    evx_buf_free(&note);
    return s;
}

Test(directory_trust, threshold_of_distinct_roots, .init = setup, .fini = teardown, .timeout = 20)
{
    static const enum evx_status expected[8] = {
        [1] = EVX_E_DIRECTORY_SIGNATURES, [2] = EVX_E_DIRECTORY_SIGNATURES, [4] = EVX_E_DIRECTORY_SIGNATURES};
    for (unsigned roots = 1; roots < 8; roots++)
        cr_assert_eq(load(evx_fixture_text(f), roots, NULL), expected[roots], "roots %u", roots);
}

Test(directory_trust, one_root_signing_twice_is_one, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_buf note = {0};
    struct evx_sign_public key;
    const char *name;
    struct evx_directory *d;
    const struct evx_sign_secret *root = evx_fixture_root(f, 0, &key, &name);
    cr_assert_eq(evx_note_sign(&note, evx_fixture_text(f), name, root, &key), EVX_OK);
    cr_assert_eq(evx_note_add_signature(&note, name, root, &key), EVX_OK);
    cr_assert_eq(evx_directory_load(&d, evx_buf_bytes(&note), NULL, NULL, NULL), EVX_E_DIRECTORY_SIGNATURES);
    evx_buf_free(&note);
}

// A second name for the same key would let one holder be two.
Test(directory_trust, one_key_under_two_root_names_is_refused, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_bytes text = evx_fixture_text(f);
    struct evx_buf b = {0}, twin = {0};
    struct evx_sign_public key;
    struct evx_vkey k;
    struct evx_directory *d;
    unsigned line;
    EVX_IGNORE(!evx_fixture_root(f, 0, &key, NULL), "borrowed");
    cr_assert_eq(evx_vkey_make(&k, "root-zzz.example", EVX_NOTE_ED25519, &key), EVX_OK);
    cr_assert_eq(evx_buf_append_text(&twin, "root "), EVX_OK);
    cr_assert_eq(evx_vkey_text(&twin, &k), EVX_OK);
    cr_assert_eq(evx_buf_append(&twin, "\norg eastcliff-school\0", 23), EVX_OK);
    cr_assert_eq(evx_buf_append(&b, text.p, text.n), EVX_OK);
    replace(&b, "org eastcliff-school", (const char *)twin.p);
    cr_assert_eq(evx_directory_parse(&d, evx_buf_bytes(&b), &line), EVX_E_DIRECTORY_FORMAT);
    evx_buf_free(&b);
    evx_buf_free(&twin);
}

Test(directory_trust, every_flipped_bit_of_the_note_is_noticed, .init = setup, .fini = teardown,
     .timeout = 200)
{
    struct evx_bytes note = evx_fixture_note(f);
    uint8_t *copy = malloc(note.n);
    memcpy(copy, note.p, note.n);
    for (size_t i = 0; i < note.n; i++) {
        struct evx_directory *d;
        copy[i] ^= (uint8_t)(1u << i % 8);
        cr_assert_neq(evx_directory_load(&d, evx_bytes(copy, note.n), NULL, NULL, NULL), EVX_OK, "byte %zu",
                      i);
        cr_assert_null(d);
        copy[i] ^= (uint8_t)(1u << i % 8);
    }
    printf("%zu bytes, one bit flipped in each\n", note.n);
    free(copy);
}

Test(directory_trust, pin_is_the_hash_of_the_text, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_directory *d;
    struct evx_digest pin;
    evx_sha256(&pin, evx_fixture_text(f));
    cr_assert_eq(evx_directory_load(&d, evx_fixture_note(f), NULL, &pin, NULL), EVX_OK);
    evx_directory_destroy(&d);
    pin.b[31] ^= 1;
    cr_assert_eq(evx_directory_load(&d, evx_fixture_note(f), NULL, &pin, NULL), EVX_E_DIRECTORY_VERSION);
}

Test(directory_trust, next_version_follows, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_buf b = successor();
    cr_assert_eq(load(evx_buf_bytes(&b), 3, evx_fixture_directory(f)), EVX_OK);
    cr_assert_eq(load(evx_fixture_text(f), 3, evx_fixture_directory(f)), EVX_E_DIRECTORY_VERSION);
    replace(&b, "version 2\n", "version 3\n");
    cr_assert_eq(load(evx_buf_bytes(&b), 3, evx_fixture_directory(f)), EVX_E_DIRECTORY_VERSION);
    evx_buf_free(&b);
}

Test(directory_trust, next_version_names_the_one_before, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_buf b = successor();
    char hash[45];
    evx_base64(hash, evx_directory_hash(evx_fixture_directory(f))->b, 32);
    replace(&b, hash, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    cr_assert_eq(load(evx_buf_bytes(&b), 3, evx_fixture_directory(f)), EVX_E_DIRECTORY_VERSION);
    evx_buf_free(&b);
}

Test(directory_trust, next_version_is_of_the_same_exchange_and_not_older, .init = setup, .fini = teardown,
     .timeout = 20)
{
    struct evx_buf b = successor(), c = successor();
    replace(&b, "exchange exchange.example\n", "exchange another.example\n");
    cr_assert_eq(load(evx_buf_bytes(&b), 3, evx_fixture_directory(f)), EVX_E_DIRECTORY_VERSION);
    replace(&c, "issued 2026-", "issued 2025-");
    cr_assert_eq(load(evx_buf_bytes(&c), 3, evx_fixture_directory(f)), EVX_E_DIRECTORY_VERSION);
    evx_buf_free(&b);
    evx_buf_free(&c);
}

// Roots A, B, C become A, X, Y: A and X satisfy the new threshold, not the old.
Test(directory_trust, change_of_roots_needs_old_and_new, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_buf b = successor(), note = {0}, line = {0};
    struct evx_sign_secret *x;
    struct evx_sign_public x_public, root_public[3];
    struct evx_vkey vkey;
    struct evx_directory *d;
    const char *name[3];
    const struct evx_sign_secret *root[3];
    uint8_t seed[32] = {77};
    cr_assert_eq(evx_sign_from_seed(&x, &x_public, seed), EVX_OK);
    for (size_t i = 0; i < 3; i++)
        root[i] = evx_fixture_root(f, i, &root_public[i], &name[i]);
    cr_assert_eq(evx_vkey_make(&vkey, name[1], EVX_NOTE_ED25519, &root_public[1]), EVX_OK);
    cr_assert_eq(evx_buf_append_text(&line, "root "), EVX_OK);
    cr_assert_eq(evx_vkey_text(&line, &vkey), EVX_OK);
    cr_assert_eq(evx_buf_append(&line, "\n", 2), EVX_OK);
    replace(&b, (const char *)line.p, "");
    evx_buf_clear(&line);
    cr_assert_eq(evx_vkey_make(&vkey, "root-x.example", EVX_NOTE_ED25519, &x_public), EVX_OK);
    cr_assert_eq(evx_buf_append_text(&line, "root "), EVX_OK);
    cr_assert_eq(evx_vkey_text(&line, &vkey), EVX_OK);
    cr_assert_eq(evx_buf_append(&line, "\norg eastcliff-school\0", 23), EVX_OK);
    replace(&b, "org eastcliff-school", (const char *)line.p);

    cr_assert_eq(evx_note_sign(&note, evx_buf_bytes(&b), name[0], root[0], &root_public[0]), EVX_OK);
    cr_assert_eq(evx_note_add_signature(&note, "root-x.example", x, &x_public), EVX_OK);
    cr_assert_eq(evx_directory_load(&d, evx_buf_bytes(&note), NULL, NULL, NULL), EVX_OK);
    evx_directory_destroy(&d);
    cr_assert_eq(evx_directory_load(&d, evx_buf_bytes(&note), evx_fixture_directory(f), NULL, NULL),
                 EVX_E_DIRECTORY_SIGNATURES);
    cr_assert_eq(evx_note_add_signature(&note, name[1], root[1], &root_public[1]), EVX_OK);
    cr_assert_eq(evx_directory_load(&d, evx_buf_bytes(&note), evx_fixture_directory(f), NULL, NULL), EVX_OK);
    evx_directory_destroy(&d);

    evx_buf_clear(&note); // two of the old roots, one of the new
    cr_assert_eq(evx_note_sign(&note, evx_buf_bytes(&b), name[0], root[0], &root_public[0]), EVX_OK);
    cr_assert_eq(evx_note_add_signature(&note, name[1], root[1], &root_public[1]), EVX_OK);
    cr_assert_eq(evx_directory_load(&d, evx_buf_bytes(&note), evx_fixture_directory(f), NULL, NULL),
                 EVX_E_DIRECTORY_SIGNATURES);
    evx_sign_secret_destroy(&x);
    evx_buf_free(&b);
    evx_buf_free(&note);
    evx_buf_free(&line);
}

Test(directory_trust, a_wrong_signature_of_a_root_spoils_the_note, .init = setup, .fini = teardown,
     .timeout = 20)
{
    struct evx_buf note = {0};
    struct evx_directory *d;
    cr_assert_eq(evx_fixture_sign_directory(&note, f, evx_fixture_text(f), 7), EVX_OK);
    note.p[note.n - 10] = note.p[note.n - 10] == 'A' ? 'B' : 'A'; // inside the third signature
    cr_assert_eq(evx_directory_load(&d, evx_buf_bytes(&note), NULL, NULL, NULL), EVX_E_DIRECTORY_SIGNATURES);
    evx_buf_free(&note);
}

// One that was cut off at 40 stays so, or earlier; in a log that is listed no more it may go.
Test(directory_trust, a_revocation_is_never_taken_back, .init = setup, .fini = teardown, .timeout = 20)
{
    static const struct {
        const char *line;
        enum evx_status s;
    } rows[] = {{NULL, EVX_E_DIRECTORY_ROLLBACK},
                {EVX_FIXTURE_EXCHANGE "/" EVX_FIXTURE_INSPECTION " 41 lost\n", EVX_E_DIRECTORY_ROLLBACK},
                {EVX_FIXTURE_EXCHANGE "/" EVX_FIXTURE_INSPECTION " 40 lost\n", EVX_OK},
                {EVX_FIXTURE_EXCHANGE "/" EVX_FIXTURE_INSPECTION " 0 lost\n", EVX_OK},
                {"* 0 lost\n", EVX_OK}};
    char hex[65], line[300], before[300];
    struct evx_buf note = {0};
    struct evx_directory *second = NULL, *third = NULL;
    evx_hex(hex, evx_fixture_key(f, "northam-police", EVX_KEY_SIG)->fingerprint.b, 32);
    snprintf(before, sizeof before, "revoked %s %s", hex, rows[2].line);
    chain_next(&note, f, evx_fixture_directory(f), NULL, before, 7);
    cr_assert_eq(evx_directory_load(&second, evx_buf_bytes(&note), evx_fixture_directory(f), NULL, NULL),
                 EVX_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(line, sizeof line, "revoked %s %s", hex, rows[i].line ? rows[i].line : "");
        evx_buf_clear(&note);
        chain_next(&note, f, second, before, rows[i].line ? line : "", 7);
        cr_assert_eq(evx_directory_load(&third, evx_buf_bytes(&note), second, NULL, NULL), rows[i].s,
                     "row %zu", i);
        evx_directory_destroy(&third);
    }
    evx_directory_destroy(&second);
    evx_buf_free(&note);
}
