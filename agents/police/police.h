// SPDX-License-Identifier: Apache-2.0
//
// The police's own files: missing episodes and street-level crime as CSV by
// profile, CASE/UCO JSON as an attachment with a short piece of evidence.
#ifndef EVX_AGENTS_POLICE_POLICE_H
#define EVX_AGENTS_POLICE_POLICE_H

#include "agents/client/ingest/ingest.h"

const struct evx_ingest_agency *evx_police(void);
// A CASE/UCO graph (JSON-LD). FILE_FORMAT problem for other JSON.
EVX_MUST_CHECK enum evx_status evx_police_read_case(struct evx_reading *r);

#endif
