// SPDX-License-Identifier: Apache-2.0
#include "agents/client/cli/cli.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agents/client/cli/json.h"
#include "agents/client/cli/table.h"

static int ran;
static const struct evx_cli_option options[] = {{"out", "FILE", "where it goes"},
                                                {"open", NULL, "only open ones"}};
static int run_first(int argc, char **argv)
{
    struct evx_cli_options o;
    enum evx_status s = evx_cli_parse(&o, options, 2, argc, argv);
    if (s) return evx_status_exit_code(s);
    ran = 1 + o.argc;
    return 0;
}
static int run_second(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return 9;
}
static const struct evx_command table[] = {
    {"first", run_first, "does the first thing", "[--out FILE] ID", options, 2, false},
    {"second", run_second, "does the second thing", "", NULL, 0, false},
};

static const char *text_of(struct evx_buf *b)
{
    cr_assert_eq(evx_buf_append(b, "", 1), EVX_OK);
    return (const char *)b->p;
}

static void quiet(void)
{
    int fd = open("/dev/null", O_WRONLY);
    cr_assert(fd >= 0);
    dup2(fd, STDERR_FILENO);
    dup2(fd, STDOUT_FILENO);
    close(fd);
}

Test(cli, help_usage_and_completion_agree_with_the_table, .timeout = 30)
{
    struct evx_buf help = {0}, completion = {0};
    cr_assert_eq(evx_cli_help(&help, table, 2, "evx-test"), EVX_OK);
    cr_assert_eq(evx_cli_completion(&completion, table, 2, "evx-test"), EVX_OK);
    const char *h = text_of(&help), *c = text_of(&completion);
    for (size_t i = 0; i < 2; i++) {
        struct evx_buf one = {0};
        cr_assert(strstr(h, table[i].name) && strstr(h, table[i].help));
        cr_assert(strstr(c, table[i].name));
        cr_assert_eq(evx_cli_command_help(&one, &table[i], "evx-test"), EVX_OK);
        const char *t = text_of(&one);
        cr_assert(strstr(t, table[i].usage) && strstr(t, table[i].help));
        for (size_t k = 0; k < table[i].options_n; k++) {
            char word[64];
            snprintf(word, sizeof word, "--%s", table[i].options[k].name);
            cr_assert(strstr(t, word) && strstr(t, table[i].options[k].help));
            cr_assert(strstr(c, word));
        }
        evx_buf_free(&one);
    }
    evx_buf_free(&help);
    evx_buf_free(&completion);
}

Test(cli, runs_the_command_named, .timeout = 30)
{
    quiet();
    char *argv[] = {"evx-test", "first", "one", "--out", "x", "two", "--", "--three", NULL};
    cr_assert_eq(evx_cli_dispatch(table, 2, "evx-test", 8, argv), 0);
    cr_assert_eq(ran, 4);
}

Test(cli, answers_a_wrong_command_line_with_64, .timeout = 30)
{
    static char *rows[][4] = {
        {"evx-test", "furst", NULL, NULL},
        {"evx-test", NULL, NULL, NULL},
        {"evx-test", "first", "--oout", NULL},
        {"evx-test", "first", "--out", NULL},
        {"evx-test", "first", "--open=1", NULL},
        {"evx-test", "first", "-x", NULL},
        {"evx-test", "first", "--passphrase-fd=q", NULL},
    };
    quiet();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int argc = 0;
        while (argc < 4 && rows[i][argc])
            argc++;
        cr_assert_eq(evx_cli_dispatch(table, 2, "evx-test", argc, rows[i]), 64, "row %zu", i);
    }
    cr_assert_eq(ran, 0);
}

Test(cli, help_runs_nothing, .timeout = 30)
{
    char *argv[] = {"evx-test", "second", "--help", NULL};
    quiet();
    cr_assert_eq(evx_cli_dispatch(table, 2, "evx-test", 3, argv), 0);
}

Test(cli, keeps_values_flags_and_operands_apart, .timeout = 30)
{
    char *argv[] = {"first", "--out=a", "id", "--open", "--json", "--out", "b", NULL};
    struct evx_cli_options o;
    uint64_t number = 7;
    size_t from = 0;
    cr_assert_eq(evx_cli_parse(&o, options, 2, 7, argv), EVX_OK);
    cr_assert(o.json && evx_cli_has(&o, "open") && !o.plain);
    cr_assert_str_eq(evx_cli_value(&o, "out"), "b");
    cr_assert_str_eq(evx_cli_next_value(&o, "out", &from), "a");
    cr_assert_str_eq(evx_cli_next_value(&o, "out", &from), "b");
    cr_assert_null(evx_cli_next_value(&o, "out", &from));
    cr_assert_eq(o.argc, 1);
    cr_assert_str_eq(o.argv[0], "id");
    cr_assert_eq(evx_cli_number(&number, &o, "none", 0, 9), EVX_OK);
    cr_assert_eq(number, 7u);
}

Test(cli, an_error_says_what_where_why_remedy_and_code, .timeout = 30)
{
    struct evx_buf b = {0};
    cr_assert_eq(evx_cli_error_text(&b, EVX_E_NOT_ENROLLED, "tcp://h:1\033[2J", "the broker said no"),
                 EVX_OK);
    const char *t = text_of(&b);
    const struct evx_error_info *e = evx_error_info(EVX_E_NOT_ENROLLED);
    cr_assert(strstr(t, e->what) && strstr(t, e->remedy) && strstr(t, e->code) &&
              strstr(t, "the broker said no"));
    cr_assert(strstr(t, "tcp://h:1?[2J"), "a terminal sequence got through");
    evx_buf_free(&b);
}

static enum evx_status ask_from(int fd, char *out, size_t *n)
{
    struct evx_cli_options o = {.passphrase_fd = fd};
    struct evx_passphrase p = evx_cli_passphrase(&o);
    return p.ask(p.user, "a test", out, 64, n);
}

Test(cli, reads_a_passphrase_from_a_descriptor_once, .timeout = 30)
{
    int fd[2];
    char out[64];
    size_t n = 0;
    cr_assert_eq(pipe(fd), 0);
    cr_assert_eq(write(fd[1], "made up words\nrest", 18), 18);
    close(fd[1]);
    for (int i = 0; i < 2; i++) { // the second key file of a run is not asked for again
        cr_assert_eq(ask_from(fd[0], out, &n), EVX_OK);
        cr_assert_eq(n, 13u);
        cr_assert_eq(memcmp(out, "made up words", n), 0);
    }
    close(fd[0]);
}

Test(table, aligns_by_display_width_and_cleans_cells, .timeout = 30)
{
    static const char *const headers[] = {"name", ">n"};
    struct evx_table *t = NULL;
    struct evx_buf b = {0}, plain = {0};
    cr_assert_eq(evx_table_new(&t, headers, 2), EVX_OK);
    cr_assert_eq(evx_table_row(t, (const char *const[]){"Zo\xc3\xab", "1"}), EVX_OK);
    cr_assert_eq(evx_table_row(t, (const char *const[]){"a\tb\033", "10"}), EVX_OK);
    cr_assert_eq(evx_table_text(&b, t, false, false), EVX_OK);
    cr_assert_str_eq(text_of(&b), "name   n\nZo\xc3\xab    1\na b   10\n");
    cr_assert_eq(evx_table_text(&plain, t, true, true), EVX_OK);
    cr_assert_str_eq(text_of(&plain), "name\tn\nZo\xc3\xab\t1\na b \t10\n");
    evx_buf_free(&b);
    evx_buf_free(&plain);
    evx_table_destroy(&t);
}

Test(json, puts_the_schema_first_and_mends_bad_text, .timeout = 30)
{
    json_t *o = evx_json_object("evx.test/1");
    cr_assert_eq(evx_json_set(o, "text", evx_json_text("a\xff")), EVX_OK);
    cr_assert_eq(evx_json_set(o, "at", evx_json_time(0)), EVX_OK);
    char *text = json_dumps(o, JSON_COMPACT);
    cr_assert_str_eq(text, "{\"schema\":\"evx.test/1\",\"text\":\"a?\",\"at\":\"1970-01-01T00:00:00.000Z\"}");
    free(text);
    json_decref(o);
}
