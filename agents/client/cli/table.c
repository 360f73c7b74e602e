// SPDX-License-Identifier: Apache-2.0
#include "agents/client/cli/table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

struct evx_table {
    size_t columns;
    size_t rows; // without the header
    char **cell; // (rows + 1) * columns
    size_t cap;  // cells
    size_t *width;
    bool *right;
};

size_t evx_text_width(const char *text)
{
    size_t width = 0;
    const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)text;
    utf8proc_ssize_t left = (utf8proc_ssize_t)strlen(text);
    while (left > 0) {
        utf8proc_int32_t c = 0;
        utf8proc_ssize_t n = utf8proc_iterate(p, left, &c);
        if (n <= 0) {
            n = 1;
            width++;
        } else {
            int w = utf8proc_charwidth(c);
            width += w > 0 ? (size_t)w : 0;
        }
        p += n;
        left -= n;
    }
    return width;
}

static char *clean_copy(const char *text)
{
    char *copy = strdup(text ? text : "");
    for (char *p = copy; p && *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f) *p = ' ';
    return copy;
}

static enum evx_status grow(struct evx_table *t)
{
    size_t need = (t->rows + 2) * t->columns;
    if (need <= t->cap) return EVX_OK;
    size_t cap = t->cap ? t->cap * 2 : 16 * t->columns;
    char **cell = realloc(t->cell, cap * sizeof *cell);
    if (!cell) return EVX_E_MEMORY;
    memset(cell + t->cap, 0, (cap - t->cap) * sizeof *cell);
    t->cell = cell;
    t->cap = cap;
    return EVX_OK;
}

static enum evx_status set(struct evx_table *t, size_t row, size_t column, const char *text)
{
    char *copy = clean_copy(text);
    if (!copy) return EVX_E_MEMORY;
    free(t->cell[row * t->columns + column]);
    t->cell[row * t->columns + column] = copy;
    size_t width = evx_text_width(copy);
    if (width > t->width[column]) t->width[column] = width;
    return EVX_OK;
}

enum evx_status evx_table_new(struct evx_table **out, const char *const *headers, size_t columns)
{
    *out = NULL;
    struct evx_table *t = calloc(1, sizeof *t);
    if (!t) return EVX_E_MEMORY;
    t->columns = columns;
    t->width = calloc(columns + 1, sizeof *t->width);
    t->right = calloc(columns + 1, sizeof *t->right);
    enum evx_status s = t->width && t->right ? grow(t) : EVX_E_MEMORY;
    for (size_t i = 0; i < columns && !s; i++) {
        t->right[i] = headers[i][0] == '>';
        s = set(t, 0, i, headers[i] + t->right[i]);
    }
    if (s) evx_table_destroy(&t);
    *out = t;
    return s;
}

void evx_table_destroy(struct evx_table **t)
{
    if (!*t) return;
    for (size_t i = 0; i < (*t)->cap; i++)
        free((*t)->cell[i]);
    free((*t)->cell);
    free((*t)->width);
    free((*t)->right);
    free(*t);
    *t = NULL;
}

enum evx_status evx_table_row(struct evx_table *t, const char *const *cells)
{
    enum evx_status s = grow(t);
    for (size_t i = 0; i < t->columns && !s; i++)
        s = set(t, t->rows + 1, i, cells[i]);
    if (!s) t->rows++;
    return s;
}

size_t evx_table_rows(const struct evx_table *t) { return t->rows; }

static enum evx_status spaces(struct evx_buf *out, size_t n)
{
    return evx_buf_printf(out, "%*s", (int)n, "");
}

static enum evx_status padded(struct evx_buf *out, const struct evx_table *t, const char *text, size_t column)
{
    bool last = column + 1 == t->columns;
    size_t pad = t->width[column] - evx_text_width(text);
    enum evx_status s = t->right[column] ? spaces(out, pad) : EVX_OK;
    if (!s) s = evx_buf_append_text(out, text);
    if (!s && !t->right[column] && !last) s = spaces(out, pad);
    if (!s && !last) s = spaces(out, 2);
    return s;
}

static enum evx_status line(struct evx_buf *out, const struct evx_table *t, size_t row, bool plain)
{
    enum evx_status s = EVX_OK;
    for (size_t i = 0; i < t->columns && !s; i++) {
        const char *text = t->cell[row * t->columns + i];
        if (!plain) {
            s = padded(out, t, text, i);
            continue;
        }
        if (i) s = evx_buf_append_text(out, "\t");
        if (!s) s = evx_buf_append_text(out, text);
    }
    return s;
}

enum evx_status evx_table_text(struct evx_buf *out, const struct evx_table *t, bool plain, bool bold)
{
    enum evx_status s = EVX_OK;
    for (size_t row = 0; row <= t->rows && !s; row++) {
        bool strong = bold && !plain && row == 0;
        if (strong) s = evx_buf_append_text(out, "\033[1m");
        if (!s) s = line(out, t, row, plain);
        if (!s) s = evx_buf_append_text(out, strong ? "\033[0m\n" : "\n");
    }
    return s;
}

enum evx_status evx_table_print(FILE *to, const struct evx_table *t, bool plain, bool bold)
{
    struct evx_buf text = {0};
    enum evx_status s = evx_table_text(&text, t, plain, bold);
    if (!s && fwrite(text.p, 1, text.n, to) != text.n) s = EVX_E_IO;
    evx_buf_free(&text);
    return s;
}
