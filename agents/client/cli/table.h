// SPDX-License-Identifier: Apache-2.0
//
// Plain tables for people: columns as wide as their widest cell (display width,
// not bytes), two spaces between, no lines. With `plain`, tab separated instead.
#ifndef EVX_AGENTS_CLIENT_CLI_TABLE_H
#define EVX_AGENTS_CLIENT_CLI_TABLE_H

#include <stdio.h>

#include "proto/base/bytes.h"

struct evx_table;
// `headers` are copied. A header that begins with '>' makes its column right aligned.
EVX_MUST_CHECK enum evx_status evx_table_new(struct evx_table **out, const char *const *headers,
                                             size_t columns);
void evx_table_destroy(struct evx_table **t);
// Copies `columns` cells (NULL = ""); control characters are replaced.
EVX_MUST_CHECK enum evx_status evx_table_row(struct evx_table *t, const char *const *cells);
size_t evx_table_rows(const struct evx_table *t);
// Appends the text. bold: the header line in bold.
EVX_MUST_CHECK enum evx_status evx_table_text(struct evx_buf *out, const struct evx_table *t, bool plain,
                                              bool bold);
// The same, to a stream. IO when the stream fails.
EVX_MUST_CHECK enum evx_status evx_table_print(FILE *to, const struct evx_table *t, bool plain, bool bold);
// Display columns of UTF-8 text.
size_t evx_text_width(const char *text);

#endif
