// SPDX-License-Identifier: Apache-2.0
//
// HTML that is right by construction: elements nest because they are a stack, text
// and attribute values are escaped because there is no way to write them otherwise,
// names of elements and attributes are literals.
//
//   h_begin(h, "td");
//   h_attr(h, "class", "number");
//   h_text(h, whatever_somebody_sent);
//   h_end(h);
//
// The first failure is kept in h->s and the rest does nothing. Pure.
#ifndef EVX_AGENTS_INSPECTOR_REPORT_HTML_H
#define EVX_AGENTS_INSPECTOR_REPORT_HTML_H

#include "proto/base/bytes.h"

#define EVX_HTML_DEPTH 64

struct evx_html {
    struct evx_buf *out; // borrowed
    enum evx_status s;
    const char *open[EVX_HTML_DEPTH];
    size_t depth;
    bool tag_open; // "<td" is written, its '>' is not
};
void h_start(struct evx_html *h, struct evx_buf *out); // writes the doctype

// Literals only.
#define h_begin(h, element)    h_begin_literal((h), "" element)
#define h_attr(h, name, value) h_attr_literal((h), "" name, (value))
void h_begin_literal(struct evx_html *h, const char *element);
// Right after h_begin, else BUG.
void h_attr_literal(struct evx_html *h, const char *name, const char *value);
// Escaped. Control characters, marks of writing direction and bytes that are not
// UTF-8 become U+FFFD; a line feed stays.
void h_text(struct evx_html *h, const char *text);
void h_textf(struct evx_html *h, const char *format, ...) __attribute__((format(printf, 2, 3)));
void h_end(struct evx_html *h); // the innermost element
// An element without content: meta, br, hr …
#define h_void(h, element) h_begin(h, element)
void h_close_void(struct evx_html *h);
// The style sheet, a literal of ours: "</" in it is BUG.
void h_style(struct evx_html *h, const char *css);
// BUG when elements are still open.
EVX_MUST_CHECK enum evx_status h_finish(struct evx_html *h);

// <element>text</element>, and the same with a class.
#define h_element(h, element, text) (h_begin(h, element), h_text((h), (text)), h_end(h))
#define h_classed(h, element, class, text)                                                                   \
    (h_begin(h, element), h_attr(h, "class", class), h_text((h), (text)), h_end(h))

#endif
