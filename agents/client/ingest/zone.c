// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/zone.h"

#include <string.h>

#include "proto/base/clock.h"

#define HOUR_MS   3600000
#define DAY_MS    86400000LL
#define MINUTE_MS 60000

// British summer time by span of years: the first Sunday on or after a day of
// March and of October, at an hour UTC.
struct rule {
    int from, to;
    int march, october; // earliest day the Sunday may fall on
    int hour;           // UTC
};
static const struct rule london[] = {
    {1972, 1980, 16, 23, 2},
    {1981, 1989, 25, 23, 1},
    {1990, 1995, 25, 22, 1},
    {1996, 9999, 25, 25, 1},
};

const char *evx_zone_name(enum evx_zone zone) { return zone == EVX_ZONE_UTC ? "UTC" : "Europe/London"; }

bool evx_zone_find(enum evx_zone *out, const char *name)
{
    *out = strcmp(name, "UTC") == 0 ? EVX_ZONE_UTC : EVX_ZONE_LONDON;
    return *out == EVX_ZONE_UTC || strcmp(name, "Europe/London") == 0;
}

// Day 0 of the epoch was a Thursday.
static int64_t sunday_from(int year, int month, int day)
{
    int64_t d = evx_days_from_civil(year, month, day);
    int64_t weekday = ((d + 4) % 7 + 7) % 7;
    return d + (7 - weekday) % 7;
}

static int64_t utc_of(int year, int month, int day, int hour)
{
    return evx_days_from_civil(year, month, day) * DAY_MS + (int64_t)hour * HOUR_MS;
}

static int year_of(int64_t utc_ms)
{
    int64_t days = utc_ms / DAY_MS - (utc_ms % DAY_MS < 0);
    int year, month, day;
    evx_civil_from_days(days, &year, &month, &day);
    return year;
}

static bool summer_by_rule(const struct rule *r, int year, int64_t utc_ms)
{
    int64_t begin = sunday_from(year, 3, r->march) * DAY_MS + (int64_t)r->hour * HOUR_MS;
    int64_t end = sunday_from(year, 10, r->october) * DAY_MS + (int64_t)r->hour * HOUR_MS;
    return utc_ms >= begin && utc_ms < end;
}

// From February 1968 the clocks stayed one hour ahead until October 1971.
static bool standard_time_experiment(int64_t utc_ms)
{
    return utc_ms >= utc_of(1968, 2, 18, 2) && utc_ms < utc_of(1971, 10, 31, 2);
}

static bool london_summer(int64_t utc_ms)
{
    if (standard_time_experiment(utc_ms)) return true;
    int year = year_of(utc_ms);
    for (size_t i = 0; i < sizeof london / sizeof *london; i++)
        if (year >= london[i].from && year <= london[i].to) return summer_by_rule(&london[i], year, utc_ms);
    return false;
}

int evx_zone_offset(enum evx_zone zone, int64_t utc_ms)
{
    return zone == EVX_ZONE_LONDON && london_summer(utc_ms) ? 60 : 0;
}

int evx_zone_resolve(int64_t utc_ms[2], enum evx_zone zone, int64_t local_ms)
{
    int n = 0;
    utc_ms[0] = utc_ms[1] = local_ms;
    for (int offset = 60; offset >= 0; offset -= 60) {
        int64_t utc = local_ms - (int64_t)offset * MINUTE_MS;
        if (evx_zone_offset(zone, utc) == offset) utc_ms[n++] = utc;
    }
    return n;
}

bool evx_zone_known(enum evx_zone zone, int64_t utc_ms)
{
    return zone == EVX_ZONE_UTC || utc_ms >= utc_of(1968, 2, 18, 2);
}
