// SPDX-License-Identifier: Apache-2.0
// Any bytes as a CSV file, the way an agency program takes one: decoded first,
// then read. Rows are numbered upwards and no cell holds what ends a string.
#include <string.h>

#include "agents/client/ingest/csv.h"
#include "agents/client/ingest/encoding.h"
#include "proto/limits.h"
#include "tests/fuzz/fuzz.h"

static enum evx_status look(void *user, const struct evx_csv_row *row)
{
    uint64_t *before = user;
    fuzz_demand(row->number > *before);
    fuzz_demand(row->cells > 0 && row->cells <= EVX_LIMIT_CSV_COLUMNS);
    for (size_t i = 0; i < row->cells; i++)
        fuzz_demand(strlen(row->cell[i]) <= EVX_LIMIT_CSV_CELL_BYTES);
    *before = row->number;
    return EVX_OK;
}

void fuzz_one(struct evx_bytes input)
{
    struct evx_text text = {0};
    uint64_t last = 0, fault = 0;
    if (evx_text_decode(&text, input, NULL) == EVX_OK) {
        fuzz_demand(evx_utf8_valid(text.utf8.p, text.utf8.n) || memchr(text.utf8.p, 0, text.utf8.n));
        EVX_IGNORE(evx_csv_read(text.utf8, look, &last, &fault), "either answer is right for random bytes");
    }
    evx_text_free(&text);
}
