// SPDX-License-Identifier: Apache-2.0
//
// A CSV file under the profile that fits its header.
#ifndef EVX_AGENTS_CLIENT_INGEST_READ_CSV_H
#define EVX_AGENTS_CLIENT_INGEST_READ_CSV_H

#include "agents/client/ingest/reading.h"

EVX_MUST_CHECK enum evx_status evx_read_csv(struct evx_reading *r, struct evx_bytes utf8);

#endif
