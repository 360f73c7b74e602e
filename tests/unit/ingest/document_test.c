// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/document.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static enum evx_status parse(json_t **out, const char *text, struct evx_document_fault *fault)
{
    return evx_document_parse(out, evx_bytes_of_text(text), fault);
}

Test(document, numbers_keep_their_text, .timeout = 10)
{
    json_t *d;
    struct evx_document_fault fault;
    cr_assert_eq(parse(&d, "{\"a\": 1.10, \"b\": [9007199254740993, -0.5e+2], \"c\": \"x\\\"1\"}", &fault),
                 EVX_OK);
    cr_assert_str_eq(evx_document_text(d, "a"), "1.10");
    cr_assert_str_eq(evx_document_text_at(d, "b.0"), "9007199254740993");
    cr_assert_str_eq(evx_document_text_at(d, "b.1"), "-0.5e+2");
    cr_assert_str_eq(evx_document_text(d, "c"), "x\"1");
    cr_assert_eq(evx_document_text_at(d, "b.7.x"), NULL);
    json_decref(d);
}

Test(document, what_is_no_number_is_no_json, .timeout = 10)
{
    static const char *const bad[] = {"[01]",      "[1.]",          "[.5]",  "[-]",   "[1e]",
                                      "[+1]",      "[0x1]",         "[1 2]", "[--1]", "[12abc]",
                                      "{\"a\" 1}", "[\"\\u0000\"]", "[1,]",  "{1:2}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        json_t *d;
        struct evx_document_fault fault;
        cr_assert_eq(parse(&d, bad[i], &fault), EVX_E_JSON_SYNTAX, "%s", bad[i]);
    }
}

Test(document, a_key_twice_is_named_with_its_line, .timeout = 10)
{
    json_t *d;
    struct evx_document_fault fault;
    cr_assert_eq(parse(&d, "{\"a\": 1,\n\"b\": 2,\n\"a\": 3}", &fault), EVX_E_JSON_DUPLICATE);
    cr_assert_eq(fault.line, 3);
    cr_assert_eq(d, NULL);
}

Test(document, depth_is_bounded, .timeout = 20)
{
    json_t *d;
    struct evx_document_fault fault;
    size_t n = 200000;
    char *deep = malloc(n + 1);
    memset(deep, '[', n);
    deep[n] = '\0';
    cr_assert_eq(parse(&d, deep, &fault), EVX_E_JSON_SYNTAX);
    free(deep);
}
