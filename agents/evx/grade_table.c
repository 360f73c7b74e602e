// SPDX-License-Identifier: Apache-2.0
#include "agents/evx/grade_table.h"

#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

struct line { // cells of one row, one after the other
    char *text;
    size_t used, size;
    size_t at[EVX_LIMIT_CSV_COLUMNS];
    size_t cells;
};

struct table {
    struct line header, row;
    const char *name[EVX_LIMIT_CSV_COLUMNS], *cell[EVX_LIMIT_CSV_COLUMNS];
    uint64_t number;
    evx_row_visit *on_header, *on_row;
    void *user;
    enum evx_status status;
};

static void on_cell(void *data, size_t n, void *user)
{
    struct table *t = user;
    struct line *l = t->number ? &t->row : &t->header;
    if (t->status) return;
    if (l->cells == EVX_LIMIT_CSV_COLUMNS || n > EVX_LIMIT_CSV_CELL_BYTES) {
        t->status = EVX_E_FILE_TOO_LARGE;
        return;
    }
    if (l->used + n + 1 > l->size) {
        size_t size = (l->used + n + 1) * 2;
        char *text = realloc(l->text, size);
        if (!text) {
            t->status = EVX_E_MEMORY;
            return;
        }
        l->text = text;
        l->size = size;
    }
    l->at[l->cells++] = l->used;
    if (n) memcpy(l->text + l->used, data, n);
    l->text[l->used + n] = '\0';
    l->used += n + 1;
}

static void point(const struct line *l, const char **to, size_t cells)
{
    for (size_t i = 0; i < cells; i++)
        to[i] = i < l->cells ? l->text + l->at[i] : "";
}

static void on_end(int c, void *user)
{
    struct table *t = user;
    (void)c;
    if (t->status) return;
    bool header = !t->number;
    struct line *l = header ? &t->header : &t->row;
    t->number++;
    point(l, header ? t->name : t->cell, t->header.cells);
    struct evx_row row = {t->number, t->name, header ? t->name : t->cell, t->header.cells,
                          l->cells != t->header.cells};
    t->status = (header ? t->on_header : t->on_row)(t->user, &row);
    t->row.cells = t->row.used = 0;
}

static enum evx_status feed(struct csv_parser *p, struct table *t, const char *text, size_t n)
{
    if (csv_parse(p, text, n, on_cell, on_end, t) != n && !t->status)
        t->status = csv_error(p) == CSV_EPARSE ? EVX_E_CSV_QUOTE : EVX_E_MEMORY;
    if (!t->status && csv_get_buffer_size(p) > 4 * EVX_LIMIT_CSV_CELL_BYTES) t->status = EVX_E_FILE_TOO_LARGE;
    return t->status;
}

static enum evx_status read_all(FILE *stream, struct csv_parser *p, struct table *t)
{
    char text[65536];
    bool start = true;
    for (size_t n; !t->status && (n = fread(text, 1, sizeof text, stream)) > 0; start = false) {
        size_t bom = start && n >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;
        EVX_IGNORE(feed(p, t, text + bom, n - bom), "the table keeps the status");
    }
    if (!t->status && ferror(stream)) t->status = EVX_E_IO;
    if (!t->status && csv_fini(p, on_cell, on_end, t)) t->status = t->status ? t->status : EVX_E_CSV_QUOTE;
    return t->status;
}

enum evx_status evx_table_read(const char *path, evx_row_visit *header, evx_row_visit *each, void *user,
                               uint64_t *row)
{
    *row = 0;
    struct csv_parser p;
    struct table *t = calloc(1, sizeof *t);
    if (!t || csv_init(&p, CSV_STRICT | CSV_STRICT_FINI)) {
        free(t);
        return EVX_E_MEMORY;
    }
    t->on_header = header;
    t->on_row = each;
    t->user = user;
    FILE *stream = strcmp(path, "-") ? fopen(path, "re") : stdin;
    enum evx_status s = stream ? read_all(stream, &p, t) : EVX_E_FILE_UNREADABLE;
    if (stream && stream != stdin) fclose(stream);
    *row = t->number;
    csv_free(&p);
    free(t->header.text);
    free(t->row.text);
    free(t);
    return s;
}
