// SPDX-License-Identifier: Apache-2.0
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "agents/client/cli/cli.h"
#include "agents/client/spell.h"

#define COMMANDS 64

static const struct evx_command *find(const struct evx_command *table, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(table[i].name, name)) return &table[i];
    return NULL;
}

static int print(struct evx_buf *text, enum evx_status s, FILE *to)
{
    if (!s && fwrite(text->p, 1, text->n, to) != text->n) s = EVX_E_IO;
    evx_buf_free(text);
    return s ? evx_cli_fail(s, NULL, NULL) : 0;
}

static int print_help(const struct evx_command *table, size_t n, const char *program, FILE *to)
{
    struct evx_buf text = {0};
    enum evx_status s = evx_cli_help(&text, table, n, program);
    return print(&text, s, to);
}

static int unknown_command(const struct evx_command *table, size_t n, const char *word)
{
    const char *names[COMMANDS];
    size_t known = 0;
    for (size_t i = 0; i < n && known < COMMANDS; i++)
        names[known++] = table[i].name;
    const char *near = evx_spell_nearest(word, names, known);
    char detail[128];
    if (near)
        snprintf(detail, sizeof detail, "there is no such command; did you mean %s?", near);
    else
        snprintf(detail, sizeof detail, "there is no such command");
    return evx_cli_fail(EVX_E_USAGE, word, detail);
}

static int help_of(const struct evx_command *table, size_t n, const char *program, const char *word)
{
    const struct evx_command *c = find(table, n, word);
    if (!c) return unknown_command(table, n, word);
    struct evx_buf text = {0};
    enum evx_status s = evx_cli_command_help(&text, c, program);
    return print(&text, s, stdout);
}

static int completion(const struct evx_command *table, size_t n, const char *program)
{
    struct evx_buf text = {0};
    enum evx_status s = evx_cli_completion(&text, table, n, program);
    return print(&text, s, stdout);
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) return true;
    return false;
}

int evx_cli_dispatch(const struct evx_command *table, size_t n, const char *program, int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2) {
        print_help(table, n, program, stderr);
        return evx_status_exit_code(EVX_E_USAGE);
    }
    const char *word = argv[1];
    if (!strcmp(word, "help") && argc > 2) return help_of(table, n, program, argv[2]);
    if (!strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help"))
        return print_help(table, n, program, stdout);
    if (!strcmp(word, "--version")) return printf("%s %s\n", program, EVX_VERSION) < 0;
    if (!strcmp(word, "completion")) return completion(table, n, program);
    const struct evx_command *c = find(table, n, word);
    if (!c) return unknown_command(table, n, word);
    if (!c->group && wants_help(argc - 1, argv + 1)) return help_of(table, n, program, word);
    enum evx_status s = evx_crypto_init();
    if (s) return evx_cli_fail(s, program, NULL);
    int code = c->run(argc - 1, argv + 1);
    if (fflush(stdout) && code == 0) return evx_cli_fail(EVX_E_IO, "standard output", NULL);
    return code;
}
