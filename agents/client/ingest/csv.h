// SPDX-License-Identifier: Apache-2.0
//
// CSV as streaming rows. Strict quoting. A row keeps the number that a person
// sees in a spreadsheet: blank lines count, a line break inside a quoted cell
// does not. The delimiter (comma, semicolon, tab) is the one the header uses.
#ifndef EVX_AGENTS_CLIENT_INGEST_CSV_H
#define EVX_AGENTS_CLIENT_INGEST_CSV_H

#include "proto/base/bytes.h"

struct evx_csv_row {
    uint64_t number; // 1-based
    size_t cells;
    const char *const *cell; // NUL-terminated, spaces around unquoted cells removed
    char delimiter;
};
// Rows live until the handler returns. A status other than OK ends the reading.
typedef enum evx_status (*evx_csv_handler)(void *user, const struct evx_csv_row *row);

// `text` is UTF-8. CSV_QUOTE, CELL_LONG (one cell over the limit), CSV_COLUMNS
// (more cells than any file may have): *fault_row says where. Else what the
// handler returned.
EVX_MUST_CHECK enum evx_status evx_csv_read(struct evx_bytes text, evx_csv_handler handler, void *user,
                                            uint64_t *fault_row);

#endif
