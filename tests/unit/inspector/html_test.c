// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/report/html.h"

#include <criterion/criterion.h>
#include <string.h>

static char *written(struct evx_buf *b)
{
    cr_assert_eq(evx_buf_append(b, "", 1), EVX_OK);
    return (char *)b->p;
}

Test(html, text_and_attributes_are_escaped, .timeout = 10)
{
    struct evx_buf b = {0};
    struct evx_html h;
    h_start(&h, &b);
    h_begin(&h, "p");
    h_attr(&h, "title", "\"><script>alert(1)</script>'&");
    h_text(&h, "<img src=x onerror=\"a\"> & 'b'");
    h_end(&h);
    cr_assert_eq(h_finish(&h), EVX_OK);
    cr_assert_str_eq(
        written(&b),
        "<!DOCTYPE html>\n<p title=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39;&amp;\">"
        "&lt;img src=x onerror=&quot;a&quot;&gt; &amp; &#39;b&#39;</p>\n");
    evx_buf_free(&b);
}

Test(html, what_misleads_the_reader_is_replaced, .timeout = 10)
{
    static const struct {
        const char *in, *want;
    } row[] = {
        {"a\x01z", "a\xef\xbf\xbdz"},         {"a\x7fz", "a\xef\xbf\xbdz"},
        {"a\xc2\x85z", "a\xef\xbf\xbdz"},     {"a\xe2\x80\xaez", "a\xef\xbf\xbdz"},
        {"a\xe2\x81\xa6z", "a\xef\xbf\xbdz"}, {"a\xffz", "a\xef\xbf\xbdz"},
        {"a\xc3", "a\xef\xbf\xbd"},           {"a\xed\xa0\x80z", NULL},
        {"line\nline", "line\nline"},         {"caf\xc3\xa9", "caf\xc3\xa9"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct evx_buf b = {0};
        struct evx_html h;
        h_start(&h, &b);
        h_begin(&h, "b");
        h_text(&h, row[i].in);
        h_end(&h);
        cr_assert_eq(h_finish(&h), EVX_OK);
        const char *text = written(&b) + strlen("<!DOCTYPE html>\n<b>");
        cr_assert(evx_utf8_valid(b.p, b.n - 1), "row %zu", i);
        if (row[i].want)
            cr_assert_eq(strncmp(text, row[i].want, strlen(row[i].want)), 0, "row %zu: %s", i, text);
        evx_buf_free(&b);
    }
}

Test(html, an_element_left_open_or_closed_twice_is_a_defect, .timeout = 10)
{
    struct evx_buf b = {0};
    struct evx_html h;
    h_start(&h, &b);
    h_begin(&h, "p");
    cr_assert_eq(h_finish(&h), EVX_E_BUG);
    h_start(&h, &b);
    h_end(&h);
    cr_assert_eq(h_finish(&h), EVX_E_BUG);
    h_start(&h, &b);
    h_begin(&h, "p");
    h_text(&h, "x");
    h_attr(&h, "class", "late");
    h_end(&h);
    cr_assert_eq(h_finish(&h), EVX_E_BUG, "an attribute after the text");
    evx_buf_free(&b);
}
