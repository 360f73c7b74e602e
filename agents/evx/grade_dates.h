// SPDX-License-Identifier: Apache-2.0
//
// Dates as published tables write them: 2018-01-19, 19/01/2018, 19/01/18,
// 19 January 2018. Always day before month; nothing else is guessed.
#ifndef EVX_AGENTS_EVX_GRADE_DATES_H
#define EVX_AGENTS_EVX_GRADE_DATES_H

#include "grading/calendar.h"

EVX_MUST_CHECK bool evx_table_date(evx_day *out, const char *text);

#endif
