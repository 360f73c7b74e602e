// SPDX-License-Identifier: Apache-2.0
//
// Local time without the C library's locale or zone files, so that the same
// file means the same moment on every machine. Two zones: UTC and Europe/London,
// whose rules are computed (docs/ingest.md "Dates" has the table).
#ifndef EVX_AGENTS_CLIENT_INGEST_ZONE_H
#define EVX_AGENTS_CLIENT_INGEST_ZONE_H

#include <stdbool.h>
#include <stdint.h>

enum evx_zone { EVX_ZONE_LONDON, EVX_ZONE_UTC };

const char *evx_zone_name(enum evx_zone zone);
bool evx_zone_find(enum evx_zone *out, const char *name);

// Minutes east of UTC in force at a moment.
int evx_zone_offset(enum evx_zone zone, int64_t utc_ms);
// The moments that a local clock reading can mean: 0 (skipped that night), 1, or
// 2 (the hour that comes twice), earliest first.
int evx_zone_resolve(int64_t utc_ms[2], enum evx_zone zone, int64_t local_ms);
// False for years before the table begins: offsets there are a guess.
bool evx_zone_known(enum evx_zone zone, int64_t utc_ms);

#endif
