// SPDX-License-Identifier: Apache-2.0
#include "crypto/checkpoint.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define ROOT "sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08="

static struct evx_sign_secret *secret;
static struct evx_sign_public public_key;

static void setup(void)
{
    uint8_t seed[32] = {4};
    cr_assert_eq(evx_crypto_init(), EVX_OK);
    cr_assert_eq(evx_sign_from_seed(&secret, &public_key, seed), EVX_OK);
}

static void teardown(void) { evx_sign_secret_destroy(&secret); }

Test(checkpoint, text_is_three_lines, .init = setup, .fini = teardown, .timeout = 10)
{
    struct evx_checkpoint c;
    struct evx_buf text = {0};
    const char *expected = "example.com/fancylog\n109482\n" ROOT "\n";
    cr_assert_eq(evx_checkpoint_parse_text(&c, evx_bytes_of_text(expected)), EVX_OK);
    cr_assert_str_eq(c.origin, "example.com/fancylog");
    cr_assert_eq(c.size, 109482);
    cr_assert_eq(evx_checkpoint_text(&text, &c), EVX_OK);
    cr_assert(evx_bytes_equal(evx_buf_bytes(&text), evx_bytes_of_text(expected)));
    evx_buf_free(&text);
}

Test(checkpoint, other_spellings_are_refused, .timeout = 10)
{
    static const char *const wrong[] = {
        "",
        "o\n",
        "o\n1\n",
        "o\n1\n" ROOT,
        "\n1\n" ROOT "\n",
        "o\n\n" ROOT "\n",
        "o\n01\n" ROOT "\n",
        "o\n+1\n" ROOT "\n",
        "o\n-1\n" ROOT "\n",
        "o\n 1\n" ROOT "\n",
        "o\n1 \n" ROOT "\n",
        "o\n0x1\n" ROOT "\n",
        "o\n9223372036854775808\n" ROOT "\n",
        "o\n18446744073709551616\n" ROOT "\n",
        "o\n99999999999999999999999\n" ROOT "\n",
        "o\n1\nsFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi0==\n",
        "o\n1\nsFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi09=\n",
        "o\n1\n" ROOT "\nextension",
        "o\n1\n" ROOT "\n\n",
        "o\n1\n" ROOT "\none\n\ntwo\n",
    };
    struct evx_checkpoint c;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_assert_eq(evx_checkpoint_parse_text(&c, evx_bytes_of_text(wrong[i])), EVX_E_CHECKPOINT, "%s",
                     wrong[i]);
    static const char nul[] = "o\0p\n1\n" ROOT "\n";
    cr_assert_eq(evx_checkpoint_parse_text(&c, evx_bytes(nul, sizeof nul - 1)), EVX_E_CHECKPOINT);
    cr_assert_eq(evx_checkpoint_parse_text(&c, evx_bytes_of_text("o\n9223372036854775807\n" ROOT "\n")),
                 EVX_OK);
    cr_assert_eq(evx_checkpoint_parse_text(&c, evx_bytes_of_text("o\n1\n" ROOT "\none\ntwo\n")), EVX_OK);
}

Test(checkpoint, opens_only_under_its_origin_and_key, .init = setup, .fini = teardown, .timeout = 10)
{
    struct evx_checkpoint c = {"exchange.example/00", 7, {{5}}}, got;
    struct evx_buf note = {0}, foreign = {0};
    struct evx_vkey log, other_key, other_origin;
    struct evx_sign_public another = public_key;
    another.b[3] ^= 1;
    cr_assert_eq(evx_checkpoint_sign(&note, &c, secret, &public_key), EVX_OK);
    cr_assert_eq(evx_vkey_make(&log, "exchange.example/00", EVX_NOTE_ED25519, &public_key), EVX_OK);
    cr_assert_eq(evx_vkey_make(&other_key, "exchange.example/00", EVX_NOTE_ED25519, &another), EVX_OK);
    cr_assert_eq(evx_vkey_make(&other_origin, "exchange.example/01", EVX_NOTE_ED25519, &public_key), EVX_OK);
    cr_assert_eq(evx_checkpoint_open(&got, evx_buf_bytes(&note), &log), EVX_OK);
    cr_assert_eq(got.size, 7);
    cr_assert_eq(memcmp(got.root.b, c.root.b, 32), 0);
    cr_assert_eq(evx_checkpoint_open(&got, evx_buf_bytes(&note), &other_key), EVX_E_NOTE_SIGNATURE);
    cr_assert_eq(got.size, 0);
    cr_assert_eq(evx_checkpoint_open(&got, evx_buf_bytes(&note), &other_origin), EVX_E_NOTE_SIGNATURE);
    // Signed by this log's key under this log's name, but it speaks of another log.
    cr_assert_eq(evx_note_sign(&foreign, evx_bytes_of_text("exchange.example/01\n7\n" ROOT "\n"),
                               "exchange.example/00", secret, &public_key),
                 EVX_OK);
    cr_assert_eq(evx_checkpoint_open(&got, evx_buf_bytes(&foreign), &log), EVX_E_CHECKPOINT);
    evx_buf_free(&note);
    evx_buf_free(&foreign);
}

Test(checkpoint, every_flipped_bit_is_noticed, .init = setup, .fini = teardown, .timeout = 60)
{
    struct evx_checkpoint c = {"exchange.example/00", 7, {{5}}}, got;
    struct evx_buf note = {0};
    struct evx_vkey log;
    cr_assert_eq(evx_checkpoint_sign(&note, &c, secret, &public_key), EVX_OK);
    cr_assert_eq(evx_vkey_make(&log, "exchange.example/00", EVX_NOTE_ED25519, &public_key), EVX_OK);
    for (size_t bit = 0; bit < note.n * 8; bit++) {
        note.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_assert_neq(evx_checkpoint_open(&got, evx_buf_bytes(&note), &log), EVX_OK, "bit %zu", bit);
        note.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    printf("%zu bits flipped\n", note.n * 8);
    evx_buf_free(&note);
}
