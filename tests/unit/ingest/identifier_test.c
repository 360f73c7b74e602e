// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/identifier.h"

#include <criterion/criterion.h>

Test(identifier, nhs_number_needs_its_check_digit, .timeout = 10)
{
    char out[EVX_NHS_NUMBER_TEXT];
    static const char *const good[] = {"9990001006", "999 000 1073", "999-000-1146"};
    static const char *const bad[] = {"9990001007",   "999000100",   "99900010066",
                                      "999 0001 006", "99900O1006",  "",
                                      " 9990001006",  "9990001006 ", "9990000000"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        cr_assert(evx_nhs_number(out, good[i]), "%s", good[i]);
    cr_assert_str_eq(out, "9990001146");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_not(evx_nhs_number(out, bad[i]), "%s", bad[i]);
}

Test(identifier, every_single_wrong_digit_is_seen, .timeout = 10)
{
    char out[EVX_NHS_NUMBER_TEXT];
    for (int place = 0; place < 10; place++)
        for (char c = '0'; c <= '9'; c++) {
            char text[] = "9990001006";
            if (text[place] == c) continue;
            text[place] = c;
            cr_assert_not(evx_nhs_number(out, text), "%s", text);
        }
}

Test(identifier, upn_has_form_and_check_letter, .timeout = 10)
{
    cr_assert(evx_upn_plausible("X999000117001"));
    cr_assert_not(evx_upn_plausible("Y999000117001"));
    cr_assert_not(evx_upn_plausible("X99900011700"));
    cr_assert_not(evx_upn_plausible("X9990001170012"));
    cr_assert_not(evx_upn_plausible("21db2df8-fa0"));
    cr_assert_not(evx_upn_plausible(""));
}
