// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/log.h"
#include "tests/sim/broker_node.h"
#include "tests/sim/disks.h"
#include "tests/sim/fleet.h"
#include "tests/sim/liar.h"
#include "tests/sim/memo.h"

static struct sim *current;
struct sim *sim_current(void) { return current; }

// --- what its parts use ---

const char *sim_name(const struct sim_node *n) { return n->person->org; }

uint64_t sim_clock(const struct sim *s, const struct sim_node *n)
{
    int64_t run = (int64_t)(s->now_ms - (uint64_t)EVX_FIXTURE_NOW_MS);
    return s->now_ms + (uint64_t)n->ahead_ms + (uint64_t)(run * n->drift_ppm / 1000000);
}

void sim_mark(struct sim *s, uint64_t a, uint64_t b)
{
    s->digest = (s->digest ^ a) * 0x9e3779b97f4a7c15u;
    s->digest = ((s->digest << 29) | (s->digest >> 35)) ^ b ^ s->now_ms;
}

void sim_say(struct sim *s, const char *who, const char *format, ...)
{
    if (!s->options->verbose) return;
    va_list ap;
    va_start(ap, format);
    uint64_t ms = s->now_ms - (uint64_t)EVX_FIXTURE_NOW_MS;
    printf("%7llu.%03llu  %-22s ", (unsigned long long)ms / 1000, (unsigned long long)ms % 1000, who);
    vprintf(format, ap);
    putchar('\n');
    va_end(ap);
}

void sim_broke(struct sim *s, const char *format, ...)
{
    va_list ap;
    if (s->broken[0]) return;
    va_start(ap, format);
    vsnprintf(s->broken, sizeof s->broken, format, ap);
    va_end(ap);
    sim_say(s, "BROKEN", "%s", s->broken);
}

bool sim_happens(struct sim *s, enum sim_fault kind)
{
    if (!(s->faults & SIM_BIT(kind)) || s->now_ms >= s->end_ms) return false;
    s->tally.fault[kind]++;
    return true;
}

void sim_plan(struct sim *s, uint64_t in_ms, void (*happen)(struct sim *, struct sim_event *), void *subject,
              uint64_t number)
{
    sim_queue_put(&s->queue,
                  &(struct sim_event){
                      .at_ms = s->now_ms + in_ms, .happen = happen, .subject = subject, .number = number});
}

static void on_log_line(void *user, const char *line)
{
    (void)user;
    // Without its own time: the trace has the simulated one.
    const char *text = strchr(line, ' ');
    if (current && current->options->verbose)
        sim_say(current, current->running ? sim_name(current->running) : "log", "  |%s", text ? text : line);
}

// --- who takes part in this run, and what may happen in it ---

static void *new_disk(struct sim *s, size_t n) { return sim_take(&s->arena, n); }

static void add_node(struct sim *s, const char *org, bool collects)
{
    struct sim_node *n = &s->node[s->nodes];
    *n = (struct sim_node){.sim = s, .number = s->nodes, .person = sim_person(org), .collects = collects};
    n->outbox = new_disk(s, sizeof *n->outbox);
    n->outbox_backup = new_disk(s, sizeof *n->outbox_backup);
    if (collects) n->store = new_disk(s, sizeof *n->store);
    if (collects) n->store_backup = new_disk(s, sizeof *n->store_backup);
    n->directories = 1;
    s->nodes++;
}

static void add_nodes(struct sim *s)
{
    static const char *const agency[] = {"northam-police", "northam-council", "eastcliff-school",
                                         "westmoor-health"};
    static const char *const inspectorate[] = {"inspectorate-care", "inspectorate-health"};
    uint64_t agencies = sim_between(&s->dice, 2, sim_chance(&s->dice, 15) ? 4 : 3);
    uint64_t collectors = sim_between(&s->dice, 1, 2);
    for (uint64_t i = 0; i < agencies; i++)
        add_node(s, agency[i], false);
    for (uint64_t i = 0; i < collectors; i++)
        add_node(s, inspectorate[i], true);
}

static void add_brokers(struct sim *s)
{
    for (unsigned i = 0; i < SIM_BROKERS; i++) {
        struct sim_broker *b = &s->broker[i];
        *b = (struct sim_broker){.sim = s, .number = i, .directories = 1};
        if (i && !s->lies) continue;
        b->disk = new_disk(s, sizeof *b->disk);
        b->backup = new_disk(s, sizeof *b->backup);
    }
    s->mended = new_disk(s, sizeof *s->mended);
}

// A third of the runs have an honest broker and a mixture of faults, a few have
// neither; in the others the broker tells one kind of lie, now and then two.
static void choose_faults(struct sim *s)
{
    unsigned share = (unsigned)sim_between(&s->dice, 0, 60);
    for (unsigned i = 0; i < SIM_FAULTS; i++)
        if (sim_chance(&s->dice, share)) s->faults |= SIM_BIT(i);
    bool lies = sim_chance(&s->dice, 60);
    for (unsigned n = lies ? 1 + sim_chance(&s->dice, 15) : 0; n; n--)
        s->lies |= SIM_BIT(sim_below(&s->dice, SIM_LIES));
    s->faults &= s->options->faults;
    s->lies &= s->options->lies;
    uint64_t disks = SIM_BIT(SIM_FAULT_RESTORE_LOG) | SIM_BIT(SIM_FAULT_RESTORE_REGISTER);
    // With a lying operator, what an honest one would restore says nothing.
    if (s->lies) s->faults &= ~disks;
}

static void say_what_happens(struct sim *s)
{
    for (unsigned i = 0; i < SIM_FAULTS; i++)
        if (s->faults & SIM_BIT(i)) sim_say(s, "seed", "fault: %s", sim_faults[i].name);
    for (unsigned i = 0; i < SIM_LIES; i++)
        if (s->lies & SIM_BIT(i)) sim_say(s, "seed", "lie: %s", sim_lies[i].name);
}

// --- the run ---

static void prepare(struct sim *s, uint64_t seed, const struct sim_options *options)
{
    struct sim_arena arena = s->arena;
    struct sim_queue queue = s->queue;
    sim_arena_reset(&arena);
    memset(s, 0, sizeof *s);
    s->arena = arena;
    s->queue = queue;
    s->options = options;
    s->seed = seed;
    s->now_ms = EVX_FIXTURE_NOW_MS;
    s->end_ms = s->now_ms + SIM_WORK_MS;
    sim_dice_begin(&s->dice, seed);
    sim_random_begin(seed);
    sim_memo_begin();
    s->directory[0] = evx_directory_ref((struct evx_directory *)sim_first_directory());
    s->directories = 1;
    choose_faults(s);
    say_what_happens(s);
    add_nodes(s);
    add_brokers(s);
}

static void begin(struct sim *s)
{
    sim_broker_start(&s->broker[0]);
    for (unsigned i = 0; i < s->nodes; i++)
        sim_node_start(&s->node[i]);
    sim_faults_plan(s);
    sim_liar_plan(s);
    sim_work_plan(s);
}

// After the faults: until everything is where it should be, and after lies long
// enough for everybody to look at the log once more.
static bool go_on(struct sim *s, uint64_t *settled_ms)
{
    if (s->broken[0]) return false;
    if (s->tally.events > SIM_EVENTS || s->now_ms > s->end_ms + SIM_DRAIN_MS) return false;
    if (s->now_ms <= s->end_ms) return true;
    if (!sim_settled(s))
        *settled_ms = 0;
    else if (!*settled_ms)
        *settled_ms = s->now_ms;
    return !*settled_ms || s->now_ms < *settled_ms + (s->lies ? 35000 : 3000);
}

static void run(struct sim *s)
{
    struct sim_event e;
    uint64_t settled_ms = 0, looked_ms = 0;
    while (sim_queue_next(&s->queue, &e)) {
        s->now_ms = e.at_ms;
        s->tally.events++;
        e.happen(s, &e);
        if (s->broken[0]) return;
        if (s->now_ms < looked_ms + 500) continue;
        looked_ms = s->now_ms;
        if (!go_on(s, &settled_ms)) return;
    }
}

static void stop_all(struct sim *s)
{
    for (unsigned i = 0; i < s->nodes; i++)
        sim_node_stop(&s->node[i]);
    for (unsigned i = 0; i < SIM_BROKERS; i++)
        sim_broker_stop(&s->broker[i]);
    sim_liar_free(s);
    sim_queue_clear(&s->queue);
    for (unsigned i = 0; i < s->directories; i++)
        evx_directory_destroy(&s->directory[i]);
}

bool sim_run(struct sim *s, uint64_t seed, const struct sim_options *options)
{
    current = s;
    evx_log_set_sink(on_log_line, NULL);
    evx_log_set_level(options->verbose ? EVX_LOG_INFO : EVX_LOG_ERROR);
    prepare(s, seed, options);
    begin(s);
    run(s);
    if (!s->broken[0]) sim_check_end(s);
    sim_mark(s, s->tally.events, s->broker[0].disk->entries);
    stop_all(s);
    return !s->broken[0];
}

void sim_free(struct sim *s)
{
    sim_queue_free(&s->queue);
    sim_arena_free(&s->arena);
}
