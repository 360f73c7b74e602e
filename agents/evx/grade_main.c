// SPDX-License-Identifier: Apache-2.0
#include "agents/evx/grade_main.h"

#include <stdio.h>
#include <string.h>

#include "agents/evx/grade_verbs.h"
#include "grading/nearest.h"

static const struct {
    const char *name, *help;
    int (*run)(const struct evx_grade_options *o);
} verbs[] = {
    {"frameworks", "list the frameworks", evx_grade_frameworks},
    {"show", "ID: scale, judgements, rules, facts, criteria, dates", evx_grade_show},
    {"permitted", "--framework ID [FILE…]: JSON lines in, what is permitted out", evx_grade_permitted},
    {"coverage", "--framework ID [FILE…]: evidence in, criteria with and without evidence out",
     evx_grade_coverage},
    {"due", "--framework ID --event NAME --date YYYY-MM-DD [--rule ID]", evx_grade_due},
    {"schedule", "--framework ID [--event NAME --date YYYY-MM-DD]", evx_grade_schedule},
    {"sample", "--framework ID --seed N [--target N] [FILE…]: children in, whom to track out",
     evx_grade_sample},
    {"follow-up", "--framework ID [FILE…]: one step after an inadequate judgement", evx_grade_follow_up},
    {"audit", "--framework ID [--where COLUMN=VALUE] [--all-dates] CSV…: outcomes against the rules",
     evx_grade_audit},
};
static const size_t verbs_n = sizeof verbs / sizeof *verbs;

static void help(FILE *to)
{
    fputs("evx grade VERB [OPTION…]\n\n", to);
    for (size_t i = 0; i < verbs_n; i++)
        fprintf(to, "  %-11s %s\n", verbs[i].name, verbs[i].help);
    fputs("\n  --framework-file FILE instead of --framework ID takes a framework from disk; --json where a "
          "verb\n"
          "  prints for people. Exit: 0, 64 usage, 65 some lines had errors, 66 no input.\n",
          to);
}

static int unknown_verb(const char *verb)
{
    struct evx_nearest near = evx_nearest_begin(verb);
    for (size_t i = 0; i < verbs_n; i++)
        evx_nearest_offer(&near, verbs[i].name);
    fprintf(stderr, "evx grade: there is no verb '%s'%s%s%s\n", verb, near.best ? "; did you mean '" : "",
            near.best ? near.best : "", near.best ? "'?" : "");
    return 64;
}

int evx_grade_main(int argc, char **argv)
{
    struct evx_grade_options o;
    if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
        help(argc < 2 ? stderr : stdout);
        return argc < 2 ? 64 : 0;
    }
    for (size_t i = 0; i < verbs_n; i++) {
        if (strcmp(argv[1], verbs[i].name)) continue;
        if (evx_grade_options_parse(&o, argc - 1, argv + 1)) return 64;
        if (o.help) {
            fprintf(stdout, "evx grade %s %s\n", verbs[i].name, verbs[i].help);
            return 0;
        }
        return verbs[i].run(&o);
    }
    return unknown_verb(argv[1]);
}
