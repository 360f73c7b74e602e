// SPDX-License-Identifier: Apache-2.0
//
// Days, and the working days of England and Wales: Monday to Friday without
// bank holidays. The holidays are data (bank_holidays.def), 2012 to 2030, with
// the special ones; a count that would leave those years is an error, never a
// guess.
#ifndef EVX_GRADING_CALENDAR_H
#define EVX_GRADING_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/status.h"

typedef int64_t evx_day; // days since 1970-01-01
#define EVX_NO_DAY     INT64_MIN
#define EVX_DAY_TEXT   11 // "2026-01-31" and the NUL
#define EVX_FIRST_YEAR 2012
#define EVX_LAST_YEAR  2030

EVX_MUST_CHECK bool evx_day_parse(evx_day *out, const char *text); // strict YYYY-MM-DD, a real date
void evx_day_text(char out[EVX_DAY_TEXT], evx_day day);            // "" for EVX_NO_DAY

const char *evx_bank_holiday(evx_day day); // its name, NULL if it is none
bool evx_working_day(evx_day day);

// The n-th working day after `from` (before it when n < 0); `from` itself is
// day 0, whatever day it is. OUTSIDE_CALENDAR.
EVX_MUST_CHECK enum evx_status evx_working_days_after(evx_day *out, evx_day from, int64_t n);
// The n for which evx_working_days_after(from, n) reaches `to`. OUTSIDE_CALENDAR.
EVX_MUST_CHECK enum evx_status evx_working_days_between(int64_t *n, evx_day from, evx_day to);

#endif
