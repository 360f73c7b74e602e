// SPDX-License-Identifier: Apache-2.0
//
// How a moment is shown and ordered. A moment is an interval: "2026-03" is the
// whole of March. Nothing is made more precise than its source. Pure.
#ifndef EVX_AGENTS_INSPECTOR_VIEWS_WHEN_H
#define EVX_AGENTS_INSPECTOR_VIEWS_WHEN_H

#include "proto/msg/codec.h"

// "2026", "Mar 2026", "12 Mar 2026", "12 Mar 2026 14:05", "… 14:05:31", in the source's own
// offset; "unknown" when there is none. NULL is unknown.
#define EVX_WHEN_TEXT 40
void evx_when_text(char out[EVX_WHEN_TEXT], const Evx__V1__Moment *m);
// "Europe/London", "+01:00", "UTC"; "" for a day or less, and "assumed" is the
// caller's to say (m->zone_source).
void evx_when_zone(char out[EVX_WHEN_TEXT], const Evx__V1__Moment *m);
const char *evx_precision_name(int precision); // "day"

// Start and end (exclusive) of the interval in UTC milliseconds. False when unknown.
bool evx_when_interval(int64_t *from, int64_t *until, int64_t utc_ms, int precision);
// Timeline order: unknown last, then by start, then the vaguer one first. <0, 0, >0.
int evx_when_compare(int64_t a_ms, int a_precision, int64_t b_ms, int b_precision);

#endif
