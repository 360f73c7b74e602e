// SPDX-License-Identifier: Apache-2.0
//
// A school's own files: the school census extracts (pupils, leavers, exclusions,
// sessions) as CSV by profile; published figures are recognised and left out.
#ifndef EVX_AGENTS_SCHOOL_SCHOOL_H
#define EVX_AGENTS_SCHOOL_SCHOOL_H

#include "agents/client/ingest/ingest.h"

const struct evx_ingest_agency *evx_school(void);

#endif
