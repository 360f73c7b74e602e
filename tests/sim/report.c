// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct lie_count {
    uint64_t runs, noticed, proved; // runs in which it was told; … somebody noticed; … holds proof
};

struct sum {
    uint64_t runs, broken, lying, first_broken, digest;
    bool found; // what `until` waits for
    struct sim_tally tally;
    struct lie_count lie[SIM_LIES];
    double seconds;
};

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void add_tally(struct sim_tally *to, const struct sim_tally *from)
{
    uint64_t *a = (uint64_t *)to;
    const uint64_t *b = (const uint64_t *)from;
    for (size_t i = 0; i < sizeof *to / sizeof *a; i++)
        a[i] += b[i];
}

static bool noticed(const struct sim *s)
{
    for (unsigned i = 0; i < s->nodes; i++)
        if (s->node[i].alarms) return true;
    return false;
}

static bool proved(const struct sim *s)
{
    for (unsigned i = 0; i < s->nodes; i++)
        if (s->node[i].fork[0].n) return true;
    return false;
}

static void add(struct sum *sum, const struct sim *s)
{
    sum->runs++;
    sum->lying += s->lies != 0;
    sum->digest ^= s->digest * (2 * s->seed + 1);
    add_tally(&sum->tally, &s->tally);
    for (unsigned i = 0; i < SIM_LIES; i++) {
        if (!s->tally.lie[i] && !s->tally.frames[i]) continue;
        sum->lie[i].runs++;
        sum->lie[i].noticed += noticed(s);
        sum->lie[i].proved += proved(s);
    }
}

static void say_broken(struct sum *sum, const struct sim *s, const struct sim_job *j)
{
    sum->broken++;
    if (!sum->first_broken) sum->first_broken = s->seed;
    if (j->until && !strncmp(s->broken, j->until, strlen(j->until))) sum->found = true;
    if (j->expect_broken) return;
    printf("broken: seed %" PRIu64 ": %s\n  again: evx-sim --seed %" PRIu64 " --verbose\n", s->seed,
           s->broken, s->seed);
    fflush(stdout);
}

static void one(struct sum *sum, struct sim *s, uint64_t seed, const struct sim_job *j)
{
    bool good = sim_run(s, seed, &j->options);
    add(sum, s);
    if (!good) say_broken(sum, s, j);
}

static bool run_list(struct sum *sum, struct sim *s, const struct sim_job *j)
{
    FILE *f = fopen(j->list, "r");
    char line[256];
    if (!f) {
        fprintf(stderr, "evx-sim: cannot read %s\n", j->list);
        return false;
    }
    while (fgets(line, sizeof line, f))
        if (line[0] >= '0' && line[0] <= '9') one(sum, s, strtoull(line, NULL, 10), j);
    fclose(f);
    return true;
}

// --- what it came to ---

static void print_text(const struct sum *sum, const struct sim_job *j)
{
    const struct sim_tally *t = &sum->tally;
    printf("%" PRIu64 " runs, %" PRIu64 " with a lying broker, %" PRIu64 " broken, %.1f s, %.2f ms a run\n",
           sum->runs, sum->lying, sum->broken, sum->seconds,
           1000 * sum->seconds / (double)(sum->runs ? sum->runs : 1));
    printf("events %" PRIu64 ", consignments %" PRIu64 ", receipts %" PRIu64 ", answers %" PRIu64
           ", acknowledged %" PRIu64 ", cosigned %" PRIu64 ", entries stored %" PRIu64
           ", new streams %" PRIu64 ", directories %" PRIu64 ", letters %" PRIu64 "\n",
           t->events, t->sealed, t->receipts, t->verdicts, t->acknowledged, t->cosigned, t->entries,
           t->resets, t->directories, t->letters);
    printf("faults:");
    for (unsigned i = 0; i < SIM_FAULTS; i++)
        printf(" %s %" PRIu64, sim_faults[i].name, t->fault[i]);
    printf("\n%-12s %10s %10s %10s %10s\n", "lie", "told", "runs", "noticed", "proved");
    for (unsigned i = 0; i < SIM_LIES; i++)
        printf("%-12s %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64 "\n", sim_lies[i].name,
               t->lie[i] + t->frames[i], sum->lie[i].runs, sum->lie[i].noticed, sum->lie[i].proved);
    printf("alarms:");
    for (unsigned i = 0; i < SIM_ALARM_KINDS; i++)
        printf(" %s %" PRIu64, sim_alarms[i].name, t->alarm[i]);
    printf("\ndigest %016" PRIx64 "\n", sum->digest);
    if (j->expect_broken && sum->broken)
        printf("as expected: %" PRIu64 " broken, the first is seed %" PRIu64 "\n", sum->broken,
               sum->first_broken);
}

static void print_counts(const char *name, const struct sim_kind *kind, const uint64_t *count, unsigned n)
{
    printf(",\"%s\":{", name);
    for (unsigned i = 0; i < n; i++)
        printf("%s\"%s\":%" PRIu64, i ? "," : "", kind[i].name, count[i]);
    printf("}");
}

static void print_json(const struct sum *sum)
{
    const struct sim_tally *t = &sum->tally;
    printf("{\"runs\":%" PRIu64 ",\"lying\":%" PRIu64 ",\"broken\":%" PRIu64
           ",\"seconds\":%.3f,\"events\":%" PRIu64 ",\"consignments\":%" PRIu64 ",\"receipts\":%" PRIu64
           ",\"answers\":%" PRIu64 ",\"entries\":%" PRIu64,
           sum->runs, sum->lying, sum->broken, sum->seconds, t->events, t->sealed, t->receipts, t->verdicts,
           t->entries);
    print_counts("faults", sim_faults, t->fault, SIM_FAULTS);
    print_counts("alarms", sim_alarms, t->alarm, SIM_ALARM_KINDS);
    printf(",\"lies\":{");
    for (unsigned i = 0; i < SIM_LIES; i++)
        printf("%s\"%s\":{\"told\":%" PRIu64 ",\"runs\":%" PRIu64 ",\"noticed\":%" PRIu64
               ",\"proved\":%" PRIu64 "}",
               i ? "," : "", sim_lies[i].name, t->lie[i] + t->frames[i], sum->lie[i].runs,
               sum->lie[i].noticed, sum->lie[i].proved);
    printf("},\"digest\":\"%016" PRIx64 "\"}\n", sum->digest);
}

int sim_do(const struct sim_job *j)
{
    static struct sim s;
    static struct sum sum;
    double began = seconds_now();
    bool read = true;
    if (j->list) read = run_list(&sum, &s, j);
    for (uint64_t seed = j->from; seed <= j->to && sum.broken < j->most_broken && !sum.found; seed++)
        one(&sum, &s, seed, j);
    sum.seconds = seconds_now() - began;
    sim_free(&s);
    if (j->json)
        print_json(&sum);
    else
        print_text(&sum, j);
    if (!read) return 66;
    return (sum.broken > 0) == j->expect_broken ? 0 : 1;
}

static void print_kinds(const char *title, const struct sim_kind *kind, unsigned n)
{
    printf("%s\n", title);
    for (unsigned i = 0; i < n; i++)
        printf("  %-18s %s\n", kind[i].name, kind[i].what);
}

int sim_print_names(void)
{
    print_kinds("faults", sim_faults, SIM_FAULTS);
    print_kinds("lies", sim_lies, SIM_LIES);
    print_kinds("alarms", sim_alarms, SIM_ALARM_KINDS);
    print_kinds("defences", sim_defences, SIM_DEFENCES);
    return 0;
}
