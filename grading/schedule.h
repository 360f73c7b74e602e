// SPDX-License-Identifier: Apache-2.0
//
// What is due when: every date that a framework sets, counted from an event.
#ifndef EVX_GRADING_SCHEDULE_H
#define EVX_GRADING_SCHEDULE_H

#include "grading/calendar.h"
#include "grading/grading.h"

enum evx_unit {
    EVX_UNIT_DAYS,
    EVX_UNIT_WORKING_DAYS,
    EVX_UNIT_WEEKS,
    EVX_UNIT_MONTHS,
    EVX_UNIT_YEARS,
    EVX_UNIT_DATE,      // by a day of the year: most = month * 100 + day
    EVX_UNIT_MONTH_END, // by the end of the month after the event's
};
struct evx_due_info {
    const char *id, *source, *event, *activity, *message;
    const char *within; // as written: "6 to 8 weeks"
    const char *when;   // as written, "" = always
    enum evx_unit unit;
    int64_t least, most; // amounts; negative = before the event
};
size_t evx_framework_dues(const struct evx_framework *f);
const struct evx_due_info *evx_framework_due(const struct evx_framework *f, size_t i);
const char *evx_unit_name(enum evx_unit unit); // "working-days"

struct evx_due {
    evx_day earliest, due; // the same unless a span is allowed
    int64_t days;          // from the event to `due`: working days, or calendar days for every other unit
};
// OUTSIDE_CALENDAR.
EVX_MUST_CHECK enum evx_status evx_due_date(const struct evx_due_info *rule, evx_day event,
                                            struct evx_due *out);
// Does the rule apply to this case? 0 no, 1 not known yet, 2 yes.
int evx_case_due_applies(const struct evx_case *c, size_t due);

#endif
