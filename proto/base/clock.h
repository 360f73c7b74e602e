// SPDX-License-Identifier: Apache-2.0
//
// Time. Cores never read a clock: they are handed `now`. Programs read it here.
#ifndef EVX_PROTO_BASE_CLOCK_H
#define EVX_PROTO_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint64_t evx_clock_wall_ms(void);      // Unix time, milliseconds
uint64_t evx_clock_monotonic_ms(void); // for timeouts
uint64_t evx_clock_monotonic_ns(void); // for measuring

// "2026-01-31T09:30:00.000Z"; out holds EVX_TIME_TEXT characters.
#define EVX_TIME_TEXT 25 // 24 characters and the NUL
void evx_time_text(char out[EVX_TIME_TEXT], int64_t utc_ms);
// Strict RFC 3339 in UTC ("Z", seconds, optional .fff). Years 1800..9999.
bool evx_time_parse(int64_t *utc_ms, const char *text);

// Proleptic Gregorian day number (1970-01-01 = 0) and back.
int64_t evx_days_from_civil(int year, int month, int day);
void evx_civil_from_days(int64_t days, int *year, int *month, int *day);
bool evx_date_valid(int year, int month, int day);

#endif
