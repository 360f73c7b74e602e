// SPDX-License-Identifier: Apache-2.0
#include "grading/calendar.h"

#include <criterion/criterion.h>
#include <string.h>

#include "proto/base/clock.h"

static evx_day day(const char *text)
{
    evx_day d;
    cr_assert(evx_day_parse(&d, text), "%s", text);
    return d;
}

static evx_day date(int y, int m, int d) { return evx_days_from_civil(y, m, d); }
static int weekday(evx_day d) { return (int)((d + 3) % 7); } // Monday = 0; after 1970 only

// Gregorian Easter by Gauss' rule in Lichtenberg's form.
static evx_day easter(int y)
{
    int k = y / 100, m = 15 + (3 * k + 3) / 4 - (8 * k + 13) / 25, s = 2 - (3 * k + 3) / 4;
    int a = y % 19, d = (19 * a + m) % 30, r = (d + a / 11) / 29, og = 21 + d - r;
    int sz = 7 - (y + y / 4 + s) % 7, oe = 7 - (og - sz) % 7;
    return date(y, 3, 1) + og + oe - 1;
}

static evx_day first_monday(int y, int m)
{
    evx_day d = date(y, m, 1);
    return d + (7 - weekday(d)) % 7;
}

static evx_day last_monday(int y, int m) { return date(y, m, 31) - weekday(date(y, m, 31)); }

// A holiday at the weekend moves to the next weekday that is none itself.
static evx_day observed(evx_day d, evx_day other)
{
    while (weekday(d) > 4 || d == other)
        d++;
    return d;
}

static bool expected(evx_day d)
{
    static const char *const proclaimed[] = {"2012-06-04", "2012-06-05", "2020-05-08", "2022-06-02",
                                             "2022-06-03", "2022-09-19", "2023-05-08"};
    for (size_t i = 0; i < sizeof proclaimed / sizeof *proclaimed; i++)
        if (d == day(proclaimed[i])) return true;
    int y, m, dom;
    evx_civil_from_days(d, &y, &m, &dom);
    evx_day boxing = date(y, 12, 26), christmas = observed(date(y, 12, 25), boxing);
    if (weekday(boxing) > 4) { // Friday 25, or both at the weekend
        christmas = observed(date(y, 12, 25), 0);
        boxing = observed(boxing, christmas);
    }
    bool moved_may = y == 2020, moved_spring = y == 2012 || y == 2022;
    return d == observed(date(y, 1, 1), 0) || d == easter(y) - 2 || d == easter(y) + 1 ||
           (d == first_monday(y, 5) && !moved_may) || (d == last_monday(y, 5) && !moved_spring) ||
           d == last_monday(y, 8) || d == christmas || d == boxing;
}

Test(calendar, holidays_follow_their_rules_on_every_day, .timeout = 30)
{
    for (evx_day d = date(2012, 1, 1); d <= date(2030, 12, 31); d++) {
        char text[EVX_DAY_TEXT];
        evx_day_text(text, d);
        cr_assert_eq(evx_bank_holiday(d) != NULL, expected(d), "%s", text);
    }
}

Test(calendar, knows_the_special_ones_by_name, .timeout = 10)
{
    static const struct {
        const char *day, *name;
    } rows[] = {{"2012-06-05", "Diamond Jubilee"},  {"2020-05-08", "VE Day"},
                {"2022-06-03", "Platinum Jubilee"}, {"2022-09-19", "funeral"},
                {"2023-05-08", "Coronation"},       {"2021-12-27", "Christmas"},
                {"2016-12-27", "Christmas"},        {"2028-01-03", "New Year"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *name = evx_bank_holiday(day(rows[i].day));
        cr_assert(name && strstr(name, rows[i].name), "%s", rows[i].day);
        cr_assert_not(evx_working_day(day(rows[i].day)));
    }
    static const char *const ordinary[] = {"2020-05-04", "2022-05-30", "2012-05-28", "2022-09-20"};
    for (size_t i = 0; i < 4; i++)
        cr_assert(evx_working_day(day(ordinary[i])), "%s", ordinary[i]);
}

Test(calendar, counts_working_days_both_ways, .timeout = 10)
{
    static const struct {
        const char *from, *to;
        int64_t n;
    } rows[] = {
        {"2025-02-27", "2025-06-11", 70}, {"2024-05-17", "2024-08-27", 70}, {"2023-01-06", "2023-04-18", 70},
        {"2020-01-31", "2020-05-13", 70}, {"2022-09-16", "2022-09-20", 1},  {"2023-05-05", "2023-05-09", 1},
        {"2022-06-01", "2022-06-06", 1},  {"2025-01-06", "2025-01-20", 10}, {"2025-01-06", "2025-01-06", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        evx_day to;
        int64_t n;
        cr_assert_eq(evx_working_days_after(&to, day(rows[i].from), rows[i].n), EVX_OK);
        cr_assert_eq(to, day(rows[i].to), "%s", rows[i].from);
        cr_assert_eq(evx_working_days_between(&n, day(rows[i].from), day(rows[i].to)), EVX_OK);
        cr_assert_eq(n, rows[i].n, "%s", rows[i].from);
        cr_assert_eq(evx_working_days_after(&to, day(rows[i].to), -rows[i].n), EVX_OK);
        cr_assert_eq(to, day(rows[i].from), "back to %s", rows[i].from);
    }
}

Test(calendar, counts_from_a_day_that_is_no_working_day, .timeout = 10)
{
    evx_day to;
    cr_assert_eq(evx_working_days_after(&to, day("2025-03-01"), 1), EVX_OK); // a Saturday
    cr_assert_eq(to, day("2025-03-03"));
    cr_assert_eq(evx_working_days_after(&to, day("2025-03-01"), -1), EVX_OK);
    cr_assert_eq(to, day("2025-02-28"));
}

Test(calendar, refuses_to_guess_outside_its_years, .timeout = 10)
{
    evx_day to;
    int64_t n;
    cr_assert_eq(evx_working_days_after(&to, day("2011-12-31"), 1), EVX_E_OUTSIDE_CALENDAR);
    cr_assert_eq(evx_working_days_after(&to, day("2030-12-01"), 70), EVX_E_OUTSIDE_CALENDAR);
    cr_assert_eq(to, EVX_NO_DAY);
    cr_assert_eq(evx_working_days_after(&to, day("2012-01-05"), -10), EVX_E_OUTSIDE_CALENDAR);
    cr_assert_eq(evx_working_days_after(&to, day("2012-01-05"), INT64_MAX), EVX_E_OUTSIDE_CALENDAR);
    cr_assert_eq(evx_working_days_between(&n, day("2030-12-01"), day("2031-01-01")), EVX_E_OUTSIDE_CALENDAR);
}

Test(calendar, reads_dates_strictly, .timeout = 10)
{
    static const char *const wrong[] = {"",           "2025",       "2025-2-03",  "2025-02-30",
                                        "2025-13-01", "2025-00-10", "2025-01-00", "2025-01-010",
                                        "01-02-2025", "2025/01/02", "2025-01-0x", " 2025-01-02",
                                        "2023-02-29", "-025-01-01"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        evx_day d;
        cr_assert_not(evx_day_parse(&d, wrong[i]), "%s", wrong[i]);
        cr_assert_eq(d, EVX_NO_DAY);
    }
    char text[EVX_DAY_TEXT];
    evx_day_text(text, day("2024-02-29"));
    cr_assert_str_eq(text, "2024-02-29");
    evx_day_text(text, EVX_NO_DAY);
    cr_assert_str_eq(text, "");
}
