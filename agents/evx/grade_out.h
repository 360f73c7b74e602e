// SPDX-License-Identifier: Apache-2.0
//
// Output of `evx grade`: a buffer that goes to a stream in large pieces. A
// failure sticks and is reported once, by evx_out_flush().
#ifndef EVX_AGENTS_EVX_GRADE_OUT_H
#define EVX_AGENTS_EVX_GRADE_OUT_H

#include <stdio.h>

#include "proto/base/bytes.h"

struct evx_out {
    FILE *stream;
    struct evx_buf buf;
    enum evx_status status;
};

void evx_out_text(struct evx_out *o, const char *text);
void evx_out_bytes(struct evx_out *o, const void *p, size_t n);
void evx_out_format(struct evx_out *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
void evx_out_string(struct evx_out *o, const char *text);                  // JSON string with its quotes
void evx_out_member(struct evx_out *o, const char *key, const char *text); // "key":"text"
void evx_out_more(struct evx_out *o, const char *key, const char *text);   // ,"key":"text"
void evx_out_line(struct evx_out *o);                                      // ends a line; flushes when full
EVX_MUST_CHECK enum evx_status evx_out_flush(struct evx_out *o);
void evx_out_free(struct evx_out *o);

#endif
