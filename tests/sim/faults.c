// SPDX-License-Identifier: Apache-2.0
//
// What befalls machines, disks, clocks and the network, until the work ends.
#include "tests/sim/broker_node.h"
#include "tests/sim/fleet.h"
#include "tests/sim/liar.h"

static struct sim_node *any_node(struct sim *s, bool collects)
{
    struct sim_node *found = NULL;
    unsigned seen = 0;
    for (unsigned i = 0; i < s->nodes; i++)
        if (s->node[i].collects == collects && !sim_below(&s->dice, ++seen)) found = &s->node[i];
    return found;
}

static struct sim_node *any(struct sim *s) { return &s->node[sim_below(&s->dice, s->nodes)]; }
static uint64_t a_while(struct sim *s) { return sim_between(&s->dice, 200, 8000); }

static void reunite(struct sim *s, struct sim_event *e)
{
    (void)e;
    s->parted = false;
    sim_say(s, "network", "is back");
}

static void part(struct sim *s)
{
    s->parted = true;
    for (unsigned i = 0; i < s->nodes; i++)
        sim_net_cut_node(&s->node[i], true);
    sim_plan(s, a_while(s), reunite, NULL, 0);
    sim_say(s, "network", "is down");
}

static void disk_empties(struct sim *s, struct sim_event *e)
{
    (void)e;
    if (s->broker[0].up) evx_core_set_free(s->broker[0].core, 1ull << 40);
}

static void fill_disk(struct sim *s)
{
    if (!s->broker[0].up) return;
    evx_core_set_free(s->broker[0].core, 0);
    sim_plan(s, a_while(s), disk_empties, NULL, 0);
    sim_say(s, "broker", "its disk is full");
}

// --- backups ---

static void take_backups(struct sim *s, struct sim_event *e)
{
    (void)e;
    for (unsigned i = 0; i < s->nodes; i++) {
        struct sim_node *n = &s->node[i];
        sim_outbox_copy(&n->outbox_backup->kept, &n->outbox->kept);
        if (n->collects) sim_store_copy(&n->store_backup->kept, &n->store->kept);
        n->directories_backup = n->directories;
    }
    struct sim_broker *b = &s->broker[0];
    if (!b->up || sim_broker_quiet(b)) sim_log_copy(b->backup, b->disk);
    sim_say(s, "backup", "taken");
}

// A careful operator begins a new stream after a restore; a careless one lets the
// program find out.
static void restore_node(struct sim *s, struct sim_node *n)
{
    if (!n || !n->directories_backup || n->retired) return;
    sim_say(s, sim_name(n), "is put back to its backup");
    sim_node_stop(n);
    sim_outbox_copy(&n->outbox->kept, &n->outbox_backup->kept);
    if (n->collects) sim_store_copy(&n->store->kept, &n->store_backup->kept);
    n->directories = n->directories_backup;
    n->careless = sim_chance(&s->dice, 40);
    n->restored = true;
    n->given_up = 0; // who put it back looks at what is refused there
    if (!n->agent) sim_node_start(n);
    if (n->careless || !n->agent) return;
    uint64_t given_up = 0;
    s->running = n;
    EVX_IGNORE(evx_agent_stream_reset(n->agent, &given_up), "it never sent anything");
    s->running = NULL;
}

static void restore_log(struct sim *s)
{
    struct sim_broker *b = &s->broker[0];
    if (!b->backup->entries || b->backup->entries == b->disk->entries) return;
    sim_say(s, "broker", "its journal is put back to %llu entries, the register stays",
            (unsigned long long)b->backup->entries);
    uint64_t size = b->disk->signed_size;
    struct evx_digest root = b->disk->signed_root;
    sim_broker_stop(b);
    sim_log_copy(s->mended, b->disk); // what the operator finds when the broker refuses
    sim_log_copy(b->disk, b->backup);
    b->disk->signed_size = size;
    b->disk->signed_root = root;
    s->log_is_old = true;
    sim_broker_start(b);
}

static void restore_register(struct sim *s)
{
    struct sim_broker *b = &s->broker[0];
    if (!b->backup->registered || s->log_is_old) return;
    sim_say(s, "broker", "its register is put back from %llu to %llu",
            (unsigned long long)b->disk->signed_size, (unsigned long long)b->backup->signed_size);
    sim_broker_stop(b);
    b->disk->signed_size = b->backup->signed_size;
    b->disk->signed_root = b->backup->signed_root;
    sim_broker_start(b);
}

static void mend(struct sim *s, struct sim_event *e)
{
    struct sim_broker *b = e->subject;
    if (b->up || b->life != e->number) return;
    if (s->mended->entries >= b->disk->entries) sim_log_copy(b->disk, s->mended);
    s->log_is_old = false;
    sim_broker_start(b);
}

void sim_broker_refused(struct sim_broker *b, enum evx_status why)
{
    struct sim *s = b->sim;
    b->refused++;
    s->tally.alarm[SIM_ALARM_OPERATOR]++;
    sim_say(s, "broker", "refused: %s", evx_error_info(why)->name);
    if (why != EVX_E_LOG_BEHIND || b->refused > 8)
        sim_broke(s, "S6: the broker refuses for good: %s", evx_error_info(why)->name);
    sim_broker_stop(b);
    sim_plan(s, 3000, mend, b, b->life);
}

// --- when ---

static void clocks(struct sim *s)
{
    struct sim_node *n = any(s);
    static const int64_t by[] = {-3600000, -60000, -1500, 1500, 60000, 3600000, 86400000};
    int64_t step = by[sim_below(&s->dice, sizeof by / sizeof by[0])];
    n->ahead_ms += step;
    n->jumped = n->jumped || step > 5000;
    sim_say(s, sim_name(n), "its clock is %lld ms ahead now", (long long)n->ahead_ms);
}

static void strike(struct sim *s, struct sim_event *e)
{
    enum sim_fault kind = (enum sim_fault)e->number;
    if (!sim_happens(s, kind)) return;
    switch (kind) {
    case SIM_FAULT_CUT: sim_net_cut_node(any(s), false); return;
    case SIM_FAULT_HALF_OPEN: sim_net_cut_node(any(s), true); return;
    case SIM_FAULT_PARTITION: part(s); return;
    case SIM_FAULT_CRASH_AGENCY: sim_node_crash(any_node(s, false), a_while(s)); return;
    case SIM_FAULT_CRASH_COLLECTOR: sim_node_crash(any_node(s, true), a_while(s)); return;
    case SIM_FAULT_CRASH_BROKER: sim_broker_crash(&s->broker[0], a_while(s)); return;
    case SIM_FAULT_DIE_INSIDE: any(s)->fuse = (unsigned)sim_between(&s->dice, 1, 40); return;
    case SIM_FAULT_DIE_INSIDE_BROKER: s->broker[0].fuse = (unsigned)sim_between(&s->dice, 1, 40); return;
    case SIM_FAULT_RESTORE_AGENCY: restore_node(s, any_node(s, false)); return;
    case SIM_FAULT_RESTORE_COLLECTOR: restore_node(s, any_node(s, true)); return;
    case SIM_FAULT_RESTORE_LOG: restore_log(s); return;
    case SIM_FAULT_RESTORE_REGISTER: restore_register(s); return;
    case SIM_FAULT_CLOCK_JUMP: clocks(s); return;
    case SIM_FAULT_CLOCK_DRIFT: any(s)->drift_ppm = (int32_t)sim_between(&s->dice, 0, 4000) - 2000; return;
    case SIM_FAULT_DISK_FULL: fill_disk(s); return;
    case SIM_FAULT_DELAY:
    case SIM_FAULT_SLOW_READER:
    case SIM_FAULTS: return;
    }
}

// How often it strikes in a run that it belongs to.
static uint64_t strikes(struct sim *s, enum sim_fault kind)
{
    bool rare = kind == SIM_FAULT_RESTORE_LOG || kind == SIM_FAULT_RESTORE_REGISTER ||
                kind == SIM_FAULT_RESTORE_AGENCY || kind == SIM_FAULT_RESTORE_COLLECTOR;
    return rare ? 1 : sim_between(&s->dice, 1, 3);
}

void sim_faults_plan(struct sim *s)
{
    for (uint64_t backups = 3; backups; backups--)
        sim_plan(s, sim_between(&s->dice, 1000, SIM_WORK_MS - 8000), take_backups, NULL, 0);
    for (unsigned kind = 0; kind < SIM_FAULTS; kind++) {
        if (!(s->faults & SIM_BIT(kind))) continue;
        for (uint64_t n = strikes(s, (enum sim_fault)kind); n; n--)
            sim_plan(s, sim_between(&s->dice, 500, SIM_WORK_MS), strike, NULL, kind);
    }
}

void sim_directory_published(struct sim *s)
{
    for (unsigned i = 0; i < SIM_BROKERS; i++)
        if (s->broker[i].disk && (i == 0 || s->broker[i].life)) sim_broker_directory(&s->broker[i]);
}
