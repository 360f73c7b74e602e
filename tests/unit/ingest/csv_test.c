// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/csv.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

struct rows {
    size_t n, cells[16];
    uint64_t number[16];
    char first[16][64], last[16][64];
    char delimiter;
};

static enum evx_status keep(void *user, const struct evx_csv_row *row)
{
    struct rows *r = user;
    if (r->n == 16) return EVX_E_TOO_LARGE;
    r->number[r->n] = row->number;
    r->cells[r->n] = row->cells;
    r->delimiter = row->delimiter;
    snprintf(r->first[r->n], 64, "%s", row->cell[0]);
    snprintf(r->last[r->n++], 64, "%s", row->cell[row->cells - 1]);
    return EVX_OK;
}

static enum evx_status read_text(struct rows *r, const char *text, uint64_t *fault)
{
    memset(r, 0, sizeof *r);
    return evx_csv_read(evx_bytes_of_text(text), keep, r, fault);
}

Test(csv, line_ends_of_every_kind_are_one_row_and_the_last_needs_none, .timeout = 10)
{
    static const char *const texts[] = {"a,b\n1,2\n3,4\n",   "a,b\r\n1,2\r\n3,4\r\n",
                                        "a,b\r1,2\r3,4",     "a,b\n1,2\n3,4",
                                        "a,b\n1,2\n3,\"4\"", "a,b\n1,2\n\n\"3\",\"4\""};
    struct rows r;
    uint64_t fault;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cr_assert_eq(read_text(&r, texts[i], &fault), EVX_OK);
        cr_assert_eq(r.n, 3, "text %zu: %zu rows", i, r.n);
        cr_assert_eq(r.number[2], i == 5 ? 4 : 3);
        cr_assert_str_eq(r.last[2], "4");
    }
}

Test(csv, rows_have_the_numbers_a_person_sees, .timeout = 10)
{
    struct rows r;
    uint64_t fault;
    cr_assert_eq(read_text(&r, "a,b\n\"one\ntwo\",2\n\n5,\"x \"\"y\"\"\"\n", &fault), EVX_OK);
    cr_assert_eq(r.n, 3);
    cr_assert_eq(r.number[1], 2);
    cr_assert_str_eq(r.first[1], "one\ntwo");
    cr_assert_eq(r.number[2], 4); // the blank line is row 3, the break in the cell is none
    cr_assert_str_eq(r.last[2], "x \"y\"");
}

Test(csv, a_bad_quote_is_refused_at_its_row, .timeout = 10)
{
    struct rows r;
    uint64_t fault;
    cr_assert_eq(read_text(&r, "a,b\n1,2\n\"3,4\n5,6\n", &fault), EVX_E_CSV_QUOTE);
    cr_assert_eq(fault, 3);
    cr_assert_eq(read_text(&r, "a,b\n1,2\n\"3\"x,4\n5,6\n", &fault), EVX_E_CSV_QUOTE);
    cr_assert_eq(fault, 3);
    cr_assert_eq(read_text(&r, "a,b\n1,2\n3,4\"5\n", &fault), EVX_E_CSV_QUOTE);
    cr_assert_eq(fault, 3);
}

Test(csv, the_header_decides_the_delimiter, .timeout = 10)
{
    struct rows r;
    uint64_t fault;
    cr_assert_eq(read_text(&r, "a;b;c\n1,5;2;3\n", &fault), EVX_OK);
    cr_assert_eq(r.delimiter, ';');
    cr_assert_str_eq(r.first[1], "1,5");
    cr_assert_eq(read_text(&r, "a\tb\tc\n1\t\t3\n", &fault), EVX_OK);
    cr_assert_eq(r.cells[1], 3);
    cr_assert_eq(read_text(&r, "\"a;b;c;d\",b\n1,2\n", &fault), EVX_OK);
    cr_assert_eq(r.delimiter, ',');
}

Test(csv, a_cell_without_end_is_stopped_at_the_limit, .timeout = 20)
{
    size_t n = EVX_LIMIT_CSV_CELL_BYTES * 4;
    char *text = malloc(n);
    struct rows r = {0};
    uint64_t fault;
    memset(text, 'x', n);
    memcpy(text, "a,b\n1,\"", 7);
    cr_assert_eq(evx_csv_read(evx_bytes(text, n), keep, &r, &fault), EVX_E_CELL_LONG);
    cr_assert_eq(fault, 2);
    free(text);
}

Test(csv, more_columns_than_the_limit_are_refused, .timeout = 20)
{
    char text[EVX_LIMIT_CSV_COLUMNS + 2];
    struct rows r = {0};
    uint64_t fault;
    memset(text, ',', sizeof text);
    text[sizeof text - 1] = '\n';
    cr_assert_eq(evx_csv_read(evx_bytes(text, sizeof text), keep, &r, &fault), EVX_E_CSV_COLUMNS);
}

static enum evx_status refuse(void *user, const struct evx_csv_row *row)
{
    ++*(int *)user;
    (void)row;
    return EVX_E_IO;
}

Test(csv, the_handler_ends_the_reading, .timeout = 10)
{
    int calls = 0;
    uint64_t fault;
    cr_assert_eq(evx_csv_read(evx_bytes_of_text("a\nb\nc\n"), refuse, &calls, &fault), EVX_E_IO);
    cr_assert_eq(calls, 1);
}
