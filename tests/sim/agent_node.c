// SPDX-License-Identifier: Apache-2.0
//
// A machine with an agent on it: the product's agent, courier, queue and feed,
// put together as agents/client/agent.c does, on simulated disks and network.
#include <stdlib.h>
#include <string.h>

#include "tests/sim/fleet.h"

#define OPERATOR_MS 8000 // until a person looks at what waits for one

enum evx_status sim_touch(struct sim_node *n)
{
    if (n->dying) return EVX_E_IO;
    if (!n->fuse || --n->fuse) return EVX_OK;
    n->dying = true;
    sim_say(n->sim, sim_name(n), "dies inside a call");
    return EVX_E_IO;
}

// --- what it notices ---

bool sim_alarm_is(const struct sim_node *n, enum sim_alarm_kind kind)
{
    for (unsigned i = 0; i < n->alarms; i++)
        if (n->alarm[i].kind == kind) return true;
    return false;
}

void sim_alarmed(struct sim_node *n, enum sim_alarm_kind kind, enum evx_status code)
{
    struct sim *s = n->sim;
    for (unsigned i = 0; i < n->alarms; i++)
        if (n->alarm[i].kind == kind && n->alarm[i].code == code) return;
    if (n->alarms == SIM_ALARMS) return;
    n->alarm[n->alarms++] = (struct sim_alarm){kind, code, s->now_ms};
    s->tally.alarm[kind]++;
    sim_say(s, sim_name(n), "%s: %s", sim_alarms[kind].name, evx_error_info(code)->name);
}

// --- the ports that lead to files; the others are the product's own ---

// The node whose turn it is: nobody else's ports are called.
static struct sim_node *whose(void)
{
    struct sim *s = sim_current();
    return &s->node[s->running ? s->running->number : 0];
}

static enum evx_status port_directory(void *user, const struct evx_directory *d)
{
    struct evx_agent *a = user;
    struct sim_node *n = whose();
    enum evx_status s = sim_touch(n);
    if (s) return s;
    if (evx_directory_version(d) != n->directories + 1) return EVX_OK; // an older one: all of them are held
    n->directories++;
    a->directories.at[a->directories.n++] = evx_directory_ref((struct evx_directory *)d);
    sim_say(n->sim, sim_name(n), "has directory %u", n->directories);
    return EVX_OK;
}

static enum evx_status port_forked(void *user, const struct evx_fork *f)
{
    (void)user;
    struct sim_node *n = whose();
    if (n->fork[0].n) return EVX_OK;
    n->fork[0] = sim_keep(&n->sim->arena, evx_buf_bytes(&f->first));
    n->fork[1] = sim_keep(&n->sim->arena, evx_buf_bytes(&f->second));
    sim_alarmed(n, SIM_ALARM_FORKED, EVX_E_CONSISTENCY);
    return EVX_OK;
}

// --- its process ---

static enum evx_status take_keys(struct sim_node *n, struct evx_agent *a)
{
    const struct sim_person *p = n->person;
    a->keys.sign = p->sign[n->epoch];
    a->keys.sign_public = p->sign_public[n->epoch];
    a->keys.witness = (struct evx_sign_secret *)p->witness;
    a->keys.witness_public = p->witness_public;
    enum evx_status s = evx_sealer_new(&a->sealer, a->keys.sign, &a->keys.sign_public);
    if (!s) s = evx_opener_new(&a->opener);
    for (unsigned i = 0; i < SIM_EPOCHS && !s; i++) {
        a->keys.enc[i].epoch = i + 1;
        a->keys.enc[i].secret = p->enc[i];
        a->keys.enc[i].public_key = p->enc_public[i];
        evx_fingerprint_of(&a->keys.enc_fingerprint[i], EVX_KEY_ENC, p->enc_public[i].b);
        s = evx_opener_add_key(a->opener, p->enc[i], &p->enc_public[i]);
    }
    a->keys.enc_n = SIM_EPOCHS;
    return s;
}

static enum evx_status take_disk(struct sim_node *n, struct evx_agent *a)
{
    for (unsigned i = 0; i < n->directories; i++)
        a->directories.at[a->directories.n++] = evx_directory_ref(n->sim->directory[i]);
    a->outbox = sim_outbox_open(n);
    return a->outbox ? EVX_OK : EVX_E_MEMORY;
}

static enum evx_status load_adoptions(struct evx_agent *a)
{
    struct evx_buf all = {0};
    enum evx_status s = evx_outbox_get(a->outbox, "adoptions", &all);
    if (!s && !all.n) evx_courier_set_cursor(a->courier, 0);
    for (size_t at = 0; !s && at < all.n; at += AGENT_ADOPTION_BYTES) {
        struct evx_log_directory e;
        s = evx_log_directory_parse(&e, evx_bytes(all.p + at + 8, EVX_LOG_ENTRY_DIRECTORY_BYTES));
        if (!s) s = evx_agent_adopted(a, evx_get_be64(all.p + at), &e);
    }
    evx_buf_free(&all);
    return s;
}

static enum evx_status make_courier(struct sim_node *n, struct evx_agent *a)
{
    struct evx_buf seen = {0}, quorate = {0}, waiting = {0};
    struct evx_outbox_stream stream;
    struct evx_courier_setup setup = {.inspection = a->inspection,
                                      .organisation = a->organisation,
                                      .program = "evx-sim",
                                      .directory = evx_agent_directories_newest(&a->directories),
                                      .opener = a->opener,
                                      .own = a->keys.enc_fingerprint,
                                      .own_n = a->keys.enc_n,
                                      .port = evx_agent_ports(a)};
    setup.port.directory = port_directory;
    setup.port.forked = port_forked;
    enum evx_status s = evx_agent_cursor(a, &setup.cursor);
    if (!s) s = evx_outbox_get(a->outbox, "checkpoint", &seen);
    setup.last_seen = evx_buf_bytes(&seen);
    if (!s) s = evx_agent_witness_setup(a, &setup, &quorate, &waiting);
    setup.forked = n->fork[0].n != 0;
    if (!s) s = evx_courier_new(&a->courier, &setup);
    evx_buf_free(&seen);
    evx_buf_free(&quorate);
    evx_buf_free(&waiting);
    if (s) return s;
    s = evx_outbox_stream(a->outbox, &stream);
    if (!s) evx_courier_set_stream(a->courier, &stream);
    return s && s != EVX_E_NOT_FOUND ? s : load_adoptions(a);
}

static enum evx_status make_agent(struct sim_node *n)
{
    struct evx_agent *a = calloc(1, sizeof *a);
    if (!a) return EVX_E_MEMORY;
    n->agent = a;
    a->lock_fd = -1;
    a->inspection = sim_inspection()->id;
    a->organisation = strdup(n->person->org);
    a->broker = strdup("simulated");
    a->state = strdup("/nonexistent/simulated");
    enum evx_status s = a->organisation && a->broker && a->state ? EVX_OK : EVX_E_MEMORY;
    if (!s) s = take_keys(n, a);
    if (!s) s = take_disk(n, a);
    return s ? s : make_courier(n, a);
}

void sim_node_start(struct sim_node *n)
{
    if (n->agent || n->retired) return;
    n->life++;
    n->dying = false;
    n->run_at = 0;
    n->sim->running = n;
    enum evx_status s = make_agent(n);
    if (!s && n->collects) s = sim_collector_open(n);
    n->sim->running = NULL;
    if (s) sim_broke(n->sim, "S6: %s does not start: %s", sim_name(n), evx_error_info(s)->name);
    sim_wake(n, 1);
}

void sim_node_stop(struct sim_node *n)
{
    if (!n->agent) return;
    n->sim->running = n;
    sim_collector_close(n);
    memset(&n->agent->keys, 0, sizeof n->agent->keys); // the cast's own
    evx_agent_close(&n->agent);
    n->sim->running = NULL;
    n->fuse = 0;
    n->dying = false;
}

static void start_later(struct sim *s, struct sim_event *e)
{
    (void)s;
    struct sim_node *n = e->subject;
    if (n->life == e->number) sim_node_start(n);
}

void sim_node_crash(struct sim_node *n, uint64_t for_ms)
{
    if (!n->agent) return;
    sim_say(n->sim, sim_name(n), "is down for %llu ms", (unsigned long long)for_ms);
    sim_node_stop(n);
    sim_plan(n->sim, for_ms, start_later, n, n->life);
}

void sim_node_fails(struct sim *s, struct sim_event *e)
{
    sim_node_crash(e->subject, sim_between(&s->dice, 200, 8000));
}

// --- its turn ---

// What a person does about it: nothing mends a fork; a key that is no longer good is
// exchanged for the next, and what it signed is left behind, as is a frozen stream.
static void person_looks(struct sim_node *n, enum evx_status why)
{
    uint64_t given_up = 0;
    if (why == EVX_E_CONSISTENCY || why == EVX_E_LOG_BEHIND) {
        n->retired = true;
        sim_node_stop(n);
        return;
    }
    bool other_key = why == EVX_E_REVOKED || why == EVX_E_EXPIRED_KEY || why == EVX_E_UNKNOWN_KEY;
    if (other_key) n->epoch = 1;
    if (other_key || why == EVX_E_FROZEN || why == EVX_E_EQUIVOCATION) {
        n->sim->running = n;
        EVX_IGNORE(evx_agent_stream_reset(n->agent, &given_up), "it is tried again");
        n->sim->running = NULL;
    }
    sim_node_crash(n, OPERATOR_MS);
}

// The programs end at such an error, and are started again.
static void ends(struct sim_node *n, enum evx_status why)
{
    if (n->dying) {
        sim_node_crash(n, sim_between(&n->sim->dice, 200, 5000));
        return;
    }
    sim_alarmed(n, SIM_ALARM_STOPPED, why);
    if (n->fork[0].n)
        person_looks(n, EVX_E_CONSISTENCY);
    else
        sim_node_crash(n, sim_between(&n->sim->dice, 1000, 5000));
}

static void wake_again(struct sim_node *n)
{
    uint64_t wall = sim_clock(n->sim, n);
    uint64_t at = evx_courier_deadline(n->agent->courier, wall);
    sim_wake(n, at > wall ? at - wall : 1);
}

static void turn(struct sim *s, struct sim_event *e)
{
    struct sim_node *n = e->subject;
    if (!n->agent || n->life != e->number || n->run_at != s->now_ms) return;
    n->run_at = 0;
    s->running = n;
    enum evx_status status = evx_agent_run(n->agent, NULL, NULL, 0);
    bool undone = !n->agent->link;
    enum evx_status fault = evx_courier_fault(n->agent->courier);
    enum evx_status halted = evx_courier_halted(n->agent->courier);
    if (!undone && !n->dying && !halted && n->collects) {
        status = sim_collector_round(n);
        undone = status != EVX_OK;
    }
    s->running = NULL;
    if (fault && !n->dying) sim_alarmed(n, SIM_ALARM_DISBELIEVED, fault);
    if (halted && !n->dying) sim_alarmed(n, SIM_ALARM_HALTED, halted);
    if (undone || n->dying) {
        ends(n, status);
        return;
    }
    sim_check_round(n);
    if (halted)
        person_looks(n, halted);
    else
        wake_again(n);
}

void sim_wake(struct sim_node *n, uint64_t in_ms)
{
    uint64_t at = n->sim->now_ms + in_ms;
    if (!n->agent || (n->run_at && n->run_at <= at)) return;
    n->run_at = at;
    sim_plan(n->sim, in_ms, turn, n, n->life);
}

// --- sealing ---

enum evx_status sim_queue_items(struct sim_node *n, const struct evx_plain_item *item, size_t items,
                                const char *to, size_t batch)
{
    const char *const list[] = {to, NULL};
    struct evx_queued queued = {0};
    const struct sim_node *before = n->sim->running;
    n->sim->running = n;
    enum evx_status s = evx_agent_queue(n->agent, item, items, to ? list : NULL, batch, 0, &queued);
    n->sim->running = before;
    evx_queued_free(&queued);
    if (!s) sim_wake(n, 1);
    return s;
}
