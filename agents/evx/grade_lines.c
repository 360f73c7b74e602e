// SPDX-License-Identifier: Apache-2.0
#include "agents/evx/grade_lines.h"

#include <stdlib.h>
#include <string.h>

enum evx_status evx_lines_open(struct evx_lines *l, FILE *stream)
{
    *l = (struct evx_lines){.stream = stream, .buf = malloc(EVX_GRADE_LINE_BYTES)};
    return l->buf ? EVX_OK : EVX_E_MEMORY;
}

void evx_lines_close(struct evx_lines *l)
{
    free(l->buf);
    l->buf = NULL;
}

static enum evx_status fill(struct evx_lines *l)
{
    memmove(l->buf, l->buf + l->from, l->to - l->from);
    l->to -= l->from;
    l->from = 0;
    size_t n = fread(l->buf + l->to, 1, EVX_GRADE_LINE_BYTES - l->to, l->stream);
    l->to += n;
    if (n) return EVX_OK;
    l->end = true;
    return ferror(l->stream) ? EVX_E_IO : EVX_OK;
}

// Drops the rest of a line that does not fit.
static enum evx_status skip(struct evx_lines *l)
{
    for (;;) {
        const char *nl = memchr(l->buf + l->from, '\n', l->to - l->from);
        if (nl) {
            l->from = (size_t)(nl - l->buf) + 1;
            return EVX_E_FILE_TOO_LARGE;
        }
        l->from = l->to = 0;
        enum evx_status s = fill(l);
        if (s) return s;
        if (l->end) return EVX_E_FILE_TOO_LARGE;
    }
}

static void hand_over(struct evx_lines *l, size_t n, bool newline, const char **line, size_t *length)
{
    *line = l->buf + l->from;
    *length = n && l->buf[l->from + n - 1] == '\r' ? n - 1 : n;
    l->from += n + newline;
}

enum evx_status evx_lines_next(struct evx_lines *l, bool *got, const char **line, size_t *n)
{
    *got = true;
    *line = NULL;
    *n = 0;
    l->number++;
    for (;;) {
        const char *nl = memchr(l->buf + l->from, '\n', l->to - l->from);
        if (nl) {
            hand_over(l, (size_t)(nl - l->buf) - l->from, true, line, n);
            return EVX_OK;
        }
        if (l->end) {
            *got = l->to > l->from;
            hand_over(l, l->to - l->from, false, line, n);
            return EVX_OK;
        }
        if (l->to - l->from == EVX_GRADE_LINE_BYTES) return skip(l);
        enum evx_status s = fill(l);
        if (s) return s;
    }
}

static enum evx_status each(FILE *stream, evx_grade_line *one, void *user, uint64_t *errors)
{
    struct evx_lines l;
    enum evx_status s = evx_lines_open(&l, stream);
    while (!s) {
        bool got;
        const char *line;
        size_t n;
        s = evx_lines_next(&l, &got, &line, &n);
        if (!got || s == EVX_E_IO) break;
        s = one(user, l.number, s ? NULL : line, n);
        *errors += s != EVX_OK;
        if (s != EVX_E_IO && s != EVX_E_MEMORY) s = EVX_OK;
    }
    evx_lines_close(&l);
    return s;
}

enum evx_status evx_lines_each(char **file, int files, evx_grade_line *one, void *user, uint64_t *errors)
{
    *errors = 0;
    if (!files) return each(stdin, one, user, errors);
    for (int i = 0; i < files; i++) {
        FILE *stream = strcmp(file[i], "-") ? fopen(file[i], "re") : stdin;
        if (!stream) return EVX_E_FILE_UNREADABLE;
        enum evx_status s = each(stream, one, user, errors);
        if (stream != stdin) fclose(stream);
        if (s) return s;
    }
    return EVX_OK;
}
