// SPDX-License-Identifier: Apache-2.0
//
// The rules against published outcomes. The files lie beside the source tree;
// where they do not, small made-up tables stand in and the skip is said.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/evx/grade_main.h"
#include "tests/unit/grading/scene.h"

static char output[1 << 20];

// Runs a verb and keeps what it prints.
static int run(const char *framework, const char *path, const char *extra)
{
    char name[] = "/tmp/evx-grade-XXXXXX";
    int fd = mkstemp(name);
    cr_assert_geq(fd, 0);
    fflush(stdout);
    cr_assert_geq(dup2(fd, STDOUT_FILENO), 0);
    char *argv[] = {"grade", "audit", "--framework", (char *)framework, (char *)path, (char *)extra, NULL};
    int code = evx_grade_main(extra ? 6 : 5, argv);
    fflush(stdout);
    FILE *f = fopen(name, "r");
    cr_assert_not_null(f);
    size_t n = fread(output, 1, sizeof output - 1, f);
    output[n] = '\0';
    fclose(f);
    close(fd);
    unlink(name);
    return code;
}

static const char *table(const char *text)
{
    static char path[64];
    snprintf(path, sizeof path, "/tmp/evx-table-XXXXXX");
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    return path;
}

static size_t count(const char *what)
{
    size_t n = 0;
    for (const char *at = output; (at = strstr(at, what)); at++)
        n++;
    return n;
}

static void says(const char *what) { cr_assert(strstr(output, what), "wanted %s in %.2000s", what, output); }

Test(outcomes, breaches_are_named_row_by_row, .timeout = 20)
{
    const char *path = table("urn,inspection_date,overall,help_and_protection,leaders_and_managers\r\n"
                             "A1,2016-01-05,inadequate,inadequate,inadequate\r\n"
                             "A2,2016-01-06,good,good,inadequate\r\n"
                             "A3,2016-01-07,good,inadequate,good\r\n"
                             "A4,2016-01-08,requires improvement,good,inadequate\r\n"
                             "A5,2014-01-08,adequate,adequate,adequate\r\n"
                             "A6,2016-01-09,adequate,good,good\r\n"
                             "A7,2016-01-10,good\r\n"
                             "A8,\"2016-01-11\",\"requires improvement to be good\",good,good\r\n");
    cr_assert_eq(run("childrens-homes-2015", path, NULL), 65);
    says("{\"row\":3,\"key\":{\"urn\":\"A2\",\"inspection_date\":\"2016-01-06\"},\"rule\":\"B.L3\"");
    says("{\"row\":4,\"key\":{\"urn\":\"A3\",\"inspection_date\":\"2016-01-07\"},\"rule\":\"B.L1\"");
    says("\"column\":\"overall\",\"value\":\"adequate\"");
    says("\"row\":8,\"key\":{\"urn\":\"A7\",\"inspection_date\":\"2016-01-10\"},\"error\"");
    says("\"rows\":8,\"audited\":5,\"outside_period\":1,\"not_selected\":0,\"undated\":0,\"errors\":2,"
         "\"breaches\":2");
    says("{\"rule\":\"B.L3\",\"effect\":\"cap\",\"fired\":3,\"breaches\":1,"
         "\"outcomes\":{\"good\":1,\"requires-improvement\":1,\"inadequate\":1}}");
    unlink(path);
}

Test(outcomes, a_stated_due_date_is_counted_again, .timeout = 20)
{
    const char *path = table("letter_date,statement_due,report_received_date\n"
                             "2025-02-27,2025-06-11,\n"
                             "2023-03-31,2023-07-06,\n"
                             "2023-03-31,2023-07-06,2023-03-23\n"
                             "2023-03-31,2023-07-06,2023-03-31\n"
                             "2022-07-04,2022-09-12,\n"
                             "2018-08-03,,\n"
                             "soon,2018-08-03,\n");
    cr_assert_eq(run("jtai", path, NULL), 65);
    says("\"due\":{\"exact\":2,\"receipt\":1,\"unexplained\":2,\"none_stated\":1}");
    says("\"received\":\"2023-03-23\",\"working_days\":64");
    says("\"verdict\":\"unexplained\",\"from\":\"2022-07-04\",\"stated\":\"2022-09-12\",\"computed\":\"2022-"
         "10-12\","
         "\"working_days\":49,\"calendar_days\":70");
    says("\"value\":\"soon\"");
    unlink(path);
}

Test(outcomes, no_overall_is_a_legal_state, .timeout = 20)
{
    const char *path = table("urn,inspection_start_date,impact_of_leaders,help_and_protection,in_care,care_"
                             "leavers,overall_effectiveness\n"
                             "1,11/05/2026,good,good,good,good,not_reported_post_reform\n"
                             "2,02/12/2024,good,inadequate,good,good,good\n");
    cr_assert_eq(run("ilacs-2026", path, NULL), 0);
    says("\"audited\":1,\"outside_period\":1");
    says("\"errors\":0,\"breaches\":0,\"without_overall\":1");
    cr_assert_eq(run("ilacs-2018", path, NULL), 0);
    says("\"rule\":\"H.2\"");
    says("\"breaches\":1,\"without_overall\":0");
    unlink(path);
}

Test(outcomes, damaged_tables_are_refused, .timeout = 20)
{
    const char *path = table("urn,overall\nA1,\"good\n");
    cr_assert_neq(run("childrens-homes-2015", path, NULL), 0);
    unlink(path);
    path = table("colour,size\nred,5\n");
    cr_assert_neq(run("childrens-homes-2015", path, NULL), 0);
    cr_assert_neq(run("childrens-homes-2015", "/nowhere.csv", NULL), 0);
    cr_assert_neq(run("childrens-homes-2016", path, NULL), 0);
    unlink(path);
    path = table("urn,overall\nA1,good\nA2,good\n");
    cr_assert_eq(run("childrens-homes-2015", path, "--where=urn"), 64);
    cr_assert_eq(run("childrens-homes-2015", path, "--where=colour=red"), 64);
    cr_assert_eq(run("childrens-homes-2015", path, "--where=urn=A2"), 0);
    says("\"rows\":2,\"audited\":1,\"outside_period\":0,\"not_selected\":1,\"undated\":1");
    unlink(path);
}

Test(outcomes, homes_of_2015_and_later, .timeout = 60)
{
    const char *path = evx_scene_data("outcomes/childrens_homes_outcomes.csv");
    if (!path) return;
    cr_assert_eq(run("childrens-homes-2015", path, NULL), 0);
    says("\"audited\":3898");
    says("{\"rule\":\"B.L1\",\"effect\":\"limit\",\"fired\":37,\"breaches\":0,\"outcomes\":{\"inadequate\":"
         "37}}");
    says("\"fired\":179,\"breaches\":14,\"outcomes\":{\"good\":14,\"requires-improvement\":126,"
         "\"inadequate\":39}}");
    says("\"worst_overall_without_limit\":0");
    cr_assert_eq(count("\"rule\":\"B.L3\",\"source\""), 14, "each breach has its line");
    cr_assert_eq(run("sccif-childrens-homes", path, NULL), 0);
    says("\"worst_overall_without_limit\":0");
    cr_assert_eq(count("\"rule\":\"G.L1\",\"source\""), 1);
    cr_assert_eq(count("\"rule\":\"G.L3\",\"source\""), 3);
}

Test(outcomes, councils, .timeout = 60)
{
    const char *path = evx_scene_data("outcomes/sif_outcomes.csv");
    if (!path) return;
    cr_assert_eq(run("single-inspection-2013", path, NULL), 0);
    says("\"errors\":0,\"breaches\":0");
    says("{\"rule\":\"E.6\",\"effect\":\"limit\",\"fired\":15,\"breaches\":0,\"outcomes\":{\"inadequate\":15}"
         "}");
    path = evx_scene_data("outcomes/ilacs_outcomes.csv");
    cr_assert_not_null(path);
    cr_assert_eq(run("ilacs-2018", path, NULL), 0);
    says("\"audited\":154,\"outside_period\":7");
    says("{\"rule\":\"H.2\",\"effect\":\"limit\",\"fired\":18,\"breaches\":0,\"outcomes\":{\"inadequate\":18}"
         "}");
    says("{\"rule\":\"H.3\",\"effect\":\"cap\",\"fired\":20,\"breaches\":0,\"outcomes\":{\"requires-"
         "improvement\":3,\"inadequate\":17}}");
    cr_assert_eq(run("ilacs-2026", path, NULL), 0);
    says("\"audited\":7,\"outside_period\":154");
    says("\"without_overall\":7");
}

Test(outcomes, joint_letters, .timeout = 60)
{
    const char *path = evx_scene_data("outcomes/jtai_letters.csv");
    if (!path) return;
    cr_assert_eq(run("jtai", path, NULL), 0);
    says("\"due\":{\"exact\":16,\"receipt\":13,\"unexplained\":2,\"none_stated\":1}");
}
