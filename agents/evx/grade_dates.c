// SPDX-License-Identifier: Apache-2.0
#include "agents/evx/grade_dates.h"

#include <stddef.h>
#include <string.h>

#include "proto/base/clock.h"

static bool number(const char **at, int least, int most, int *value)
{
    int n = 0;
    *value = 0;
    while (n < most && (*at)[n] >= '0' && (*at)[n] <= '9')
        *value = *value * 10 + ((*at)[n++] - '0');
    *at += n;
    return n >= least;
}

static bool month_name(const char **at, int *month)
{
    static const char *const names[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
    for (int i = 0; i < 12; i++) {
        size_t n = strlen(names[i]);
        if (strncmp(*at, names[i], n)) continue;
        *at += n;
        *month = i + 1;
        return true;
    }
    return false;
}

static bool finish(evx_day *out, const char *at, int y, int m, int d)
{
    if (*at || !evx_date_valid(y, m, d)) return false;
    *out = evx_days_from_civil(y, m, d);
    return true;
}

bool evx_table_date(evx_day *out, const char *text)
{
    int y, m, d;
    if (evx_day_parse(out, text)) return true;
    const char *at = text;
    if (!number(&at, 1, 2, &d)) return false;
    if (*at == '/') {
        at++;
        if (!number(&at, 1, 2, &m) || *at++ != '/') return false;
        const char *year = at;
        if (!number(&at, 2, 4, &y) || at - year == 3) return false;
        return finish(out, at, at - year == 2 ? 2000 + y : y, m, d);
    }
    if (*at++ != ' ' || !month_name(&at, &m) || *at++ != ' ') return false;
    return number(&at, 4, 4, &y) && finish(out, at, y, m, d);
}
