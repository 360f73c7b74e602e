// SPDX-License-Identifier: Apache-2.0
#include "grading/calendar.h"

#include <stddef.h>

#include "proto/base/clock.h"

static const struct holiday {
    int16_t year;
    int8_t month, day;
    const char *name;
} holidays[] = {
// in order of date
#define HOLIDAY(year, month, day, name) {year, month, day, name},
#include "grading/bank_holidays.def"
#undef HOLIDAY
};

static bool digits(const char *s, size_t n, int *value)
{
    *value = 0;
    for (size_t i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9') return false;
        *value = *value * 10 + (s[i] - '0');
    }
    return true;
}

bool evx_day_parse(evx_day *out, const char *text)
{
    int y, m, d;
    *out = EVX_NO_DAY;
    if (!text || !digits(text, 4, &y) || text[4] != '-' || !digits(text + 5, 2, &m) || text[7] != '-')
        return false;
    if (!digits(text + 8, 2, &d) || text[10] || !evx_date_valid(y, m, d)) return false;
    *out = evx_days_from_civil(y, m, d);
    return true;
}

void evx_day_text(char out[EVX_DAY_TEXT], evx_day day)
{
    out[0] = '\0';
    if (day == EVX_NO_DAY) return;
    int y, m, d;
    evx_civil_from_days(day, &y, &m, &d);
    if (y < 0 || y > 9999) return;
    const int part[] = {y / 1000, y / 100 % 10, y / 10 % 10, y % 10, -1, m / 10, m % 10, -1, d / 10, d % 10};
    for (size_t i = 0; i < 10; i++)
        out[i] = part[i] < 0 ? '-' : (char)('0' + part[i]);
    out[10] = '\0';
}

const char *evx_bank_holiday(evx_day day)
{
    int y, m, d;
    evx_civil_from_days(day, &y, &m, &d);
    for (size_t low = 0, high = sizeof holidays / sizeof *holidays; low < high;) {
        size_t i = (low + high) / 2;
        const struct holiday *h = &holidays[i];
        int order = y != h->year ? y - h->year : m != h->month ? m - h->month : d - h->day;
        if (!order) return h->name;
        if (order < 0)
            high = i;
        else
            low = i + 1;
    }
    return NULL;
}

// 1970-01-01 was a Thursday.
bool evx_working_day(evx_day day)
{
    int64_t weekday = ((day + 3) % 7 + 7) % 7; // Monday = 0
    return weekday < 5 && !evx_bank_holiday(day);
}

static bool known(evx_day day)
{
    return day >= evx_days_from_civil(EVX_FIRST_YEAR, 1, 1) &&
           day <= evx_days_from_civil(EVX_LAST_YEAR, 12, 31);
}

enum evx_status evx_working_days_after(evx_day *out, evx_day from, int64_t n)
{
    int64_t step = n < 0 ? -1 : 1;
    *out = EVX_NO_DAY;
    evx_day day = from;
    if (!known(day)) return EVX_E_OUTSIDE_CALENDAR;
    while (n) {
        day += step;
        if (!known(day)) return EVX_E_OUTSIDE_CALENDAR;
        if (evx_working_day(day)) n -= step;
    }
    *out = day;
    return EVX_OK;
}

enum evx_status evx_working_days_between(int64_t *n, evx_day from, evx_day to)
{
    *n = 0;
    if (!known(from) || !known(to)) return EVX_E_OUTSIDE_CALENDAR;
    int64_t step = to < from ? -1 : 1;
    for (evx_day day = from; day != to;) {
        day += step;
        *n += evx_working_day(day) ? step : 0;
    }
    return EVX_OK;
}
