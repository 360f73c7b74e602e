// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as an agency's export. Every item that comes out is one that the
// exchange takes, counts agree, and the same bytes give the same number again.
#ifndef EVX_TESTS_FUZZ_EXPORT_H
#define EVX_TESTS_FUZZ_EXPORT_H

#include "agents/client/ingest/ingest.h"

void fuzz_export(const struct evx_ingest_agency *agency, const char *file, struct evx_bytes content);

#endif
