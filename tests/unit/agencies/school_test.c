// SPDX-License-Identifier: Apache-2.0
#include "agents/school/school.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/agencies/reader.h"

#define FOLDER "tests/data/samples/school/2026_autumn_"

static const char *const exclusions[] = {FOLDER "termlyexclusionsonroll.csv", FOLDER "pupilonroll.csv"};
static const char *const sessions[] = {FOLDER "termlysessiondetailsonroll.csv", FOLDER "pupilonroll.csv"};

Test(school, exclusion_is_joined_with_its_pupil, .timeout = 20)
{
    struct kept k;
    kept_read_file(&k, evx_school(), exclusions, 2);
    cr_assert_eq(k.problems, 0);
    cr_assert_eq(k.result.evidence, 3);
    const Evx__V1__Evidence *e = k.item[0]->evidence;
    cr_assert_str_eq(e->subject[0]->family_name, "Briarwood");
    cr_assert_str_eq(e->subject[0]->born->text, "2010-Nov-19 00:00:00");
    cr_assert_str_eq(kept_identifier(k.item[0], "upn"), "P999000115002");
    cr_assert_eq(e->occurred->precision, EVX__V1__PRECISION__PRECISION_DAY);
    cr_assert_eq(e->direction, EVX__V1__DIRECTION__DIRECTION_CONCERN);
    kept_free(&k);
}

Test(school, without_the_pupil_file_the_child_has_its_local_number_only, .timeout = 20)
{
    struct kept k;
    kept_read_file(&k, evx_school(), exclusions, 1);
    cr_assert_eq(k.problems, 1);
    cr_assert_eq(k.problem[0].code, EVX_E_ROW_ORPHAN);
    cr_assert_eq(k.result.evidence, 3);
    cr_assert_str_eq(k.item[0]->evidence->subject[0]->family_name, "");
    cr_assert_str_eq(kept_identifier(k.item[0], "school-pupil-id"), "demo-0002");
    kept_free(&k);
}

Test(school, a_pupil_who_is_not_in_the_pupil_file_is_refused, .timeout = 20)
{
    static const char pupils[] = "pupilonrolltableid,dob,surname,forename,upn,entrydate\n"
                                 "p1,2012-Jan-02 00:00:00,Example,Robin,,2024-Sep-03 00:00:00\n";
    static const char rows[] = "pupilonrolltableid,sessions,attendancereason\np1,3,I\np2,4,O\n";
    struct evx_companion companion = {"pupils.csv", evx_bytes_of_text(pupils)};
    struct kept k;
    kept_read(&k, evx_school(), "2026_spring.csv", evx_bytes_of_text(rows), &companion, 1, false);
    cr_assert_eq(k.result.evidence, 1);
    cr_assert_eq(k.result.refused, 1);
    cr_assert_eq(k.problem[0].code, EVX_E_ROW_ORPHAN);
    cr_assert_eq(k.problem[0].row, 3);
    cr_assert_eq(k.problem[0].severity, EVX_SEVERITY_ERROR);
    kept_free(&k);
}

Test(school, a_wrong_pupil_row_still_says_who_the_pupil_is, .timeout = 20)
{
    static const char pupils[] = "pupilonrolltableid,dob,surname,forename,upn,entrydate\n"
                                 "p1,2012-Jan-02 00:00:00,Example,Robin,,2011-Sep-03 00:00:00\n";
    static const char rows[] = "pupilonrolltableid,sessions,attendancereason\np1,3,I\n";
    struct evx_companion companion = {"pupils.csv", evx_bytes_of_text(pupils)};
    struct kept k;
    kept_read(&k, evx_school(), "2026_spring.csv", evx_bytes_of_text(rows), &companion, 1, false);
    cr_assert_eq(k.problems, 0);
    cr_assert_str_eq(k.item[0]->evidence->subject[0]->family_name, "Example");
    kept_free(&k);
}

Test(school, sessions_take_code_and_term, .timeout = 20)
{
    struct kept k;
    kept_read_file(&k, evx_school(), sessions, 2);
    cr_assert_eq(k.problems, 0);
    cr_assert_eq(k.result.evidence, 15);
    const Evx__V1__Evidence *ill = k.item[1]->evidence, *absent = k.item[2]->evidence;
    cr_assert_eq(ill->direction, EVX__V1__DIRECTION__DIRECTION_NEUTRAL);
    cr_assert_eq(absent->direction, EVX__V1__DIRECTION__DIRECTION_CONCERN);
    cr_assert_str_eq(absent->occurred->text, "2026_autumn");
    cr_assert_eq(absent->occurred->precision, EVX__V1__PRECISION__PRECISION_YEAR);
    cr_assert_str_eq(kept_field(k.item[2], "attendance-code"), "O absent without leave");
    kept_free(&k);
}

Test(school, published_figures_are_counted_and_left_out, .timeout = 20)
{
    struct kept k;
    kept_read_text(
        &k, evx_school(), "EES.csv",
        "time_period,geographic_level,education_phase,enrolments,overall_attendance\n1,a,b,2,3\n1,a,b,2,4\n");
    cr_assert_eq(k.result.left_out, 2);
    cr_assert_eq(k.items, 0);
    cr_assert_eq(k.problems, 1);
    cr_assert_eq(k.problem[0].severity, EVX_SEVERITY_NOTE);
}
