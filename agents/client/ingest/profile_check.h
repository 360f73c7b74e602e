// SPDX-License-Identifier: Apache-2.0
//
// What a profile must satisfy beyond its keys: names that refer to something,
// formats that exist, codes listed once.
#ifndef EVX_AGENTS_CLIENT_INGEST_PROFILE_CHECK_H
#define EVX_AGENTS_CLIENT_INGEST_PROFILE_CHECK_H

#include "agents/client/ingest/profile.h"

// Also fills what was left out (source, significance, zone). CONFIG, MEMORY.
EVX_MUST_CHECK enum evx_status evx_profile_check(struct evx_profile *p, const char *name,
                                                 struct evx_buf *explain);

#endif
