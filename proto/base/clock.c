// SPDX-License-Identifier: Apache-2.0
#include "proto/base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static uint64_t read_clock_ns(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t evx_clock_wall_ms(void) { return read_clock_ns(CLOCK_REALTIME) / 1000000u; }
uint64_t evx_clock_monotonic_ms(void) { return read_clock_ns(CLOCK_MONOTONIC) / 1000000u; }
uint64_t evx_clock_monotonic_ns(void) { return read_clock_ns(CLOCK_MONOTONIC); }

// Days of the civil calendar counted from 1 March, in eras of 400 years.
int64_t evx_days_from_civil(int year, int month, int day)
{
    int64_t y = month <= 2 ? (int64_t)year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    return era * 146097 + days - 719468;
}

void evx_civil_from_days(int64_t days, int *year, int *month, int *day)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t of_era = z - era * 146097;
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
    int64_t m = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = (int)(y + era * 400 + (*month <= 2));
}

bool evx_date_valid(int year, int month, int day)
{
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31) return false;
    int y, m, d;
    evx_civil_from_days(evx_days_from_civil(year, month, day), &y, &m, &d);
    return y == year && m == month && d == day;
}

void evx_time_text(char out[EVX_TIME_TEXT], int64_t utc_ms)
{
    int64_t days = utc_ms / 86400000;
    int64_t rest = utc_ms % 86400000;
    if (rest < 0) {
        rest += 86400000;
        days--;
    }
    int y, m, d;
    evx_civil_from_days(days, &y, &m, &d);
    if (y < 0 || y > 9999) y = 0, m = 1, d = 1;
    char text[64];
    snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", y, m, d, (int)(rest / 3600000),
             (int)(rest / 60000 % 60), (int)(rest / 1000 % 60), (int)(rest % 1000));
    memcpy(out, text, EVX_TIME_TEXT - 1);
    out[EVX_TIME_TEXT - 1] = '\0';
}

// Reads exactly n digits at *p and steps over them; -1 if they are not there.
static int take_digits(const char **p, int n)
{
    int v = 0;
    for (int i = 0; i < n; i++, (*p)++) {
        if (**p < '0' || **p > '9') return -1;
        v = v * 10 + (**p - '0');
    }
    return v;
}

static bool take_char(const char **p, char c)
{
    if (**p != c) return false;
    (*p)++;
    return true;
}

// ".5", ".123": up to three digits count, more are refused.
static int take_fraction_ms(const char **p)
{
    if (**p != '.') return 0;
    (*p)++;
    int v = 0, n = 0;
    for (; **p >= '0' && **p <= '9'; (*p)++, n++)
        if (n < 3) v = v * 10 + (**p - '0');
    if (n < 1 || n > 3) return -1;
    for (; n < 3; n++)
        v *= 10;
    return v;
}

bool evx_time_parse(int64_t *utc_ms, const char *text)
{
    *utc_ms = 0;
    const char *p = text;
    int year = take_digits(&p, 4);
    if (year < 0 || !take_char(&p, '-')) return false;
    int month = take_digits(&p, 2);
    if (month < 0 || !take_char(&p, '-')) return false;
    int day = take_digits(&p, 2);
    if (day < 0 || !take_char(&p, 'T')) return false;
    int hour = take_digits(&p, 2);
    if (hour < 0 || !take_char(&p, ':')) return false;
    int minute = take_digits(&p, 2);
    if (minute < 0 || !take_char(&p, ':')) return false;
    int second = take_digits(&p, 2);
    int ms = second < 0 ? -1 : take_fraction_ms(&p);
    if (ms < 0 || !take_char(&p, 'Z') || *p) return false;
    if (year < 1800 || !evx_date_valid(year, month, day) || hour > 23 || minute > 59 || second > 59)
        return false;
    *utc_ms = evx_days_from_civil(year, month, day) * 86400000 + hour * 3600000ll + minute * 60000ll +
              second * 1000ll + ms;
    return true;
}
