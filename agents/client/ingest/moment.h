// SPDX-License-Identifier: Apache-2.0
//
// Dates and times, strictly: the form is named, never guessed; days that do not
// exist, two-digit years, local times that a clock change skips or doubles are
// refused. Keeps how precise the source was. Pure.
//
// A format is a pattern of yyyy mm dd mon HH MM SS and literal characters
// ("dd/mm/yyyy", "yyyy-mon-dd HH:MM:SS"), or one of
//   iso   2026-01-31, 2026-01-31T09:30, …:15, …:15.250, each with Z, +01:00 or none
//   fhir  2026, 2026-01, 2026-01-31, or a full time that states its offset
#ifndef EVX_AGENTS_CLIENT_INGEST_MOMENT_H
#define EVX_AGENTS_CLIENT_INGEST_MOMENT_H

#include "agents/client/ingest/zone.h"
#include "evx/v1/item.pb-c.h"
#include "proto/base/status.h"

struct evx_moment {
    Evx__V1__Precision precision;
    int64_t utc_ms; // start of the interval that the text names
    int offset_min;
    const char *zone; // static; "" when only an offset was stated
    Evx__V1__ZoneSource zone_source;
};

bool evx_moment_format_valid(const char *format);

// CELL_DATE, CELL_DATE_SHORT (two-digit year, otherwise right), CELL_TIME_LOCAL.
EVX_MUST_CHECK enum evx_status evx_moment_parse(struct evx_moment *out, const char *text, const char *format,
                                                enum evx_zone zone);
// Cuts to a coarser precision (month, day …), e.g. for exports that write every
// date with 00:00:00. Never makes it finer.
void evx_moment_coarsen(struct evx_moment *m, Evx__V1__Precision precision);
// The last millisecond that the text can mean: 31/01/2026 ends at midnight.
int64_t evx_moment_end_ms(const struct evx_moment *m);

#endif
