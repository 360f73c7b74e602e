// SPDX-License-Identifier: Apache-2.0
#include "proto/base/status.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

Test(status, a_status_is_its_number, .timeout = 10)
{
    cr_assert_eq(EVX_E_GAP, 2011);
    cr_assert_str_eq(evx_error_info(EVX_E_GAP)->code, "EVX-2011");
    cr_assert_str_eq(evx_error_info(EVX_E_GAP)->name, "GAP");
    cr_assert_str_eq(evx_error_info(EVX_OK)->code, "EVX-0000");
}

Test(status, an_unknown_number_is_a_defect, .timeout = 10)
{
    cr_assert_str_eq(evx_error_info((enum evx_status)4242)->code, "EVX-9001");
    cr_assert_str_eq(evx_error_info((enum evx_status) - 1)->code, "EVX-9001");
}

// Numbers go to people and onto the wire: unique, ascending, in their thousand.
Test(status, catalogue_rows_are_whole, .timeout = 10)
{
    int before = 0;
    cr_assert_gt(evx_error_count(), 90);
    for (size_t i = 0; i < evx_error_count(); i++) {
        const struct evx_error_info *row = evx_error_at(i);
        cr_assert_gt((int)row->status, before, "%s is out of order or twice", row->name);
        cr_assert((int)row->status >= 1000 && (int)row->status <= 9999);
        before = (int)row->status;
        char code[16];
        snprintf(code, sizeof code, "EVX-%d", (int)row->status);
        cr_assert_str_eq(row->code, code);
        cr_assert_gt(strlen(row->what), 10, "%s does not say what happened", row->name);
        cr_assert_gt(strlen(row->remedy), 5, "%s does not say what mends it", row->name);
        cr_assert_str_neq(evx_class_name(row->class), "?");
        cr_assert_str_neq(evx_retry_name(row->retry), "?");
        cr_assert_str_neq(evx_who_name(row->who), "?");
        cr_assert_eq(row->class == EVX_CLASS_BUG, row->status / 1000 == 9);
    }
    cr_assert_null(evx_error_at(evx_error_count()));
}

// What needs a person says which; what retries by itself needs none to retry.
Test(status, needs_human_names_one, .timeout = 10)
{
    for (size_t i = 0; i < evx_error_count(); i++) {
        const struct evx_error_info *row = evx_error_at(i);
        if (row->retry == EVX_RETRY_HUMAN)
            cr_assert_neq(row->who, EVX_WHO_NOBODY, "%s needs a person but names none", row->name);
        if (row->class == EVX_CLASS_AGAIN)
            cr_assert_neq(row->retry, EVX_RETRY_PERMANENT, "%s cannot be both", row->name);
    }
}

Test(status, is_found_by_code_number_and_name, .timeout = 10)
{
    const char *spelling[] = {"EVX-2011", "evx-2011", "2011", "GAP", "gap"};
    for (size_t i = 0; i < 5; i++) {
        const struct evx_error_info *row = evx_error_find(spelling[i]);
        cr_assert_not_null(row, "%s not found", spelling[i]);
        cr_assert_eq(row->status, EVX_E_GAP);
    }
    const char *none[] = {
        NULL, "", "EVX-", "EVX-4242", "4242", "2011x", "GAPS", "-1", "99999999999999999999"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        cr_assert_null(evx_error_find(none[i]), "found \"%s\"", none[i] ? none[i] : "(null)");
}

Test(status, from_the_wire_is_never_trusted, .timeout = 10)
{
    cr_assert_eq(evx_status_from_wire(0), EVX_OK);
    cr_assert_eq(evx_status_from_wire(2011), EVX_E_GAP);
    cr_assert_eq(evx_status_from_wire(4242), EVX_E_PROTOCOL);
    cr_assert_eq(evx_status_from_wire(UINT32_MAX), EVX_E_PROTOCOL);
    cr_assert_eq(evx_status_from_wire(0x80000000u + 2011), EVX_E_PROTOCOL);
}

Test(status, exit_codes_are_the_promised_ones, .timeout = 10)
{
    const struct {
        enum evx_status status;
        int code;
    } row[] = {
        {EVX_OK, 0},           {EVX_E_USAGE, 64},       {EVX_E_CELL_DATE, 65},    {EVX_E_FILE_UNREADABLE, 66},
        {EVX_E_NOT_FOUND, 66}, {EVX_E_UNREACHABLE, 69}, {EVX_E_NOT_ENROLLED, 69}, {EVX_E_BUG, 70},
        {EVX_E_IO, 74},        {EVX_E_DISK_FULL, 74},   {EVX_E_QUEUED, 75},       {EVX_E_NOT_PERMITTED, 77},
        {EVX_E_CONFIG, 78},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        cr_assert_eq(evx_status_exit_code(row[i].status), row[i].code, "%s",
                     evx_error_info(row[i].status)->name);
    for (size_t i = 0; i < evx_error_count(); i++)
        cr_assert_neq(evx_status_exit_code(evx_error_at(i)->status), 0, "no error may look like success");
}
