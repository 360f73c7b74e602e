// SPDX-License-Identifier: Apache-2.0
//
// A CSV table as a stream of rows. The first row names the columns.
#ifndef EVX_AGENTS_EVX_GRADE_TABLE_H
#define EVX_AGENTS_EVX_GRADE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/status.h"

struct evx_row {
    uint64_t number; // in the file, the header is 1
    const char *const *name;
    const char *const *cell;
    size_t cells;
    bool ragged; // more or fewer cells than the header
};
// Return a status to end the reading with it.
typedef enum evx_status evx_row_visit(void *user, const struct evx_row *row);

// header is called once with name == cell. FILE_UNREADABLE, CSV_QUOTE,
// FILE_TOO_LARGE (a cell or too many columns), IO, MEMORY. *row is where it ended.
EVX_MUST_CHECK enum evx_status evx_table_read(const char *path, evx_row_visit *header, evx_row_visit *each,
                                              void *user, uint64_t *row);

#endif
