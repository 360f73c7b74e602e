// SPDX-License-Identifier: Apache-2.0
#include "proto/base/bytes.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(bytes, big_endian_round_trips, .timeout = 10)
{
    uint8_t b[8];
    evx_put_be64(b, 0x0102030405060708u);
    for (int i = 0; i < 8; i++)
        cr_assert_eq(b[i], i + 1);
    cr_assert_eq(evx_get_be64(b), 0x0102030405060708u);
    cr_assert_eq(evx_get_be32(b + 4), 0x05060708u);
    cr_assert_eq(evx_get_be16(b + 6), 0x0708u);
    evx_put_be32(b, 0xfffefdfcu);
    cr_assert_eq(evx_get_be32(b), 0xfffefdfcu, "high bits must not sign-extend");
}

Test(bytes, equal_compares_length_and_content, .timeout = 10)
{
    cr_assert(evx_bytes_equal(evx_bytes("ab", 2), evx_bytes("ab", 2)));
    cr_assert_not(evx_bytes_equal(evx_bytes("ab", 2), evx_bytes("ac", 2)));
    cr_assert_not(evx_bytes_equal(evx_bytes("ab", 2), evx_bytes("abc", 3)));
    cr_assert(evx_bytes_equal(evx_bytes(NULL, 0), evx_bytes("", 0)));
    cr_assert_eq(evx_bytes_of_text(NULL).n, 0);
    cr_assert_eq(evx_bytes_of_text("abc").n, 3);
}

Test(buf, grows_and_keeps_what_was_there, .timeout = 10)
{
    struct evx_buf b = {0};
    for (int i = 0; i < 10000; i++)
        cr_assert_eq(evx_buf_append(&b, &(uint8_t){(uint8_t)i}, 1), EVX_OK);
    cr_assert_eq(b.n, 10000);
    for (int i = 0; i < 10000; i++)
        cr_assert_eq(b.p[i], (uint8_t)i);
    evx_buf_clear(&b);
    cr_assert_eq(b.n, 0);
    cr_assert_geq(b.cap, 10000, "clear keeps the memory");
    evx_buf_free(&b);
    cr_assert_null(b.p);
    cr_assert_eq(b.cap, 0);
}

Test(buf, refuses_a_size_that_would_wrap, .timeout = 10)
{
    struct evx_buf b = {0};
    cr_assert_eq(evx_buf_append_text(&b, "x"), EVX_OK);
    cr_assert_eq(evx_buf_reserve(&b, SIZE_MAX), EVX_E_MEMORY);
    cr_assert_eq(evx_buf_reserve(&b, SIZE_MAX / 2), EVX_E_MEMORY);
    cr_assert_eq(b.n, 1);
    cr_assert_eq(b.p[0], 'x');
    evx_buf_free(&b);
}

Test(buf, prints_without_counting_the_nul, .timeout = 10)
{
    struct evx_buf b = {0};
    cr_assert_eq(evx_buf_printf(&b, "%d-%s", 7, "seven"), EVX_OK);
    cr_assert_eq(evx_buf_printf(&b, "%s", "!"), EVX_OK);
    cr_assert_eq(b.n, 8);
    cr_assert_arr_eq(b.p, "7-seven!", 8);
    evx_buf_free(&b);
}

Test(hex, round_trips_and_refuses_the_rest, .timeout = 10)
{
    const uint8_t in[4] = {0x00, 0x9f, 0xa0, 0xff};
    char text[9];
    uint8_t out[4];
    evx_hex(text, in, 4);
    cr_assert_str_eq(text, "009fa0ff");
    cr_assert(evx_unhex(out, 4, "009FA0ff"));
    cr_assert_arr_eq(out, in, 4);
    const char *bad[] = {"", "009fa0f", "009fa0ff0", "009fa0fg", "0x9fa0ff", "009f a0f", "-09fa0ff"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert_not(evx_unhex(out, 4, bad[i]), "took \"%s\"", bad[i]);
}

Test(base64, has_the_vectors_of_rfc_4648, .timeout = 10)
{
    const char *plain[] = {"", "f", "fo", "foo", "foob", "fooba", "foobar"};
    const char *coded[] = {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
    for (size_t i = 0; i < 7; i++) {
        char text[16];
        uint8_t back[8];
        size_t n = 99;
        evx_base64(text, (const uint8_t *)plain[i], strlen(plain[i]));
        cr_assert_str_eq(text, coded[i]);
        cr_assert_eq(evx_base64_length(strlen(plain[i])), strlen(coded[i]));
        cr_assert(evx_unbase64(back, sizeof back, &n, text, strlen(text)));
        cr_assert_eq(n, strlen(plain[i]));
        cr_assert(n == 0 || memcmp(back, plain[i], n) == 0);
    }
}

Test(base64, has_one_spelling_only, .timeout = 10)
{
    const char *bad[] = {
        "Zg",   "Zg=",   "Zg===",  "Z===",  "====", "=g==",     "Zh==", // trailing bits set
        "Zm9=", "Zm9v ", "Zm 9v=", "Zm9\n", "Zm-_", "Zg==Zg==",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t out[16];
        size_t n;
        cr_assert_not(evx_unbase64(out, sizeof out, &n, bad[i], strlen(bad[i])), "took \"%s\"", bad[i]);
    }
}

// In a block of exactly its size, so that the sanitizer sees one byte too far.
static char *exact(const void *p, size_t n)
{
    char *copy = malloc(n);
    cr_assert_not_null(copy);
    memcpy(copy, p, n);
    return copy;
}

Test(base64, never_reads_past_the_text, .timeout = 10)
{
    for (size_t n = 1; n <= 8; n++) {
        uint8_t out[8];
        size_t got;
        char *text = exact("Zm9vYmFy", n);
        cr_assert_eq(evx_unbase64(out, sizeof out, &got, text, n), n % 4 == 0);
        free(text);
    }
}

Test(base64, never_writes_past_the_cap, .timeout = 10)
{
    uint8_t out[4] = {0, 0, 0xee, 0xee};
    size_t n;
    cr_assert_not(evx_unbase64(out, 2, &n, "Zm9v", 4));
    cr_assert_eq(out[2], 0xee);
    cr_assert(evx_unbase64(out, 2, &n, "Zm8=", 4));
    cr_assert_eq(n, 2);
    cr_assert_eq(out[2], 0xee);
}

Test(short_id, is_the_first_forty_bits, .timeout = 10)
{
    const uint8_t id[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0x12};
    char text[EVX_SHORT_ID_TEXT];
    evx_short_id(text, id);
    cr_assert_str_eq(text, "ZZZZZZZZ");
    uint8_t prefix[5];
    unsigned bits;
    cr_assert(evx_short_id_parse(prefix, &bits, text));
    cr_assert_eq(bits, 40);
    cr_assert_arr_eq(prefix, id, 5);
}

Test(short_id, forgives_what_people_mishear, .timeout = 10)
{
    uint8_t a[5], b[5];
    unsigned bits;
    cr_assert(evx_short_id_parse(a, &bits, "ev-oil0"));
    cr_assert_eq(bits, 20);
    cr_assert(evx_short_id_parse(b, &bits, "0110"));
    cr_assert_arr_eq(a, b, 5);
    const char *bad[] = {"", "ev-", "ABCDEFGHJ", "AU", "A B", "A-B-C"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert_not(evx_short_id_parse(a, &bits, bad[i]), "took \"%s\"", bad[i]);
}

Test(utf8, takes_every_length, .timeout = 10)
{
    const char *good[] = {"",
                          "a",
                          "\xc2\x80",
                          "\xe0\xa0\x80",
                          "\xed\x9f\xbf",
                          "\xef\xbf\xbf",
                          "\xf0\x90\x80\x80",
                          "\xf4\x8f\xbf\xbf"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        cr_assert(evx_utf8_valid(good[i], strlen(good[i])), "refused row %zu", i);
}

Test(utf8, refuses_what_is_not_text, .timeout = 10)
{
    const struct {
        const char *p;
        size_t n;
    } bad[] = {
        {"a\0b", 3},
        {"\x80", 1},
        {"\xc0\x80", 2},
        {"\xc1\xbf", 2},
        {"\xc2", 1},
        {"\xe0\x9f\xbf", 3},
        {"\xed\xa0\x80", 3},
        {"\xe2\x82", 2},
        {"\xf0\x8f\xbf\xbf", 4},
        {"\xf4\x90\x80\x80", 4},
        {"\xf5\x80\x80\x80", 4},
        {"\xff", 1},
        {"\xe2\x28\xa1", 3},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char *text = exact(bad[i].p, bad[i].n);
        cr_assert_not(evx_utf8_valid(text, bad[i].n), "took row %zu", i);
        free(text);
    }
}
