// SPDX-License-Identifier: Apache-2.0
//
// The YAML of a profile as libcyaml sees it.
#ifndef EVX_AGENTS_CLIENT_INGEST_PROFILE_SCHEMA_H
#define EVX_AGENTS_CLIENT_INGEST_PROFILE_SCHEMA_H

#include <cyaml/cyaml.h>

extern const cyaml_schema_value_t evx_profile_schema;
// Every key at any depth, NULL at the end: candidates for "did you mean".
extern const char *const evx_profile_keys[];

#endif
