// SPDX-License-Identifier: Apache-2.0
//
// The first row of a CSV file.
#ifndef EVX_AGENTS_CLIENT_INGEST_HEADER_H
#define EVX_AGENTS_CLIENT_INGEST_HEADER_H

#include "proto/base/bytes.h"

struct evx_header {
    struct evx_buf text;
    const char **cell;
    size_t n;
};
// CSV_QUOTE, CELL_LONG, CSV_COLUMNS; FILE_EMPTY when there is no row.
EVX_MUST_CHECK enum evx_status evx_csv_header_read(struct evx_header *out, struct evx_bytes utf8);
void evx_csv_header_free(struct evx_header *h);

#endif
