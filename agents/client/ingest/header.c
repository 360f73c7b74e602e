// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/header.h"

#include <stdlib.h>
#include <string.h>

#include "agents/client/ingest/csv.h"

struct copy {
    struct evx_header *out;
    bool done;
};

static enum evx_status copy_cells(struct evx_header *h, const struct evx_csv_row *row)
{
    size_t total = 0;
    for (size_t i = 0; i < row->cells; i++)
        total += strlen(row->cell[i]) + 1;
    h->cell = calloc(row->cells, sizeof *h->cell);
    enum evx_status s = h->cell ? evx_buf_reserve(&h->text, total) : EVX_E_MEMORY;
    for (size_t i = 0; !s && i < row->cells; i++) {
        h->cell[i] = (const char *)h->text.p + h->text.n;
        s = evx_buf_append(&h->text, row->cell[i], strlen(row->cell[i]) + 1);
    }
    h->n = row->cells;
    return s;
}

// Any status but OK ends the reading after the first row.
static enum evx_status on_row(void *user, const struct evx_csv_row *row)
{
    struct copy *c = user;
    enum evx_status s = copy_cells(c->out, row);
    c->done = s == EVX_OK;
    return s ? s : EVX_E_NOT_FOUND;
}

enum evx_status evx_csv_header_read(struct evx_header *out, struct evx_bytes utf8)
{
    *out = (struct evx_header){0};
    struct copy c = {out, false};
    uint64_t fault;
    enum evx_status s = evx_csv_read(utf8, on_row, &c, &fault);
    if (c.done) return EVX_OK;
    evx_csv_header_free(out);
    return s ? s : EVX_E_FILE_EMPTY;
}

void evx_csv_header_free(struct evx_header *h)
{
    if (!h) return;
    evx_buf_free(&h->text);
    free(h->cell);
    *h = (struct evx_header){0};
}
