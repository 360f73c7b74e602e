// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "agents/evx/verbs.h"

// `evx police …` is `evx-police …`.
static int run_program(const char *verb, char **argv)
{
    char name[64];
    snprintf(name, sizeof name, "evx-%s", verb);
    enum evx_status s = evx_program_exec(name, argv + 1);
    return evx_cli_fail(s, name, "it is not installed beside evx");
}

int main(int argc, char **argv)
{
    static const char *const programs[] = {"broker", "police",    "social-care", "school",
                                           "health", "collector", "inspect",     "bench"};
    for (size_t i = 0; argc > 1 && i < sizeof programs / sizeof programs[0]; i++)
        if (!strcmp(argv[1], programs[i])) return run_program(programs[i], argv);
    size_t n = 0;
    const struct evx_command *table = evx_verbs(&n);
    return evx_cli_dispatch(table, n, "evx", argc, argv);
}
