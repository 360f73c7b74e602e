// SPDX-License-Identifier: Apache-2.0
#include "agents/evx/grade_out.h"

#include <stdarg.h>
#include <string.h>

void evx_out_bytes(struct evx_out *o, const void *p, size_t n)
{
    if (!o->status) o->status = evx_buf_append(&o->buf, p, n);
}

void evx_out_text(struct evx_out *o, const char *text) { evx_out_bytes(o, text, strlen(text)); }

void evx_out_format(struct evx_out *o, const char *format, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    if (n > 0) evx_out_bytes(o, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

static void escape(struct evx_out *o, unsigned char c)
{
    if (c == '"' || c == '\\')
        evx_out_format(o, "\\%c", c);
    else if (c == '\n')
        evx_out_text(o, "\\n");
    else if (c == '\t')
        evx_out_text(o, "\\t");
    else
        evx_out_format(o, "\\u%04x", c);
}

void evx_out_string(struct evx_out *o, const char *text)
{
    evx_out_bytes(o, "\"", 1);
    for (const char *from = text; from;) {
        size_t n = 0;
        while ((unsigned char)from[n] >= 0x20 && from[n] != '"' && from[n] != '\\')
            n++;
        evx_out_bytes(o, from, n);
        if (!from[n]) break;
        escape(o, (unsigned char)from[n]);
        from += n + 1;
    }
    evx_out_bytes(o, "\"", 1);
}

void evx_out_member(struct evx_out *o, const char *key, const char *text)
{
    evx_out_string(o, key);
    evx_out_bytes(o, ":", 1);
    evx_out_string(o, text);
}

void evx_out_more(struct evx_out *o, const char *key, const char *text)
{
    evx_out_bytes(o, ",", 1);
    evx_out_member(o, key, text);
}

enum evx_status evx_out_flush(struct evx_out *o)
{
    if (!o->status && o->buf.n && fwrite(o->buf.p, 1, o->buf.n, o->stream) != o->buf.n) o->status = EVX_E_IO;
    evx_buf_clear(&o->buf);
    if (!o->status && fflush(o->stream)) o->status = EVX_E_IO;
    return o->status;
}

void evx_out_line(struct evx_out *o)
{
    evx_out_bytes(o, "\n", 1);
    if (o->buf.n > 65536) EVX_IGNORE(evx_out_flush(o), "the status sticks");
}

void evx_out_free(struct evx_out *o) { evx_buf_free(&o->buf); }
