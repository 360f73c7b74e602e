// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/report/html.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

static void put(struct evx_html *h, const char *p, size_t n)
{
    if (!h->s) h->s = evx_buf_append(h->out, p, n);
}

static void puts_of(struct evx_html *h, const char *text) { put(h, text, strlen(text)); }

static void close_tag(struct evx_html *h)
{
    if (h->tag_open) puts_of(h, ">");
    h->tag_open = false;
}

void h_start(struct evx_html *h, struct evx_buf *out)
{
    *h = (struct evx_html){.out = out};
    puts_of(h, "<!DOCTYPE html>\n");
}

void h_begin_literal(struct evx_html *h, const char *element)
{
    close_tag(h);
    if (!h->s && h->depth == EVX_HTML_DEPTH) h->s = EVX_E_BUG;
    if (h->s) return;
    h->open[h->depth++] = element;
    puts_of(h, "<");
    puts_of(h, element);
    h->tag_open = true;
}

// Length of the valid character at p, 0 when it is none.
static size_t character(const unsigned char *p, size_t left)
{
    size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    return n <= left && evx_utf8_valid(p, n) ? n : 0;
}

static bool misleading(const unsigned char *p, size_t n)
{
    if (n == 1) return (p[0] < 0x20 && p[0] != '\n' && p[0] != '\t') || p[0] == 0x7f;
    if (n == 2) return p[0] == 0xc2 && p[1] < 0xa0;
    if (n != 3 || p[0] != 0xe2) return false;
    bool marks = p[1] == 0x80 && (p[2] == 0x8e || p[2] == 0x8f || (p[2] >= 0xaa && p[2] <= 0xae));
    return marks || (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9);
}

static const char *entity(unsigned char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

static void put_escaped(struct evx_html *h, const char *text)
{
    const unsigned char *p = (const unsigned char *)(text ? text : "");
    size_t left = strlen((const char *)p);
    while (left && !h->s) {
        size_t n = character(p, left);
        const char *named = entity(*p);
        if (!n || misleading(p, n))
            puts_of(h, REPLACEMENT);
        else if (named)
            puts_of(h, named);
        else
            put(h, (const char *)p, n);
        p += n ? n : 1;
        left -= n ? n : 1;
    }
}

void h_attr_literal(struct evx_html *h, const char *name, const char *value)
{
    if (!h->s && !h->tag_open) h->s = EVX_E_BUG;
    puts_of(h, " ");
    puts_of(h, name);
    puts_of(h, "=\"");
    put_escaped(h, value);
    puts_of(h, "\"");
}

void h_text(struct evx_html *h, const char *text)
{
    close_tag(h);
    put_escaped(h, text);
}

void h_textf(struct evx_html *h, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n < 0 && !h->s) h->s = EVX_E_MEMORY;
    if (n < 0) return;
    h_text(h, text);
    free(text);
}

// A line feed after these changes nothing that is shown.
static bool is_block(const char *element)
{
    static const char *const blocks[] = {"head",    "title", "style",   "header", "nav",  "main",
                                         "section", "table", "thead",   "tbody",  "tr",   "p",
                                         "h1",      "h2",    "h3",      "ul",     "ol",   "li",
                                         "dl",      "div",   "details", "footer", "body", "html"};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (strcmp(element, blocks[i]) == 0) return true;
    return false;
}

void h_end(struct evx_html *h)
{
    close_tag(h);
    if (!h->s && h->depth == 0) h->s = EVX_E_BUG;
    if (h->s) return;
    puts_of(h, "</");
    puts_of(h, h->open[--h->depth]);
    puts_of(h, ">");
    if (is_block(h->open[h->depth])) puts_of(h, "\n");
}

void h_close_void(struct evx_html *h)
{
    close_tag(h);
    if (!h->s && h->depth == 0) h->s = EVX_E_BUG;
    if (!h->s) h->depth--;
}

void h_style(struct evx_html *h, const char *css)
{
    if (!h->s && strstr(css, "</")) h->s = EVX_E_BUG;
    h_begin(h, "style");
    close_tag(h);
    puts_of(h, css);
    h_end(h);
}

enum evx_status h_finish(struct evx_html *h)
{
    close_tag(h);
    if (!h->s && h->depth) h->s = EVX_E_BUG;
    return h->s;
}
