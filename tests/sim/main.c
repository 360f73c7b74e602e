// SPDX-License-Identifier: Apache-2.0
//
// evx-sim: runs fleets under seeds. docs/simulator.md.
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/report.h"
#include "tests/sim/sim.h"

static const char usage[] = "usage: evx-sim --seed N [--verbose] [options]\n"
                            "       evx-sim --seeds FROM..TO [options]\n"
                            "       evx-sim --list FILE [options]       one seed a line, # begins a remark\n"
                            "  --faults NAME,NAME | none    only these faults may happen\n"
                            "  --lies NAME,NAME | none      only these lies may be told\n"
                            "  --without NAME               a defence is off: a run must break\n"
                            "  --expect-broken              success is at least one broken run\n"
                            "  --keep-going N               stop after N broken runs (1)\n"
                            "  --until TEXT                 stop when one breaks in a way that begins so\n"
                            "  --json                       the sum as JSON\n"
                            "  --names                      every name, with what it is\n";

static bool number(uint64_t *out, const char *text, const char **rest)
{
    char *end = NULL;
    if (*text < '0' || *text > '9') return false;
    *out = strtoull(text, &end, 10);
    *rest = end;
    return end != text;
}

static bool range(struct sim_job *j, const char *text)
{
    const char *rest;
    if (!number(&j->from, text, &rest)) return false;
    j->to = j->from;
    if (!*rest) return true;
    return !strncmp(rest, "..", 2) && number(&j->to, rest + 2, &rest) && !*rest && j->to >= j->from;
}

static bool names(uint64_t *bits, const char *text, const struct sim_kind *kind, unsigned kinds)
{
    *bits = 0;
    if (!strcmp(text, "none")) return true;
    while (*text) {
        size_t n = strcspn(text, ",");
        unsigned i = 0;
        while (i < kinds && (strlen(kind[i].name) != n || strncmp(kind[i].name, text, n) != 0))
            i++;
        if (i == kinds) return false;
        *bits |= SIM_BIT(i);
        text += n + (text[n] == ',');
    }
    return true;
}

static bool with_value(struct sim_job *j, const char *option, const char *value)
{
    const char *rest = "";
    uint64_t n = 0;
    struct sim_options *o = &j->options;
    if (!strcmp(option, "--seed") || !strcmp(option, "--seeds")) return range(j, value);
    if (!strcmp(option, "--faults")) return names(&o->faults, value, sim_faults, SIM_FAULTS);
    if (!strcmp(option, "--lies")) return names(&o->lies, value, sim_lies, SIM_LIES);
    if (!strcmp(option, "--without")) return names(&o->blind, value, sim_defences, SIM_DEFENCES);
    if (!strcmp(option, "--until")) {
        j->until = value;
        return true;
    }
    if (!strcmp(option, "--list")) {
        j->list = value;
        return true;
    }
    if (strcmp(option, "--keep-going") != 0 || !number(&n, value, &rest) || *rest || n == 0) return false;
    j->most_broken = n;
    return true;
}

static bool parse(struct sim_job *j, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--verbose"))
            j->options.verbose = true;
        else if (!strcmp(argv[i], "--json"))
            j->json = true;
        else if (!strcmp(argv[i], "--expect-broken"))
            j->expect_broken = true;
        else if (!strcmp(argv[i], "--names"))
            j->names = true;
        else if (i + 1 >= argc || !with_value(j, argv[i], argv[i + 1]))
            return false;
        else
            i++;
    }
    return j->names || j->list || j->to >= j->from;
}

int main(int argc, char **argv)
{
    struct sim_job j = {.options = {.faults = ~0ull, .lies = ~0ull}, .from = 1, .to = 0, .most_broken = 1};
    if (!parse(&j, argc, argv)) {
        fputs(usage, stderr);
        return 64;
    }
    if (j.names) return sim_print_names();
    // The same large pieces come and go with every run: they stay in the process.
    mallopt(M_MMAP_THRESHOLD, 256 << 20);
    mallopt(M_TRIM_THRESHOLD, 512 << 20);
    sim_cast_open();
    int code = sim_do(&j);
    sim_cast_close();
    return code;
}
