// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/clock.h"

#define DAY_MS 86400000ll

static const char *const months[12] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

const char *evx_precision_name(int precision)
{
    static const char *const names[] = {"unknown", "year", "month", "day", "minute", "second", "millisecond"};
    return precision >= 0 && precision <= EVX__V1__PRECISION__PRECISION_MILLISECOND ? names[precision]
                                                                                    : "unknown";
}

static int64_t floor_day(int64_t ms) { return ms / DAY_MS - (ms % DAY_MS < 0); }

static bool showable(const Evx__V1__Moment *m)
{
    return m && m->precision > EVX__V1__PRECISION__PRECISION_UNKNOWN &&
           m->precision <= EVX__V1__PRECISION__PRECISION_MILLISECOND &&
           llabs(m->utc_ms) < 253402300800000ll && abs(m->offset_min) <= 24 * 60;
}

void evx_when_text(char out[EVX_WHEN_TEXT], const Evx__V1__Moment *m)
{
    if (!showable(m)) {
        snprintf(out, EVX_WHEN_TEXT, "unknown");
        return;
    }
    int64_t local = m->utc_ms + m->offset_min * 60000ll;
    int64_t day_no = floor_day(local);
    int y, mo, d, second = (int)((local - day_no * DAY_MS) / 1000);
    evx_civil_from_days(day_no, &y, &mo, &d);
    const char *name = months[(unsigned)(mo - 1) % 12];
    if (m->precision == EVX__V1__PRECISION__PRECISION_YEAR)
        snprintf(out, EVX_WHEN_TEXT, "%d", y);
    else if (m->precision == EVX__V1__PRECISION__PRECISION_MONTH)
        snprintf(out, EVX_WHEN_TEXT, "%s %d", name, y);
    else if (m->precision == EVX__V1__PRECISION__PRECISION_DAY)
        snprintf(out, EVX_WHEN_TEXT, "%02d %s %d", d, name, y);
    else if (m->precision == EVX__V1__PRECISION__PRECISION_MINUTE)
        snprintf(out, EVX_WHEN_TEXT, "%02d %s %d %02d:%02d", d, name, y, second / 3600, second / 60 % 60);
    else
        snprintf(out, EVX_WHEN_TEXT, "%02d %s %d %02d:%02d:%02d", d, name, y, second / 3600, second / 60 % 60,
                 second % 60);
}

void evx_when_zone(char out[EVX_WHEN_TEXT], const Evx__V1__Moment *m)
{
    out[0] = 0;
    if (!showable(m) || m->precision <= EVX__V1__PRECISION__PRECISION_DAY) return;
    int minutes = abs(m->offset_min);
    char offset[16] = "UTC";
    if (m->offset_min)
        snprintf(offset, sizeof offset, "%c%02d:%02d", m->offset_min < 0 ? '-' : '+', minutes / 60 % 100,
                 minutes % 60);
    bool named = m->zone && *m->zone && strcmp(m->zone, "UTC") != 0;
    snprintf(out, EVX_WHEN_TEXT, named ? "%s %.20s" : "%s", offset, named ? m->zone : "");
}

// The start is kept as UTC of a local midnight, so the end of a month or a year is
// found from the nearest local date: half a day of slack covers every offset.
static int64_t calendar_end(int64_t utc_ms, bool year)
{
    int64_t day_no = floor_day(utc_ms + DAY_MS / 2 + 2 * 3600000ll);
    int y, m, d;
    evx_civil_from_days(day_no, &y, &m, &d);
    int ny = year || m == 12 ? y + 1 : y, nm = year ? 1 : m % 12 + 1;
    int64_t start = evx_days_from_civil(y, year ? 1 : m, 1);
    return utc_ms + (evx_days_from_civil(ny, nm, 1) - start) * DAY_MS;
}

bool evx_when_interval(int64_t *from, int64_t *until, int64_t utc_ms, int precision)
{
    *from = *until = utc_ms;
    switch (precision) {
    case EVX__V1__PRECISION__PRECISION_YEAR: *until = calendar_end(utc_ms, true); return true;
    case EVX__V1__PRECISION__PRECISION_MONTH: *until = calendar_end(utc_ms, false); return true;
    case EVX__V1__PRECISION__PRECISION_DAY: *until = utc_ms + DAY_MS; return true;
    case EVX__V1__PRECISION__PRECISION_MINUTE: *until = utc_ms + 60000; return true;
    case EVX__V1__PRECISION__PRECISION_SECOND: *until = utc_ms + 1000; return true;
    case EVX__V1__PRECISION__PRECISION_MILLISECOND: *until = utc_ms + 1; return true;
    default: return false;
    }
}

int evx_when_compare(int64_t a_ms, int a_precision, int64_t b_ms, int b_precision)
{
    bool a = a_precision > 0, b = b_precision > 0;
    if (a != b) return a ? -1 : 1;
    if (!a) return 0;
    if (a_ms != b_ms) return a_ms < b_ms ? -1 : 1;
    return a_precision - b_precision;
}
