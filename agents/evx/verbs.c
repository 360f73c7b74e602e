// SPDX-License-Identifier: Apache-2.0
#include "agents/evx/verbs.h"

#include <stdlib.h>
#include <unistd.h>

#include "agents/evx/grade_main.h"

static struct evx_command table[] = {
    {"keys", evx_verb_keys, "make, show and rotate keys", "new|show|rotate …", NULL, 0, true},
    {"directory", evx_verb_directory, "compose, sign, show and verify the directory",
     "new|add|sign|show|verify …", NULL, 0, true},
    {"doctor", evx_verb_doctor, "check this machine's set-up; every failing line carries its fix", "",
     evx_doctor_options, 0, false},
    {"explain", evx_verb_explain, "what an error code means and what mends it", "CODE | --all",
     evx_explain_options, 0, false},
    {"verify", evx_verb_verify, "check receipts and consignments, offline", "--directory FILE FILE…",
     evx_verify_options, 0, false},
    {"disclose", evx_verb_disclose, "one item with all that proves it, as a file for a third party",
     "ITEM --out FILE --purpose PURPOSE --for WHOM", NULL, 0, true},
    {"demo", evx_verb_demo, "a made-up joint inspection from end to end", "[ARGUMENT…]", NULL, 0, true},
    {"grade", evx_grade_main, "what the grading frameworks permit", "frameworks|show|permitted|due …", NULL,
     0, true},
};

const struct evx_command *evx_verbs(size_t *n)
{
    *n = sizeof table / sizeof table[0];
    table[2].options_n = evx_doctor_options_n;
    table[3].options_n = evx_explain_options_n;
    table[4].options_n = evx_verify_options_n;
    return table;
}

int evx_verb_demo(int argc, char **argv)
{
    (void)argc;
    // Installed beside us, or in the source tree that build/<preset>/bin/evx belongs to.
    static const char *const places[] = {"evx-demo", "../../../agents/demo"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char *path = evx_program_path(places[i]);
        if (path) execv(path, argv);
        free(path);
    }
    return evx_cli_fail(EVX_E_NOT_FOUND, "agents/demo",
                        "the demonstration runs from the source tree: agents/demo");
}

// It needs a collector's store, as evx-inspect does.
int evx_verb_disclose(int argc, char **argv)
{
    char program[] = "evx-inspect", verb[] = "disclose";
    char **words = calloc((size_t)argc + 2, sizeof *words);
    if (!words) return evx_cli_fail(EVX_E_MEMORY, "disclose", NULL);
    words[0] = program;
    words[1] = verb;
    for (int i = 1; i < argc; i++)
        words[i + 1] = argv[i];
    enum evx_status s = evx_program_exec("evx-inspect", words);
    free(words);
    return evx_cli_fail(s, "evx-inspect", "it is not installed beside evx");
}
