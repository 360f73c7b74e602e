// SPDX-License-Identifier: Apache-2.0
#include "proto/base/clock.h"

#include <criterion/criterion.h>

Test(clock, days_and_dates_agree_over_four_centuries, .timeout = 30)
{
    int64_t day = evx_days_from_civil(1800, 1, 1);
    int64_t last = evx_days_from_civil(2200, 12, 31);
    int before_y = 1799, before_m = 12, before_d = 31;
    for (; day <= last; day++) {
        int y, m, d;
        evx_civil_from_days(day, &y, &m, &d);
        cr_assert_eq(evx_days_from_civil(y, m, d), day);
        int next_day = y == before_y && m == before_m && d == before_d + 1;
        int next_month = y == before_y && m == before_m + 1 && d == 1 && before_d >= 28;
        int next_year = y == before_y + 1 && m == 1 && d == 1 && before_m == 12 && before_d == 31;
        cr_assert(next_day || next_month || next_year, "%d-%d-%d follows %d-%d-%d", y, m, d, before_y,
                  before_m, before_d);
        before_y = y, before_m = m, before_d = d;
    }
}

Test(clock, knows_fixed_days, .timeout = 10)
{
    cr_assert_eq(evx_days_from_civil(1970, 1, 1), 0);
    cr_assert_eq(evx_days_from_civil(2000, 3, 1), 11017);
    cr_assert_eq(evx_days_from_civil(1969, 12, 31), -1);
}

Test(clock, refuses_days_that_do_not_exist, .timeout = 10)
{
    cr_assert(evx_date_valid(2024, 2, 29));
    cr_assert(evx_date_valid(2000, 2, 29));
    cr_assert_not(evx_date_valid(2023, 2, 29));
    cr_assert_not(evx_date_valid(1900, 2, 29));
    cr_assert_not(evx_date_valid(2024, 2, 31));
    cr_assert_not(evx_date_valid(2024, 4, 31));
    cr_assert_not(evx_date_valid(2024, 13, 1));
    cr_assert_not(evx_date_valid(2024, 0, 1));
    cr_assert_not(evx_date_valid(2024, 1, 0));
    cr_assert_not(evx_date_valid(0, 1, 1));
}

Test(clock, text_round_trips, .timeout = 10)
{
    const struct {
        int64_t ms;
        const char *text;
    } row[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {951827696789, "2000-02-29T12:34:56.789Z"},
        {-5364662400000, "1800-01-01T00:00:00.000Z"},
        {253402300799999, "9999-12-31T23:59:59.999Z"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        char text[EVX_TIME_TEXT];
        int64_t back;
        evx_time_text(text, row[i].ms);
        cr_assert_str_eq(text, row[i].text);
        cr_assert(evx_time_parse(&back, text));
        cr_assert_eq(back, row[i].ms);
    }
}

Test(clock, text_of_an_impossible_year_is_still_text, .timeout = 10)
{
    char text[EVX_TIME_TEXT];
    evx_time_text(text, INT64_MAX);
    cr_assert_eq(text[4], '-');
    cr_assert_eq(text[EVX_TIME_TEXT - 1], '\0');
    evx_time_text(text, INT64_MIN);
    cr_assert_eq(text[4], '-');
}

Test(clock, reads_short_fractions_as_milliseconds, .timeout = 10)
{
    int64_t ms;
    cr_assert(evx_time_parse(&ms, "1970-01-01T00:00:00Z"));
    cr_assert_eq(ms, 0);
    cr_assert(evx_time_parse(&ms, "1970-01-01T00:00:00.5Z"));
    cr_assert_eq(ms, 500);
}

Test(clock, is_strict_about_the_form, .timeout = 10)
{
    const char *bad[] = {
        "",
        "1970-01-01",
        "1970-01-01T00:00:00",
        "1970-01-01T00:00:00+00:00",
        "1970-01-01 00:00:00Z",
        "1970-01-01T00:00Z",
        "1970-01-01T24:00:00Z",
        "1970-01-01T00:60:00Z",
        "1970-01-01T00:00:60Z",
        "2023-02-29T00:00:00Z",
        "1799-12-31T00:00:00Z",
        "1970-1-1T00:00:00Z",
        "1970-01-01T00:00:00.Z",
        "1970-01-01T00:00:00.1234Z",
        "1970-01-01T00:00:00.12345678901234567890Z",
        "1970-01-01T00:00:00Z ",
        " 1970-01-01T00:00:00Z",
        "+970-01-01T00:00:00Z",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t ms = 7;
        cr_assert_not(evx_time_parse(&ms, bad[i]), "took \"%s\"", bad[i]);
        cr_assert_eq(ms, 0, "the result is zeroed first");
    }
}

Test(clock, monotonic_never_goes_back, .timeout = 10)
{
    uint64_t before = evx_clock_monotonic_ns();
    for (int i = 0; i < 1000; i++) {
        uint64_t now = evx_clock_monotonic_ns();
        cr_assert_geq(now, before);
        before = now;
    }
}
