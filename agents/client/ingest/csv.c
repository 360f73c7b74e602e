// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/csv.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

#define FEED_BYTES 16384

struct scan {
    evx_csv_handler handler;
    void *user;
    struct evx_buf text; // cells of the row, each with its NUL
    size_t *begin;       // where each cell begins in text
    const char **cell;
    size_t cells;
    uint64_t number;
    char delimiter;
    enum evx_status status;
};

static void stop(struct scan *scan, enum evx_status s)
{
    if (!scan->status) scan->status = s;
}

static void on_cell(void *p, size_t n, void *user)
{
    struct scan *scan = user;
    if (scan->status) return;
    if (scan->cells == EVX_LIMIT_CSV_COLUMNS) {
        stop(scan, EVX_E_CSV_COLUMNS);
        return;
    }
    if (n > EVX_LIMIT_CSV_CELL_BYTES) {
        stop(scan, EVX_E_CELL_LONG);
        return;
    }
    scan->begin[scan->cells++] = scan->text.n;
    enum evx_status s = evx_buf_append(&scan->text, p, n);
    if (!s) s = evx_buf_append(&scan->text, "", 1);
    if (s) stop(scan, s);
}

static bool empty_row(const struct scan *scan) { return scan->cells == 1 && scan->text.n == 1; }

// `end` is the character that ended the row, -1 at the end of the file; a blank
// line has no cell.
static void on_row(int end, void *user)
{
    struct scan *scan = user;
    (void)end;
    if (scan->status) return;
    scan->number++;
    if (scan->cells && !empty_row(scan)) {
        for (size_t i = 0; i < scan->cells; i++)
            scan->cell[i] = (const char *)scan->text.p + scan->begin[i];
        struct evx_csv_row row = {scan->number, scan->cells, scan->cell, scan->delimiter};
        stop(scan, scan->handler(scan->user, &row));
    }
    scan->cells = 0;
    evx_buf_clear(&scan->text);
}

static int newline_only(unsigned char c) { return c == '\n'; }
static int no_space(unsigned char c) { return c == ' '; }

static char delimiter_of(struct evx_bytes text)
{
    size_t seen[3] = {0};
    static const char candidates[] = ",;\t";
    bool quoted = false;
    for (size_t i = 0; i < text.n && (quoted || text.p[i] != '\n'); i++) {
        if (text.p[i] == '"') quoted = !quoted;
        const char *at = quoted || !text.p[i] ? NULL : strchr(candidates, text.p[i]);
        if (at) seen[at - candidates]++;
    }
    size_t best = seen[1] > seen[0] ? 1 : 0;
    return candidates[seen[2] > seen[best] ? 2 : best];
}

// Every line end becomes one LF, so that one LF is one row whatever wrote the file.
static size_t feed(char out[FEED_BYTES], struct evx_bytes text, size_t *at)
{
    size_t n = 0;
    for (; n < FEED_BYTES && *at < text.n; ++*at) {
        char c = (char)text.p[*at];
        if (c == '\r' && *at + 1 < text.n && text.p[*at + 1] == '\n') continue;
        out[n++] = c == '\r' ? '\n' : c;
    }
    return n;
}

static enum evx_status parser_status(const struct scan *scan, struct csv_parser *parser)
{
    if (scan->status) return scan->status;
    return csv_error(parser) == CSV_ENOMEM ? EVX_E_MEMORY : EVX_E_CSV_QUOTE;
}

static enum evx_status parse(struct scan *scan, struct csv_parser *parser, struct evx_bytes text)
{
    char chunk[FEED_BYTES];
    for (size_t at = 0; at < text.n;) {
        size_t n = feed(chunk, text, &at);
        if (csv_parse(parser, chunk, n, on_cell, on_row, scan) != n) return parser_status(scan, parser);
        if (parser->entry_pos > EVX_LIMIT_CSV_CELL_BYTES) stop(scan, EVX_E_CELL_LONG);
        if (scan->status) return scan->status;
    }
    if (csv_fini(parser, on_cell, on_row, scan) != 0) return parser_status(scan, parser);
    return scan->status;
}

static enum evx_status parser_init(struct csv_parser *parser, char delimiter)
{
    if (csv_init(parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0) return EVX_E_MEMORY;
    csv_set_blk_size(parser, 4096);
    csv_set_delim(parser, (unsigned char)delimiter);
    csv_set_term_func(parser, newline_only);
    csv_set_space_func(parser, no_space);
    return EVX_OK;
}

enum evx_status evx_csv_read(struct evx_bytes text, evx_csv_handler handler, void *user, uint64_t *fault_row)
{
    *fault_row = 0;
    struct csv_parser parser;
    struct scan scan = {.handler = handler, .user = user, .delimiter = delimiter_of(text)};
    enum evx_status s = parser_init(&parser, scan.delimiter);
    if (s) return s;
    scan.begin = calloc(EVX_LIMIT_CSV_COLUMNS, sizeof *scan.begin);
    scan.cell = calloc(EVX_LIMIT_CSV_COLUMNS, sizeof *scan.cell);
    s = scan.begin && scan.cell ? parse(&scan, &parser, text) : EVX_E_MEMORY;
    *fault_row = scan.number + 1;
    csv_free(&parser);
    free(scan.begin);
    free(scan.cell);
    evx_buf_free(&scan.text);
    return s;
}
