// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "agents/client/ingest/csv.h"
#include "agents/client/ingest/draft.h"
#include "agents/client/ingest/encoding.h"
#include "agents/client/ingest/ingest.h"

struct annotation {
    struct evx_buf *out;
    const struct evx_row_note *note; // in row order
    size_t notes, at;
    bool past_header;
};

// A spreadsheet runs what begins like this; a plain number does not harm.
static bool formula(const char *cell)
{
    int64_t unscaled;
    uint32_t scale;
    return *cell && strchr("=+-@\t\r", *cell) && !evx_decimal_parse(&unscaled, &scale, cell, false);
}

static enum evx_status put_cell(struct evx_buf *out, const char *cell)
{
    enum evx_status s = evx_buf_append_text(out, formula(cell) ? "\"'" : "\"");
    for (; !s && *cell; cell++)
        s = evx_buf_append(out, *cell == '"' ? "\"\"" : cell, *cell == '"' ? 2 : 1);
    return s ? s : evx_buf_append_text(out, "\"");
}

static enum evx_status put_cells(struct evx_buf *out, const struct evx_csv_row *row)
{
    enum evx_status s = EVX_OK;
    for (size_t i = 0; !s && i < row->cells; i++) {
        s = put_cell(out, row->cell[i]);
        if (!s) s = evx_buf_append_text(out, ",");
    }
    return s;
}

enum part { PART_CODE, PART_PROBLEM, PART_REMEDY };

static const char *part_text(const struct evx_row_note *n, enum part part)
{
    const struct evx_error_info *info = evx_error_info(n->code);
    return part == PART_CODE ? info->code : part == PART_PROBLEM ? n->message : info->remedy;
}

// All notes of the row in one cell, separated by "; ".
static enum evx_status put_part(struct annotation *a, uint64_t row, enum part part)
{
    struct evx_buf cell = {0};
    enum evx_status s = EVX_OK;
    for (size_t i = a->at; !s && i < a->notes && a->note[i].row == row; i++) {
        if (i > a->at) s = evx_buf_append_text(&cell, "; ");
        if (!s) s = evx_buf_append_text(&cell, part_text(&a->note[i], part));
    }
    if (!s) s = evx_buf_append(&cell, "", 1);
    if (!s) s = put_cell(a->out, (const char *)cell.p);
    if (!s) s = evx_buf_append_text(a->out, part == PART_REMEDY ? "\r\n" : ",");
    evx_buf_free(&cell);
    return s;
}

static enum evx_status on_row(void *user, const struct evx_csv_row *row)
{
    struct annotation *a = user;
    enum evx_status s = put_cells(a->out, row);
    if (s) return s;
    if (!a->past_header) {
        a->past_header = true;
        return evx_buf_append_text(a->out, "\"EVX code\",\"EVX problem\",\"EVX remedy\"\r\n");
    }
    while (a->at < a->notes && a->note[a->at].row < row->number)
        a->at++;
    for (int part = PART_CODE; !s && part <= PART_REMEDY; part++)
        s = put_part(a, row->number, (enum part)part);
    return s;
}

enum evx_status evx_annotate(struct evx_buf *out, struct evx_bytes content, const char *encoding,
                             const struct evx_row_note *note, size_t notes)
{
    struct evx_text text;
    enum evx_status s = evx_text_decode(&text, content, encoding);
    if (s) return s;
    struct annotation a = {.out = out, .note = note, .notes = notes};
    uint64_t fault;
    s = evx_buf_append_text(out, "\xEF\xBB\xBF");
    if (!s) s = evx_csv_read(text.utf8, on_row, &a, &fault);
    evx_text_free(&text);
    return s;
}
