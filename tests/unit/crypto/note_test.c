// SPDX-License-Identifier: Apache-2.0
#include "crypto/note.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXAMPLE_KEY  "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
#define EXAMPLE_TEXT "This is an example message.\n"
#define EXAMPLE_LINE                                                                                         \
    "\xe2\x80\x94 example.com/foo "                                                                          \
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
#define LINE "\xe2\x80\x94 a.example "
#define BLOB                                                                                                 \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static struct evx_sign_secret *secret;
static struct evx_sign_public public_key;

static void setup(void)
{
    uint8_t seed[32] = {3};
    cr_assert_eq(evx_crypto_init(), EVX_OK);
    cr_assert_eq(evx_sign_from_seed(&secret, &public_key, seed), EVX_OK);
}

static void teardown(void) { evx_sign_secret_destroy(&secret); }

static enum evx_status parse(const char *text)
{
    static struct evx_note n;
    return evx_note_parse(&n, evx_bytes_of_text(text));
}

// The example of c2sp.org/signed-note.
Test(note, published_example_verifies, .init = setup, .fini = teardown, .timeout = 10)
{
    static struct evx_note n;
    struct evx_vkey k;
    struct evx_buf text = {0};
    cr_assert_eq(evx_vkey_parse(&k, EXAMPLE_KEY), EVX_OK);
    cr_assert_str_eq(k.name, "example.com/foo");
    cr_assert_eq(evx_vkey_text(&text, &k), EVX_OK);
    cr_assert(evx_bytes_equal(evx_buf_bytes(&text), evx_bytes_of_text(EXAMPLE_KEY)));
    evx_buf_free(&text);
    cr_assert_eq(evx_note_parse(&n, evx_bytes_of_text(EXAMPLE_TEXT "\n" EXAMPLE_LINE)), EVX_OK);
    cr_assert(evx_bytes_equal(n.text, evx_bytes_of_text(EXAMPLE_TEXT)));
    cr_assert(evx_note_verified_by(&n, &k, NULL));
}

Test(note, every_flipped_bit_of_the_example_is_noticed, .init = setup, .fini = teardown, .timeout = 60)
{
    static struct evx_note n;
    struct evx_vkey k;
    char text[] = EXAMPLE_TEXT "\n" EXAMPLE_LINE;
    size_t bits = (sizeof text - 1) * 8;
    cr_assert_eq(evx_vkey_parse(&k, EXAMPLE_KEY), EVX_OK);
    for (size_t bit = 0; bit < bits; bit++) {
        text[bit / 8] ^= (char)(1u << bit % 8);
        bool good = evx_note_parse(&n, evx_bytes(text, sizeof text - 1)) == EVX_OK &&
                    evx_note_verified_by(&n, &k, NULL);
        cr_assert_not(good, "bit %zu", bit);
        text[bit / 8] ^= (char)(1u << bit % 8);
    }
    for (size_t length = 0; length < sizeof text - 1; length++)
        cr_assert_neq(evx_note_parse(&n, evx_bytes(text, length)), EVX_OK, "length %zu", length);
    printf("%zu bits flipped, %zu truncations\n", bits, sizeof text - 1);
}

Test(note, form, .timeout = 10)
{
    static const struct {
        const char *what, *text;
        enum evx_status status;
    } cases[] = {
        {"good", "a\n\n" LINE BLOB "\n", EVX_OK},
        {"two signatures", "a\n\n" LINE BLOB "\n" LINE BLOB "\n", EVX_OK},
        {"text with empty lines", "a\n\nb\n\n" LINE BLOB "\n", EVX_OK},
        {"text ends in an empty line", "a\n\n\n" LINE BLOB "\n", EVX_OK},
        {"nothing", "", EVX_E_NOTE_FORMAT},
        {"no signature", "a\n\n", EVX_E_NOTE_FORMAT},
        {"no empty line", "a\n" LINE BLOB "\n", EVX_E_NOTE_FORMAT},
        {"no text", "\n" LINE BLOB "\n", EVX_E_NOTE_FORMAT},
        {"no final newline", "a\n\n" LINE BLOB, EVX_E_NOTE_FORMAT},
        {"carriage return", "a\r\n\n" LINE BLOB "\n", EVX_E_NOTE_FORMAT},
        {"tab in the text", "a\tb\n\n" LINE BLOB "\n", EVX_E_NOTE_FORMAT},
        {"broken UTF-8", "a\xff\n\n" LINE BLOB "\n", EVX_E_NOTE_FORMAT},
        {"hyphen for dash", "a\n\n- a.example " BLOB "\n", EVX_E_NOTE_FORMAT},
        {"no space after the dash",
         "a\n\n\xe2\x80\x94"
         "a.example " BLOB "\n",
         EVX_E_NOTE_FORMAT},
        {"two spaces after the dash", "a\n\n\xe2\x80\x94  a.example " BLOB "\n", EVX_E_NOTE_FORMAT},
        {"two spaces before the blob", "a\n\n" LINE " " BLOB "\n", EVX_E_NOTE_FORMAT},
        {"space at the end", "a\n\n" LINE BLOB " \n", EVX_E_NOTE_FORMAT},
        {"plus in the name", "a\n\n\xe2\x80\x94 a+b " BLOB "\n", EVX_E_NOTE_FORMAT},
        {"no-break space in the name",
         "a\n\n\xe2\x80\x94 a\xc2\xa0"
         "b " BLOB "\n",
         EVX_E_NOTE_FORMAT},
        {"wide space in the name",
         "a\n\n\xe2\x80\x94 a\xe3\x80\x80"
         "b " BLOB "\n",
         EVX_E_NOTE_FORMAT},
        {"no blob", "a\n\n\xe2\x80\x94 a.example\n", EVX_E_NOTE_FORMAT},
        {"key id alone", "a\n\n" LINE "AAAAAA==\n", EVX_E_NOTE_FORMAT},
        {"key id and one byte", "a\n\n" LINE "AAAAAAA=\n", EVX_OK},
        {"not base64", "a\n\n" LINE "AAAA*AAA\n", EVX_E_NOTE_FORMAT},
        {"base64 without padding", "a\n\n" LINE "AAAAAAA\n", EVX_E_NOTE_FORMAT},
        {"base64 with trailing bits", "a\n\n" LINE "AAAAAAB=\n", EVX_E_NOTE_FORMAT},
        {"line after the signatures", "a\n\n" LINE BLOB "\nmore\n", EVX_E_NOTE_FORMAT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_assert_eq(parse(cases[i].text), cases[i].status, "%s", cases[i].what);
}

Test(note, NUL_is_refused, .timeout = 10)
{
    static struct evx_note n;
    char text[] = "a\0b\n\n" LINE BLOB "\n";
    cr_assert_eq(evx_note_parse(&n, evx_bytes(text, sizeof text - 1)), EVX_E_NOTE_FORMAT);
}

Test(note, number_of_signatures_is_limited, .timeout = 10)
{
    static struct evx_note n;
    struct evx_buf b = {0};
    cr_assert_eq(evx_buf_append_text(&b, "a\n\n"), EVX_OK);
    for (size_t i = 0; i < EVX_LIMIT_NOTE_SIGNATURES; i++)
        cr_assert_eq(evx_buf_append_text(&b, LINE BLOB "\n"), EVX_OK);
    cr_assert_eq(evx_note_parse(&n, evx_buf_bytes(&b)), EVX_OK);
    cr_assert_eq(n.signatures, EVX_LIMIT_NOTE_SIGNATURES);
    cr_assert_eq(evx_buf_append_text(&b, LINE BLOB "\n"), EVX_OK);
    cr_assert_eq(evx_note_parse(&n, evx_buf_bytes(&b)), EVX_E_NOTE_FORMAT);
    evx_buf_free(&b);
}

// Post-quantum signatures of others are long; they are skipped, not refused.
Test(note, long_signature_of_an_unknown_kind_is_skipped, .init = setup, .fini = teardown, .timeout = 10)
{
    static struct evx_note n;
    static uint8_t blob[2424];
    static char base64[4000];
    struct evx_buf b = {0};
    struct evx_vkey k;
    evx_base64(base64, blob, sizeof blob);
    cr_assert_eq(evx_note_sign(&b, evx_bytes_of_text("a\n"), "a.example", secret, &public_key), EVX_OK);
    cr_assert_eq(evx_buf_printf(&b, LINE "%s\n", base64), EVX_OK);
    cr_assert_eq(evx_vkey_make(&k, "a.example", EVX_NOTE_ED25519, &public_key), EVX_OK);
    cr_assert_eq(evx_note_parse(&n, evx_buf_bytes(&b)), EVX_OK);
    cr_assert_eq(n.signatures, 2);
    cr_assert(evx_note_verified_by(&n, &k, NULL));
    evx_buf_free(&b);
}

Test(note, one_wrong_signature_of_a_known_key_spoils_the_note, .init = setup, .fini = teardown, .timeout = 10)
{
    static struct evx_note n;
    struct evx_buf b = {0}, other = {0};
    struct evx_vkey k;
    cr_assert_eq(evx_vkey_make(&k, "a.example", EVX_NOTE_ED25519, &public_key), EVX_OK);
    cr_assert_eq(evx_note_sign(&b, evx_bytes_of_text("a\n"), "a.example", secret, &public_key), EVX_OK);
    cr_assert_eq(evx_note_sign(&other, evx_bytes_of_text("b\n"), "a.example", secret, &public_key), EVX_OK);
    cr_assert_eq(evx_note_parse(&n, evx_buf_bytes(&b)), EVX_OK);
    cr_assert(evx_note_verified_by(&n, &k, NULL));
    cr_assert_eq(evx_buf_append(&b, other.p + 3, other.n - 3), EVX_OK);
    cr_assert_eq(evx_note_parse(&n, evx_buf_bytes(&b)), EVX_OK);
    cr_assert_not(evx_note_verified_by(&n, &k, NULL));
    evx_buf_free(&b);
    evx_buf_free(&other);
}

Test(note, name_and_key_id_must_both_match, .init = setup, .fini = teardown, .timeout = 10)
{
    static struct evx_note n;
    struct evx_buf b = {0};
    struct evx_vkey k;
    cr_assert_eq(evx_note_sign(&b, evx_bytes_of_text("a\n"), "a.example", secret, &public_key), EVX_OK);
    cr_assert_eq(evx_note_parse(&n, evx_buf_bytes(&b)), EVX_OK);
    cr_assert_eq(evx_vkey_make(&k, "b.example", EVX_NOTE_ED25519, &public_key), EVX_OK);
    cr_assert_not(evx_note_verified_by(&n, &k, NULL));
    cr_assert_eq(evx_vkey_make(&k, "a.example", EVX_NOTE_COSIGNATURE, &public_key), EVX_OK);
    cr_assert_not(evx_note_verified_by(&n, &k, NULL));
    evx_buf_free(&b);
}

Test(note, cosignature_carries_its_time, .init = setup, .fini = teardown, .timeout = 10)
{
    static struct evx_note n;
    struct evx_bytes text = evx_bytes_of_text("log.example\n3\nAAAA\n");
    struct evx_buf b = {0}, line = {0}, message = {0};
    struct evx_vkey k;
    uint64_t time_s = 0;
    cr_assert_eq(evx_note_sign(&b, text, "log.example", secret, &public_key), EVX_OK);
    cr_assert_eq(evx_note_cosign_line(&line, text, 1679315147, "witness.example", secret, &public_key),
                 EVX_OK);
    cr_assert_eq(evx_buf_append(&b, line.p, line.n), EVX_OK);
    cr_assert_eq(evx_vkey_make(&k, "witness.example", EVX_NOTE_COSIGNATURE, &public_key), EVX_OK);
    cr_assert_eq(evx_note_parse(&n, evx_buf_bytes(&b)), EVX_OK);
    cr_assert(evx_note_verified_by(&n, &k, &time_s));
    cr_assert_eq(time_s, 1679315147);
    // The signed message of c2sp.org/tlog-cosignature, put together by hand.
    struct evx_signature s;
    memcpy(s.b, n.signature[1].blob + 8, 64);
    cr_assert_eq(evx_buf_append_text(&message, "cosignature/v1\ntime 1679315147\nlog.example\n3\nAAAA\n"),
                 EVX_OK);
    cr_assert(evx_verify_raw(&public_key, evx_buf_bytes(&message), &s));
    n.signature[1].blob[7] ^= 1; // another time
    cr_assert_not(evx_note_verified_by(&n, &k, NULL));
    evx_buf_free(&b);
    evx_buf_free(&line);
    evx_buf_free(&message);
}

Test(note, signing_refuses_what_parsing_would, .init = setup, .fini = teardown, .timeout = 10)
{
    static const char *const texts[] = {"", "no newline", "a\tb\n", "a\r\n", "\xff\n"};
    static const char *const names[] = {"", "a b", "a+b", "a\xe2\x80\x89z"};
    struct evx_buf b = {0};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        cr_assert_eq(evx_note_sign(&b, evx_bytes_of_text(texts[i]), "a.example", secret, &public_key),
                     EVX_E_NOTE_FORMAT);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        cr_assert_eq(evx_note_sign(&b, evx_bytes_of_text("a\n"), names[i], secret, &public_key),
                     EVX_E_NOTE_FORMAT);
    for (size_t i = 1; i < sizeof texts / sizeof texts[0]; i++)
        cr_assert_eq(
            evx_note_cosign_line(&b, evx_bytes_of_text(texts[i]), 1, "a.example", secret, &public_key),
            EVX_E_NOTE_FORMAT);
    cr_assert_eq(evx_note_cosign_line(&b, evx_bytes_of_text("a\n"), (uint64_t)INT64_MAX + 1, "a.example",
                                      secret, &public_key),
                 EVX_E_NOTE_FORMAT);
    cr_assert_eq(b.n, 0);
    evx_buf_free(&b);
}

Test(note, verifier_keys_are_of_a_known_kind, .init = setup, .fini = teardown, .timeout = 10)
{
    struct evx_vkey k;
    cr_assert_eq(evx_vkey_make(&k, "a.example", EVX_NOTE_ED25519, &public_key), EVX_OK);
    cr_assert_eq(evx_vkey_make(&k, "a.example", EVX_NOTE_COSIGNATURE, &public_key), EVX_OK);
    cr_assert_eq(evx_vkey_make(&k, "a.example", 2, &public_key), EVX_E_NOTE_FORMAT);
    cr_assert_eq(evx_vkey_make(&k, "a.example", 0, &public_key), EVX_E_NOTE_FORMAT);
}

Test(note, verifier_keys_have_one_spelling, .timeout = 10)
{
    static const char *const wrong[] = {
        "",
        "example.com/foo",
        "example.com/foo+530d903a",
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k=",
        "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+Aeky",
        "exa mple.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct evx_vkey k;
        cr_assert_eq(evx_vkey_parse(&k, wrong[i]), EVX_E_NOTE_FORMAT, "%s", wrong[i]);
        cr_assert_str_eq(k.name, "");
    }
}
