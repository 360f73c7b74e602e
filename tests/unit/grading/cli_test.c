// SPDX-License-Identifier: Apache-2.0
//
// `evx grade` as a person or a pipe sees it.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/evx/grade_main.h"

static char output[1 << 20];

static int run(const char *input, char **argv, int argc)
{
    char name[] = "/tmp/evx-grade-XXXXXX", in[] = "/tmp/evx-grade-XXXXXX";
    int out = mkstemp(name), from = mkstemp(in);
    cr_assert(out >= 0 && from >= 0);
    cr_assert_eq(write(from, input, strlen(input)), (ssize_t)strlen(input));
    cr_assert_eq(lseek(from, 0, SEEK_SET), 0);
    fflush(stdout);
    cr_assert(dup2(out, STDOUT_FILENO) >= 0 && dup2(from, STDIN_FILENO) >= 0);
    rewind(stdin);
    int code = evx_grade_main(argc, argv);
    fflush(stdout);
    FILE *f = fopen(name, "r");
    cr_assert_not_null(f);
    size_t n = fread(output, 1, sizeof output - 1, f);
    output[n] = '\0';
    fclose(f);
    close(out);
    close(from);
    unlink(name);
    unlink(in);
    return code;
}

#define RUN(input, ...)                                                                                      \
    run(input, (char *[]){"grade", __VA_ARGS__, NULL},                                                       \
        (int)(sizeof((char *[]){"grade", __VA_ARGS__}) / sizeof(char *)))

static void says(const char *what) { cr_assert(strstr(output, what), "wanted %s in %.3000s", what, output); }

Test(cli, permitted_answers_as_the_interface_says, .timeout = 20)
{
    cr_assert_eq(
        RUN("{\"judgements\":{\"help-and-protection\":\"inadequate\",\"leaders-and-managers\":\"good\"},"
            "\"facts\":{\"weeks-without-registered-manager\":30}}\n",
            "permitted", "--framework", "childrens-homes-2015"),
        0);
    says("{\"permitted\":{\"overall\":[\"inadequate\"]},\"advised\":{},\"fired\":[{\"rule\":\"B.L1\","
         "\"source\":\"¶12\","
         "\"effect\":\"limit\",\"on\":\"overall\",");
    says("}],\"errors\":[]}\n");
    cr_assert_null(strstr(output, "B.L15"));
}

Test(cli, permitted_goes_on_after_each_bad_line, .timeout = 20)
{
    cr_assert_eq(RUN("{\"id\":1,\"judgements\":{\"help-and-protecton\":\"inadequate\"}}\n"
                     "not json\n"
                     "{\"id\":\"c\",\"judgement\":{}}\n"
                     "{\"id\":4,\"judgements\":{\"help-and-protection\":\"inadequate\",\"help-and-"
                     "protection\":\"good\"}}\n"
                     "[]\n"
                     "{\"id\":6,\"facts\":{\"any-child-missing\":\"yes\"}}\n"
                     "\n"
                     "{\"id\":8,\"judgements\":{\"help-and-protection\":\"good\",\"overall\":null}}",
                     "permitted", "--framework", "childrens-homes-2015"),
                 65);
    says("{\"id\":1,\"permitted\":{},\"advised\":{},\"fired\":[],\"errors\":[{\"line\":1,\"code\":\"EVX-"
         "6004\"");
    says("\"suggestion\":\"help-and-protection\"");
    says("\"errors\":[{\"line\":2,\"code\":\"EVX-1040\"");
    says("{\"id\":\"c\",\"permitted\":{}");
    says("\"suggestion\":\"judgements\"");
    says("\"line\":4,\"code\":\"EVX-1040\"");
    says("\"line\":5,\"code\":\"EVX-1040\"");
    says("{\"id\":6,\"permitted\":{},\"advised\":{},\"fired\":[],\"errors\":[{\"line\":6,\"code\":\"EVX-"
         "6006\"");
    says("{\"id\":8,\"permitted\":{\"overall\":[\"outstanding\",\"good\"");
    size_t lines = 0;
    for (const char *at = output; (at = strchr(at, '\n')); at++)
        lines++;
    cr_assert_eq(lines, 7);
}

Test(cli, permitted_shows_breach_and_override, .timeout = 20)
{
    cr_assert_eq(RUN("{\"judgements\":{\"help-and-protection\":\"good\",\"leaders-and-managers\":"
                     "\"inadequate\",\"overall\":\"good\"}}\n"
                     "{\"judgements\":{\"help-and-protection\":\"good\",\"leaders-and-managers\":"
                     "\"inadequate\",\"overall\":\"good\"},"
                     "\"overrides\":[{\"rule\":\"B.L3\",\"who\":\"inspector-7\",\"reason\":\"why\",\"time\":"
                     "\"2016-01-01T00:00:00Z\"}]}\n"
                     "{\"overrides\":[{\"rule\":\"B.L3\",\"who\":\"inspector-7\",\"time\":\"2016-01-01T00:00:"
                     "00Z\"}]}\n",
                     "permitted", "--framework", "childrens-homes-2015"),
                 65);
    says("\"breaches\":[{\"rule\":\"B.L3\"");
    says("\"overridden_by\":\"inspector-7\",\"reason\":\"why\"");
    says("EVX-6017");
}

Test(cli, a_narrative_framework_answers_without_grades, .timeout = 20)
{
    cr_assert_eq(
        RUN("{\"judgements\":{\"joint-finding\":\"good\"}}\n{\"facts\":{\"serious-concern\":true}}\n",
            "permitted", "--framework", "jtai"),
        65);
    says("EVX-6016");
    says("{\"permitted\":{},\"advised\":{},\"graded\":false,\"fired\":[{\"rule\":\"F.13\"");
}

Test(cli, a_line_that_is_too_long_is_one_error, .timeout = 60)
{
    size_t n = 3u << 20;
    char *input = malloc(n + 200);
    memset(input, 'x', n);
    snprintf(input + n, 200, "\n{\"id\":2}\n");
    cr_assert_eq(RUN(input, "permitted", "--framework", "ilacs-2018"), 65);
    says("\"line\":1,\"code\":\"EVX-1004\"");
    says("{\"id\":2,\"permitted\":{\"overall\"");
    free(input);
}

Test(cli, coverage_counts_origins, .timeout = 20)
{
    cr_assert_eq(RUN("{\"facts\":{\"any-child-missing\":true},\"evidence\":["
                     "{\"criterion\":\"32c\",\"agency\":\"police\",\"origin\":\"p\",\"direction\":"
                     "\"concern\",\"evidence\":\"e1\"},"
                     "{\"criterion\":\"32c\",\"agency\":\"police\",\"origin\":\"p\",\"direction\":"
                     "\"concern\",\"evidence\":\"e1\"},"
                     "{\"criterion\":\"32c\",\"agency\":\"police\",\"origin\":\"p\",\"direction\":2,"
                     "\"evidence\":\"e2\"}]}\n"
                     "{\"evidence\":[{\"criterion\":\"99\",\"agency\":\"police\",\"origin\":\"p\","
                     "\"direction\":1,\"evidence\":\"e\"}]}\n",
                     "coverage", "--framework", "childrens-homes-2015"),
                 65);
    says("{\"criterion\":\"32c\",\"judgement\":\"help-and-protection\",\"grade\":\"good\",\"source\":"
         "\"¶32c\",\"applies\":\"yes\","
         "\"when\":\"any-child-missing\",\"items\":2,\"origins\":1,\"strengths\":0,\"concerns\":2,"
         "\"neutral\":0,"
         "\"missing\":[\"home\",\"social-care\"]}");
    says("EVX-6010");
}

Test(cli, due_prints_one_object, .timeout = 20)
{
    cr_assert_eq(RUN("", "due", "--framework", "jtai", "--event", "report-received", "--date", "2025-02-27"),
                 0);
    says("{\"due\":\"2025-06-11\",\"rule\":\"F.16\",\"days\":70,\"unit\":\"working-days\"");
    cr_assert_eq(RUN("", "due", "--framework", "childrens-homes-2014", "--event", "judged-inadequate",
                     "--date", "2014-05-06"),
                 0);
    says("{\"due\":\"2014-07-01\",\"rule\":\"A.S2\",\"days\":56,\"unit\":\"days\"");
    cr_assert_neq(RUN("", "due", "--framework", "jtai", "--event", "report-recieved", "--date", "2025-02-27"),
                  0);
    cr_assert_neq(RUN("", "due", "--framework", "jtai", "--event", "report-received", "--date", "2025-02-30"),
                  0);
    cr_assert_neq(RUN("", "due", "--framework", "jtai", "--event", "report-received", "--date", "2031-01-01"),
                  0);
    cr_assert_eq(RUN("", "due", "--framework", "jtai"), 64);
}

Test(cli, schedule_gives_the_timetable, .timeout = 20)
{
    cr_assert_eq(RUN("", "schedule", "--framework", "jtai", "--event", "notified", "--date", "2025-01-06"),
                 0);
    says("2025-01-20  F.4");
    says("2025-01-24  F.5c");
    cr_assert_eq(RUN("", "schedule", "--framework", "jtai", "--json"), 0);
    says("\"rule\":\"F.16\"");
}

Test(cli, frameworks_and_show, .timeout = 20)
{
    static const char *const ids[] = {"childrens-homes-2014",
                                      "childrens-homes-2015",
                                      "child-protection-2012",
                                      "adcs-narrative-2015",
                                      "single-inspection-2013",
                                      "jtai",
                                      "sccif-childrens-homes",
                                      "ilacs-2018",
                                      "ilacs-2026"};
    cr_assert_eq(RUN("", "frameworks"), 0);
    for (size_t i = 0; i < 9; i++)
        says(ids[i]);
    for (size_t i = 0; i < 9; i++) {
        cr_assert_eq(RUN("", "show", (char *)ids[i]), 0);
        cr_assert_eq(RUN("", "show", (char *)ids[i], "--json"), 0);
        says("\"schema\":\"evx.framework/1\"");
    }
    cr_assert_neq(RUN("", "show", "jtay"), 0);
}

Test(cli, sample_is_reproducible_and_says_why, .timeout = 20)
{
    const char *children =
        "{\"child\":\"a\"}\n{\"child\":\"b\",\"marks\":[\"missing\"]}\n{\"child\":\"c\"}\n{\"child\":\"d\"}\n"
        "{\"child\":\"e\"}\n{\"child\":\"f\"}\n{\"child\":\"g\"}\n{\"child\":\"h\"}\n";
    cr_assert_eq(RUN(children, "sample", "--framework", "jtai", "--seed", "42"), 0);
    char once[4096] = "";
    strncpy(once, output, sizeof once - 1);
    says("{\"child\":\"b\",\"rule\":\"F.7m\",\"drawn\":false");
    cr_assert_eq(RUN(children, "sample", "--framework", "jtai", "--seed", "42"), 0);
    cr_assert_str_eq(output, once);
    cr_assert_eq(RUN(children, "sample", "--framework", "jtai"), 64);
    cr_assert_neq(
        RUN("{\"child\":\"a\",\"marks\":[\"mising\"]}\n", "sample", "--framework", "jtai", "--seed", "1"), 0);
    cr_assert_neq(RUN("{\"chid\":\"a\"}\n", "sample", "--framework", "jtai", "--seed", "1"), 0);
}

Test(cli, follow_up_names_the_gates, .timeout = 20)
{
    cr_assert_eq(
        RUN("{\"state\":\"inadequate\",\"event\":\"monitoring-visit\"}\n"
            "{\"state\":\"monitored\",\"event\":\"improve-judgement\",\"facts\":{\"safe-now\":true}}\n"
            "{\"state\":\"monitored\"}\n",
            "follow-up", "--framework", "childrens-homes-2015"),
        65);
    says("{\"state\":\"monitored\",\"rule\":\"B.F4\",\"source\":\"¶41,42\",\"duties\":[\"publish-report\"],"
         "\"failed\":[]}");
    says("\"gate\":\"G8\"");
    cr_assert_null(strstr(output, "\"gate\":\"G7\""));
}

Test(cli, wrong_usage_is_64, .timeout = 20)
{
    cr_assert_eq(RUN("", "permited"), 64);
    cr_assert_eq(RUN("", "permitted"), 64);
    cr_assert_eq(RUN("", "permitted", "--frmework", "jtai"), 64);
    cr_assert_eq(RUN("", "audit", "--framework", "jtai"), 64);
    cr_assert_eq(RUN("", "--help"), 0);
    says("audit");
}

Test(cli, a_framework_from_disk_needs_no_program, .timeout = 20)
{
    char path[] = "/tmp/evx-framework-XXXXXX";
    int fd = mkstemp(path);
    const char *text = "framework: own\ntitle: t\nabout: a\nkind: graded\nagencies: []\nscale: [{grade: "
                       "fine}, {grade: poor}]\n"
                       "judgements: [{id: overall, title: t, role: overall, source: s}, {id: part, title: t, "
                       "role: graded, source: s}]\n"
                       "rules: [{id: X.1, source: s, effect: LIMIT, on: overall, to: poor, when: part is "
                       "poor, message: m}]\n";
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    cr_assert_eq(RUN("{\"judgements\":{\"part\":\"poor\"}}\n", "permitted", "--framework-file", path), 0);
    says("{\"permitted\":{\"overall\":[\"poor\"]}");
    unlink(path);
}
