// SPDX-License-Identifier: Apache-2.0
#include "proto/base/log.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

struct caught {
    size_t lines;
    char last[2048];
};

static void catch_line(void *user, const char *line)
{
    struct caught *c = user;
    c->lines++;
    snprintf(c->last, sizeof c->last, "%s", line);
}

Test(log, writes_time_level_id_and_pairs, .timeout = 10)
{
    struct caught c = {0};
    evx_log_set_sink(catch_line, &c);
    evx_log(EVX_LOG_WARN, "SESS-BADSIG", "org=%s code=%s", "northam-police", "EVX-2009");
    cr_assert_eq(c.lines, 1);
    cr_assert_eq(c.last[10], 'T');
    cr_assert_str_eq(c.last + 24, " warn SESS-BADSIG org=northam-police code=EVX-2009");
}

Test(log, drops_what_is_below_the_level, .timeout = 10)
{
    struct caught c = {0};
    evx_log_set_sink(catch_line, &c);
    evx_log(EVX_LOG_DEBUG, "X", "n=%d", 1);
    cr_assert_eq(c.lines, 0);
    evx_log_set_level(EVX_LOG_DEBUG);
    evx_log(EVX_LOG_DEBUG, "X", "n=%d", 1);
    cr_assert_eq(c.lines, 1);
    evx_log_set_level(EVX_LOG_ERROR);
    evx_log(EVX_LOG_WARN, "X", "n=%d", 1);
    cr_assert_eq(c.lines, 1);
}

Test(log, cannot_be_made_to_forge_a_line, .timeout = 10)
{
    struct caught c = {0};
    evx_log_set_sink(catch_line, &c);
    evx_log(EVX_LOG_INFO, "X", "org=%s", "a\n2026-01-31T09:30:00.000Z error FORGED\x1b[2J\x7f\r");
    cr_assert_eq(c.lines, 1);
    for (const char *p = c.last; *p; p++)
        cr_assert((unsigned char)*p >= 0x20 && *p != 0x7f);
    cr_assert_not_null(strstr(c.last, "org=a?2026"));
}

Test(log, cuts_long_lines, .timeout = 10)
{
    struct caught c = {0};
    char text[5000];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    evx_log_set_sink(catch_line, &c);
    evx_log(EVX_LOG_INFO, "X", "org=%s", text);
    cr_assert_eq(c.lines, 1);
    cr_assert_lt(strlen(c.last), 1024);
}

static void *write_many(void *unused)
{
    for (int i = 0; i < 1000; i++)
        evx_log(EVX_LOG_INFO, "X", "n=%d", i);
    return unused;
}

Test(log, whole_lines_from_many_threads, .timeout = 30)
{
    struct caught c = {0};
    evx_log_set_sink(catch_line, &c);
    pthread_t thread[4];
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(pthread_create(&thread[i], NULL, write_many, NULL), 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    cr_assert_eq(c.lines, 4000);
}
