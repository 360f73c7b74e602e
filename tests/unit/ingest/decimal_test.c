// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>

#include "agents/client/ingest/draft.h"

Test(decimal, keeps_value_and_scale_exactly, .timeout = 10)
{
    static const struct {
        const char *text;
        int64_t unscaled;
        uint32_t scale;
    } rows[] = {{"0", 0, 0},      {"-12.50", -1250, 2},
                {"007", 7, 0},    {"54.410840059259876", 54410840059259876, 15},
                {"1e3", 1000, 0}, {"1.5E-2", 15, 3},
                {"0.000", 0, 3},  {"999999999999999999", 999999999999999999, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t unscaled;
        uint32_t scale;
        cr_assert(evx_decimal_parse(&unscaled, &scale, rows[i].text, true), "%s", rows[i].text);
        cr_assert_eq(unscaled, rows[i].unscaled, "%s", rows[i].text);
        cr_assert_eq(scale, rows[i].scale, "%s", rows[i].text);
    }
}

Test(decimal, refuses_what_is_no_plain_number, .timeout = 10)
{
    static const char *const bad[] = {"",
                                      "-",
                                      ".",
                                      "1.",
                                      ".5",
                                      "1,5",
                                      "1 000",
                                      "5kg",
                                      "+5",
                                      "0x10",
                                      "nan",
                                      "1e",
                                      "1e99",
                                      "9999999999999999999",
                                      "1.0000000000000000001",
                                      "--1"};
    int64_t unscaled;
    uint32_t scale;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_not(evx_decimal_parse(&unscaled, &scale, bad[i], true), "%s", bad[i]);
    cr_assert_not(evx_decimal_parse(&unscaled, &scale, "1e3", false));
}
