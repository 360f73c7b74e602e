// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/moment.h"

#include <criterion/criterion.h>

#include "proto/base/clock.h"

#define UK  "dd/mm/yyyy"
#define UKT "dd/mm/yyyy HH:MM"

static int64_t at(const char *utc)
{
    int64_t ms;
    cr_assert(evx_time_parse(&ms, utc), "%s", utc);
    return ms;
}

struct good {
    const char *text, *format, *utc;
    int precision, offset;
};

Test(moment, reads_every_form_with_its_precision, .timeout = 10)
{
    static const struct good rows[] = {
        {"31/01/2026", UK, "2026-01-31T00:00:00Z", EVX__V1__PRECISION__PRECISION_DAY, 0},
        {"25/04/2020", UK, "2020-04-24T23:00:00Z", EVX__V1__PRECISION__PRECISION_DAY, 60},
        {"29/02/2024", UK, "2024-02-29T00:00:00Z", EVX__V1__PRECISION__PRECISION_DAY, 0},
        {"2020-Apr-25 00:00:00", "yyyy-mon-dd HH:MM:SS", "2020-04-24T23:00:00Z",
         EVX__V1__PRECISION__PRECISION_SECOND, 60},
        {"2022-07", "yyyy-mm", "2022-06-30T23:00:00Z", EVX__V1__PRECISION__PRECISION_MONTH, 60},
        {"2022", "yyyy", "2022-01-01T00:00:00Z", EVX__V1__PRECISION__PRECISION_YEAR, 0},
        {"03/04/2026 20:30", UKT, "2026-04-03T19:30:00Z", EVX__V1__PRECISION__PRECISION_MINUTE, 60},
        {"2026-01-31T09:30Z", "iso", "2026-01-31T09:30:00Z", EVX__V1__PRECISION__PRECISION_MINUTE, 0},
        {"2026-01-31 09:30:15", "iso", "2026-01-31T09:30:15Z", EVX__V1__PRECISION__PRECISION_SECOND, 0},
        {"2026-07-31T09:30:15.250+01:00", "iso", "2026-07-31T08:30:15.250Z",
         EVX__V1__PRECISION__PRECISION_MILLISECOND, 60},
        {"2026-01-31T09:30:15-05:30", "iso", "2026-01-31T15:00:15Z", EVX__V1__PRECISION__PRECISION_SECOND,
         -330},
        {"2013", "fhir", "2013-01-01T00:00:00Z", EVX__V1__PRECISION__PRECISION_YEAR, 0},
        {"2013-06", "fhir", "2013-05-31T23:00:00Z", EVX__V1__PRECISION__PRECISION_MONTH, 60},
        {"2013-01-16T09:41:07.106+00:00", "fhir", "2013-01-16T09:41:07.106Z",
         EVX__V1__PRECISION__PRECISION_MILLISECOND, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct evx_moment m;
        cr_assert_eq(evx_moment_parse(&m, rows[i].text, rows[i].format, EVX_ZONE_LONDON), EVX_OK, "%s",
                     rows[i].text);
        cr_assert_eq(m.utc_ms, at(rows[i].utc), "%s", rows[i].text);
        cr_assert_eq((int)m.precision, rows[i].precision, "%s", rows[i].text);
        cr_assert_eq(m.offset_min, rows[i].offset, "%s", rows[i].text);
    }
}

struct bad {
    const char *text, *format;
    enum evx_status status;
};

Test(moment, refuses_what_other_parsers_let_through, .timeout = 10)
{
    static const struct bad rows[] = {
        {"31/02/2024", UK, EVX_E_CELL_DATE},
        {"29/02/2023", UK, EVX_E_CELL_DATE},
        {"04/13/2024", UK, EVX_E_CELL_DATE},
        {"00/01/2024", UK, EVX_E_CELL_DATE},
        {"1/2/2024", UK, EVX_E_CELL_DATE},
        {"01/02/2024 ", UK, EVX_E_CELL_DATE},
        {" 01/02/2024", UK, EVX_E_CELL_DATE},
        {"01-02-2024", UK, EVX_E_CELL_DATE},
        {"2024-02-01", UK, EVX_E_CELL_DATE},
        {"", UK, EVX_E_CELL_DATE},
        {"01/02/24", UK, EVX_E_CELL_DATE_SHORT},
        {"31/02/24", UK, EVX_E_CELL_DATE_SHORT},
        {"01/02/0024", UK, EVX_E_CELL_DATE},
        {"01/02/20245", UK, EVX_E_CELL_DATE},
        {"44562", UK, EVX_E_CELL_DATE},
        {"01/02/2024 24:00", UKT, EVX_E_CELL_DATE},
        {"01/02/2024 09:60", UKT, EVX_E_CELL_DATE},
        {"2026-01-31T09:30:60Z", "iso", EVX_E_CELL_DATE},
        {"2026-01-31T09:30+25:00", "iso", EVX_E_CELL_DATE},
        {"2026-01-31T09:30:15.", "iso", EVX_E_CELL_DATE},
        {"2026-01-31T09", "iso", EVX_E_CELL_DATE},
        {"2026-01", "iso", EVX_E_CELL_DATE},
        {"26-01-31", "iso", EVX_E_CELL_DATE_SHORT},
        {"2013-01-16T09:41:07", "fhir", EVX_E_CELL_DATE},
        {"2013-01-16T09:41Z", "fhir", EVX_E_CELL_DATE},
        {"2020-Abr-25 00:00:00", "yyyy-mon-dd HH:MM:SS", EVX_E_CELL_DATE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct evx_moment m;
        cr_assert_eq(evx_moment_parse(&m, rows[i].text, rows[i].format, EVX_ZONE_LONDON), rows[i].status,
                     "'%s'", rows[i].text);
    }
}

Test(moment, the_skipped_and_the_doubled_hour_are_told, .timeout = 10)
{
    struct evx_moment m;
    static const char *const wrong[] = {"31/03/2024 01:00", "31/03/2024 01:59", "27/10/2024 01:00",
                                        "27/10/2024 01:59", "25/10/2026 01:30", "29/03/2026 01:30"};
    static const char *const right[] = {"31/03/2024 00:59", "31/03/2024 02:00", "27/10/2024 00:59",
                                        "27/10/2024 02:00"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_assert_eq(evx_moment_parse(&m, wrong[i], UKT, EVX_ZONE_LONDON), EVX_E_CELL_TIME_LOCAL, "%s",
                     wrong[i]);
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        cr_assert_eq(evx_moment_parse(&m, right[i], UKT, EVX_ZONE_LONDON), EVX_OK, "%s", right[i]);
    cr_assert_eq(evx_moment_parse(&m, "2024-10-27T01:30:00+01:00", "iso", EVX_ZONE_LONDON), EVX_OK);
    cr_assert_eq(m.utc_ms, at("2024-10-27T00:30:00Z"));
    cr_assert_eq(evx_moment_parse(&m, "27/10/2024 01:30", UKT, EVX_ZONE_UTC), EVX_OK);
    cr_assert_eq(evx_moment_parse(&m, "27/10/2024", UK, EVX_ZONE_LONDON), EVX_OK);
}

Test(moment, london_offsets_follow_the_table_of_years, .timeout = 10)
{
    static const struct {
        const char *utc;
        int offset;
    } rows[] = {{"1970-01-15T12:00:00Z", 60}, {"1971-11-01T12:00:00Z", 0},  {"1972-03-19T01:59:59Z", 0},
                {"1972-03-19T02:00:00Z", 60}, {"1980-10-26T01:59:59Z", 60}, {"1980-10-26T02:00:00Z", 0},
                {"1989-10-29T00:59:59Z", 60}, {"1989-10-29T01:00:00Z", 0},  {"1995-10-22T00:59:59Z", 60},
                {"1995-10-22T01:00:00Z", 0},  {"1996-10-27T00:59:59Z", 60}, {"2026-03-29T00:59:59Z", 0},
                {"2026-03-29T01:00:00Z", 60}, {"2026-10-25T00:59:59Z", 60}, {"2026-10-25T01:00:00Z", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_assert_eq(evx_zone_offset(EVX_ZONE_LONDON, at(rows[i].utc)), rows[i].offset, "%s", rows[i].utc);
}

Test(moment, times_before_the_table_need_an_offset_but_days_do_not, .timeout = 10)
{
    struct evx_moment m;
    cr_assert_eq(evx_moment_parse(&m, "01/07/1959 10:00", UKT, EVX_ZONE_LONDON), EVX_E_CELL_TIME_LOCAL);
    cr_assert_eq(evx_moment_parse(&m, "01/07/1959", UK, EVX_ZONE_LONDON), EVX_OK);
}

Test(moment, says_where_its_zone_comes_from, .timeout = 10)
{
    struct evx_moment m;
    cr_assert_eq(evx_moment_parse(&m, "31/01/2026", UK, EVX_ZONE_LONDON), EVX_OK);
    cr_assert_str_eq(m.zone, "Europe/London");
    cr_assert_eq(m.zone_source, EVX__V1__ZONE_SOURCE__ZONE_ASSUMED);
    cr_assert_eq(evx_moment_parse(&m, "2026-01-31T09:30+01:00", "iso", EVX_ZONE_LONDON), EVX_OK);
    cr_assert_str_eq(m.zone, "");
    cr_assert_eq(m.zone_source, EVX__V1__ZONE_SOURCE__ZONE_STATED);
}

Test(moment, coarsening_goes_to_the_start_and_never_back, .timeout = 10)
{
    struct evx_moment m;
    cr_assert_eq(evx_moment_parse(&m, "25/04/2020 13:45", UKT, EVX_ZONE_LONDON), EVX_OK);
    evx_moment_coarsen(&m, EVX__V1__PRECISION__PRECISION_DAY);
    cr_assert_eq(m.utc_ms, at("2020-04-24T23:00:00Z"));
    evx_moment_coarsen(&m, EVX__V1__PRECISION__PRECISION_SECOND);
    cr_assert_eq(m.precision, EVX__V1__PRECISION__PRECISION_DAY);
    evx_moment_coarsen(&m, EVX__V1__PRECISION__PRECISION_YEAR);
    cr_assert_eq(m.utc_ms, at("2020-01-01T00:00:00Z"));
    cr_assert_eq(m.offset_min, 0);
}

Test(moment, a_day_ends_with_its_last_millisecond, .timeout = 10)
{
    struct evx_moment m;
    cr_assert_eq(evx_moment_parse(&m, "31/01/2026", UK, EVX_ZONE_LONDON), EVX_OK);
    cr_assert_eq(evx_moment_end_ms(&m), at("2026-01-31T23:59:59.999Z"));
}

Test(moment, formats_are_checked_before_use, .timeout = 10)
{
    static const char *const good[] = {"iso", "fhir", UK, "yyyy-mon-dd HH:MM:SS", "yyyy-mm-ddTHH:MM"};
    static const char *const bad[] = {"", "dd/mm/yy", "%d/%m/%Y", "day/mm/yyyy", "dd/mm"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        cr_assert(evx_moment_format_valid(good[i]), "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_not(evx_moment_format_valid(bad[i]), "%s", bad[i]);
}
