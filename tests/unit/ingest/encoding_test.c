// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/encoding.h"

#include <criterion/criterion.h>
#include <string.h>

static struct evx_text decode(const char *bytes, size_t n, const char *forced, enum evx_status expected)
{
    struct evx_text t;
    cr_assert_eq(evx_text_decode(&t, evx_bytes(bytes, n), forced), expected);
    return t;
}

Test(encoding, utf8_is_borrowed_and_its_mark_dropped, .timeout = 10)
{
    static const char text[] = "\xEF\xBB\xBFname\nZo\xC3\xAB\n";
    struct evx_text t = decode(text, sizeof text - 1, NULL, EVX_OK);
    cr_assert_str_eq(t.encoding, "UTF-8 with BOM");
    cr_assert_eq((const char *)t.utf8.p, text + 3);
    evx_text_free(&t);
}

Test(encoding, windows_text_is_detected_and_converted, .timeout = 10)
{
    static const char text[] = "name,place\nZo\xeb,caf\xe9 O\x92"
                               "Brien\nJos\xe9,r\xf4le\n";
    struct evx_text t = decode(text, sizeof text - 1, NULL, EVX_OK);
    cr_assert_str_eq(t.encoding, "WINDOWS-1252");
    cr_assert(memmem(t.utf8.p, t.utf8.n, "Zo\xC3\xAB", 4));
    cr_assert(memmem(t.utf8.p, t.utf8.n,
                     "O\xE2\x80\x99"
                     "Brien",
                     9));
    evx_text_free(&t);
}

Test(encoding, utf16_of_both_orders_is_converted, .timeout = 10)
{
    static const char little[] = "\xFF\xFE"
                                 "a\0,\0b\0\n\0\xeb\0,\0c\0\n\0",
                      big[] = "\xFE\xFF"
                              "\0a\0,\0b\0\n\0\xeb\0,\0c\0\n";
    struct evx_text t = decode(little, sizeof little - 1, NULL, EVX_OK);
    cr_assert_eq(memcmp(t.utf8.p, "a,b\n\xC3\xAB,c\n", 9), 0);
    evx_text_free(&t);
    t = decode(big, sizeof big - 1, NULL, EVX_OK);
    cr_assert_eq(memcmp(t.utf8.p, "a,b\n\xC3\xAB,c\n", 9), 0);
    evx_text_free(&t);
}

Test(encoding, damaged_utf8_is_refused_at_its_line_and_not_reinterpreted, .timeout = 10)
{
    static const char text[] = "name\nZo\xC3\xAB\nJos\xC3\xA9\nbr\xFFken\n";
    struct evx_text t = decode(text, sizeof text - 1, NULL, EVX_E_FILE_ENCODING);
    cr_assert_eq(t.bad_line, 4);
    evx_text_free(&t);
}

Test(encoding, a_byte_that_the_forced_encoding_lacks_is_refused, .timeout = 10)
{
    static const char text[] = "name\nok\nx\x81y\n";
    struct evx_text t = decode(text, sizeof text - 1, "WINDOWS-1252", EVX_E_FILE_ENCODING);
    cr_assert_eq(t.bad_line, 3);
    t = decode(text, sizeof text - 1, "no-such-encoding", EVX_E_FILE_ENCODING);
    cr_assert_eq(t.owned.p, NULL);
}

Test(encoding, a_nul_never_passes, .timeout = 10)
{
    static const char text[] = "name\na\0b\n";
    struct evx_text t = decode(text, sizeof text - 1, NULL, EVX_E_FILE_ENCODING);
    cr_assert_eq(t.utf8.n, 0);
}
