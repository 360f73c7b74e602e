// SPDX-License-Identifier: Apache-2.0
#include "grading/case.h"
#include "proto/base/clock.h"

const char *evx_unit_name(enum evx_unit unit)
{
    switch (unit) {
    case EVX_UNIT_DAYS: return "days";
    case EVX_UNIT_WORKING_DAYS: return "working-days";
    case EVX_UNIT_WEEKS: return "weeks";
    case EVX_UNIT_MONTHS: return "months";
    case EVX_UNIT_YEARS: return "years";
    case EVX_UNIT_DATE: return "date";
    case EVX_UNIT_MONTH_END: return "month-end";
    }
    return "";
}

static int days_in_month(int y, int m)
{
    int d = 31;
    while (!evx_date_valid(y, m, d))
        d--;
    return d;
}

// The same day of the month, or the month's last when it is shorter.
static evx_day months_after(evx_day from, int64_t n)
{
    int y, m, d;
    evx_civil_from_days(from, &y, &m, &d);
    int64_t month = (int64_t)y * 12 + m - 1 + n;
    y = (int)(month / 12);
    m = (int)(month % 12) + 1;
    int last = days_in_month(y, m);
    return evx_days_from_civil(y, m, d < last ? d : last);
}

// The next such day of a year, the event's own day included.
static evx_day next_date(evx_day from, int64_t month_day)
{
    int y, m, d, month = (int)(month_day / 100), day = (int)(month_day % 100);
    evx_civil_from_days(from, &y, &m, &d);
    if (m * 100 + d > month_day) y++;
    int last = days_in_month(y, month);
    return evx_days_from_civil(y, month, day < last ? day : last);
}

static evx_day next_month_end(evx_day from)
{
    evx_day next = months_after(from, 1);
    int y, m, d;
    evx_civil_from_days(next, &y, &m, &d);
    return evx_days_from_civil(y, m, days_in_month(y, m));
}

static enum evx_status reach(enum evx_unit unit, evx_day from, int64_t n, evx_day *out)
{
    *out = from;
    switch (unit) {
    case EVX_UNIT_DAYS: *out = from + n; return EVX_OK;
    case EVX_UNIT_WORKING_DAYS: return evx_working_days_after(out, from, n);
    case EVX_UNIT_WEEKS: *out = from + 7 * n; return EVX_OK;
    case EVX_UNIT_MONTHS: *out = months_after(from, n); return EVX_OK;
    case EVX_UNIT_YEARS: *out = months_after(from, 12 * n); return EVX_OK;
    case EVX_UNIT_DATE: *out = next_date(from, n); return EVX_OK;
    case EVX_UNIT_MONTH_END: *out = next_month_end(from); return EVX_OK;
    }
    return EVX_E_BUG;
}

enum evx_status evx_due_date(const struct evx_due_info *rule, evx_day event, struct evx_due *out)
{
    *out = (struct evx_due){EVX_NO_DAY, EVX_NO_DAY, 0};
    // Beyond these no calendar arithmetic is meant, and years stay four digits.
    if (event < evx_days_from_civil(1900, 1, 1) || event > evx_days_from_civil(2100, 1, 1))
        return EVX_E_OUTSIDE_CALENDAR;
    enum evx_status s = reach(rule->unit, event, rule->least, &out->earliest);
    if (!s) s = reach(rule->unit, event, rule->most, &out->due);
    if (s) return s;
    out->days = rule->unit == EVX_UNIT_WORKING_DAYS ? rule->most : out->due - event;
    return EVX_OK;
}

int evx_case_due_applies(const struct evx_case *c, size_t due)
{
    if (due >= c->f->dues) return EVX_FALSE;
    struct evx_situation now = evx_case_situation(c);
    return (int)evx_condition_holds(c->f, &c->f->due[due].when, &now);
}
