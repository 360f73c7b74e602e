// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/broker_node.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/disks.h"
#include "tests/sim/fleet.h"
#include "tests/sim/liar.h"

#define PLENTY (1ull << 40)

enum evx_status sim_touch_broker(struct sim_broker *b)
{
    if (b->dying) return EVX_E_IO;
    if (!b->fuse || --b->fuse) return EVX_OK;
    b->dying = true;
    sim_say(b->sim, "broker", "dies inside a call");
    return EVX_E_IO;
}

// --- the core's ports ---

static void plan_step(struct sim_broker *b, uint64_t in_ms);

static void port_send(void *user, uint32_t session, struct evx_buf *frame, struct evx_buf *body)
{
    struct sim_broker *b = user;
    struct sim_session *at = sim_session(b->sim, session);
    bool lost = !at || sim_touch_broker(b) != EVX_OK;
    if (!lost && !sim_liar_passes(at, frame, body)) lost = true;
    if (!lost) sim_net_down(at, frame, body);
    evx_buf_free(frame);
    if (body) evx_buf_free(body);
}

static void cut_later(struct sim *s, struct sim_event *e)
{
    (void)s;
    sim_net_cut(e->subject, false);
}

static void port_drop(void *user, uint32_t session)
{
    struct sim_broker *b = user;
    struct sim_session *at = sim_session(b->sim, session);
    if (at) sim_plan(b->sim, 1, cut_later, at, 0);
}

static void port_release(void *user, uint64_t bytes) { (void)user, (void)bytes; }

static void port_verify(void *user, struct evx_verify_job *job)
{
    struct sim_broker *b = user;
    job->next = NULL;
    *b->jobs_end = job;
    b->jobs_end = &job->next;
    plan_step(b, sim_between(&b->sim->dice, 0, 5));
}

static void port_sign(void *user, const struct evx_inspection_id *log, uint64_t size,
                      const struct evx_digest *root)
{
    struct sim_broker *b = user;
    (void)log;
    if (b->signings == sizeof b->signing / sizeof b->signing[0]) {
        sim_broke(b->sim, "S8: more than %u signatures are waited for", b->signings);
        return;
    }
    b->signing[b->signings].size = size;
    b->signing[b->signings++].root = *root;
    plan_step(b, sim_between(&b->sim->dice, 0, 5));
}

static void port_log(void *user, enum evx_log_level level, const char *id, const char *text)
{
    struct sim_broker *b = user;
    if (level <= EVX_LOG_WARN) sim_say(b->sim, "broker", "%s %s", id, text);
}

// As the signer's thread does it.
static enum evx_status open_register(struct sim_broker *b, struct evx_register *out, const char *origin)
{
    const char *path = b->number ? "1" : "0";
    enum evx_status s = evx_register_open(out, path, origin);
    if (s != EVX_E_NOT_FOUND) return s;
    s = b->disk->entries ? EVX_E_LOG_BEHIND : evx_register_create(path, origin);
    return s ? s : evx_register_open(out, path, origin);
}

static void close_view(struct evx_journal_view *view) { (void)view; }

static enum evx_status port_open_journal(void *user, const struct evx_dir_inspection *i,
                                         struct evx_journal **out)
{
    struct sim_broker *b = user;
    struct evx_journal_view view;
    struct evx_register reg;
    enum evx_status s = sim_journal_open(out, b);
    if (s) return s;
    sim_journal_view(&view, b);
    b->opened = open_register(b, &reg, i->origin);
    if (!b->opened) b->opened = evx_signer_add(b->signer, &i->id, i->origin, &view, close_view, &reg);
    return EVX_OK; // the signer refuses when it is asked
}

static enum evx_status port_directory_note(void *user, uint64_t version, struct evx_buf *out)
{
    struct sim_broker *b = user;
    if (!version || version > b->directories) return EVX_E_NOT_FOUND;
    struct evx_bytes note = evx_directory_note(b->sim->directory[version - 1]);
    return evx_buf_append(out, note.p, note.n);
}

// --- its life ---

static struct evx_directory *held(const struct sim_broker *b, unsigned back)
{
    return b->directories > back ? b->sim->directory[b->directories - 1 - back] : NULL;
}

static enum evx_status make_core(struct sim_broker *b)
{
    const struct evx_core_ports ports = {.user = b,
                                         .send = port_send,
                                         .drop = port_drop,
                                         .release = port_release,
                                         .verify = port_verify,
                                         .sign = port_sign,
                                         .log = port_log,
                                         .open_journal = port_open_journal,
                                         .directory_note = port_directory_note};
    struct evx_sign_public sig, log;
    struct evx_core_config config = {.sign = sim_broker_key(EVX_KEY_SIG, &sig), .reserve_bytes = 1u << 20};
    evx_fingerprint_of(&config.signer, EVX_KEY_SIG, sig.b);
    const struct evx_sign_secret *key = sim_broker_key(EVX_KEY_LOG, &log);
    enum evx_status s = evx_signer_new(&b->signer, key, &log);
    if (!s) s = evx_core_new(&b->core, &config, &ports);
    if (!s) evx_core_set_free(b->core, PLENTY);
    if (!s) s = evx_core_set_directory(b->core, held(b, 0), held(b, 1), b->sim->now_ms);
    return s;
}

static void start_later(struct sim *s, struct sim_event *e)
{
    (void)s;
    struct sim_broker *b = e->subject;
    if (!b->up && b->life == e->number) sim_broker_start(b);
}

static void tick(struct sim *s, struct sim_event *e);

void sim_broker_start(struct sim_broker *b)
{
    struct sim *s = b->sim;
    b->life++;
    b->up = true;
    b->dying = false;
    b->jobs = NULL;
    b->jobs_end = &b->jobs;
    b->signings = 0;
    b->step_at = 0;
    b->opened = EVX_OK;
    enum evx_status status = make_core(b);
    sim_say(s, "broker", "view %u starts with %llu entries: %s", b->number,
            (unsigned long long)b->disk->entries, evx_error_info(status)->code);
    if (status) {
        sim_broker_refused(b, status);
        return;
    }
    plan_step(b, 1);
    sim_plan(s, 1000, tick, b, b->life);
}

void sim_broker_stop(struct sim_broker *b)
{
    if (!b->up) return;
    b->up = false;
    while (b->jobs) {
        struct evx_verify_job *job = b->jobs;
        b->jobs = job->next;
        evx_verify_job_destroy(&job);
    }
    evx_signer_destroy(&b->signer);
    evx_core_destroy(&b->core);
    sim_net_cut_broker(b);
    b->fuse = 0;
    b->dying = false;
}

void sim_broker_crash(struct sim_broker *b, uint64_t for_ms)
{
    if (!b->up) return;
    sim_say(b->sim, "broker", "view %u is down for %llu ms", b->number, (unsigned long long)for_ms);
    sim_broker_stop(b);
    sim_plan(b->sim, for_ms, start_later, b, b->life);
}

// A fault of the core ends the process; so does a fuse that burnt down.
static bool survives(struct sim_broker *b)
{
    enum evx_status fault = evx_core_fault(b->core);
    if (!fault && !b->dying) return true;
    if (fault && !b->dying) {
        sim_say(b->sim, "broker", "stops by itself: %s", evx_error_info(fault)->code);
        sim_broker_refused(b, fault);
        return false;
    }
    sim_broker_crash(b, sim_between(&b->sim->dice, 200, 3000));
    return false;
}

void sim_broker_directory(struct sim_broker *b)
{
    if (!b->up) {
        b->directories = b->sim->directories;
        return;
    }
    b->directories = b->sim->directories;
    enum evx_status s = evx_core_set_directory(b->core, held(b, 0), held(b, 1), b->sim->now_ms);
    sim_say(b->sim, "broker", "takes directory %u: %s", b->directories, evx_error_info(s)->code);
    if (survives(b)) plan_step(b, 1);
}

// --- work ---

void sim_broker_take(struct sim_session *at, struct sim_message *m)
{
    struct sim_broker *b = at->broker;
    struct evx_core_input in = {.session = at->number,
                                .identity = at->node->person->transport,
                                .frame = evx_buf_bytes(&m->frame),
                                .body = &m->body,
                                .now_ms = b->sim->now_ms};
    if (sim_liar_takes(at, m)) return;
    evx_core_message(b->core, &in);
    if (survives(b)) plan_step(b, sim_between(&b->sim->dice, 0, 3));
}

void sim_broker_closed(struct sim_session *at) { evx_core_closed(at->broker->core, at->number); }

void sim_broker_drained(struct sim_session *at, uint64_t bytes)
{
    if (!at || at->closed || !at->broker->up || at->broker->life != at->broker_life) return;
    evx_core_drained(at->broker->core, at->number, bytes);
    plan_step(at->broker, 1);
}

static void sign_one(struct sim_broker *b)
{
    struct sim_signing job = b->signing[0];
    memmove(b->signing, b->signing + 1, --b->signings * sizeof b->signing[0]);
    struct evx_buf note = {0};
    const struct evx_inspection_id *id = &sim_inspection()->id;
    enum evx_status s = b->opened ? b->opened : evx_signer_sign(b->signer, &note, id, job.size, &job.root);
    evx_core_signed(b->core, id, job.size, s, evx_buf_bytes(&note), b->sim->now_ms);
    evx_buf_free(&note);
}

static void verify_some(struct sim_broker *b)
{
    for (uint64_t n = sim_between(&b->sim->dice, 1, 4); n && b->jobs; n--) {
        struct evx_verify_job *job = b->jobs;
        b->jobs = job->next;
        if (!b->jobs) b->jobs_end = &b->jobs;
        job->next = NULL;
        if (!job->consignment.header) evx_verify_run(job);
        evx_core_verified(b->core, job, b->sim->now_ms);
    }
}

void sim_broker_smuggle(struct sim_broker *b, struct evx_verify_job *job) { port_verify(b, job); }

static void step(struct sim *s, struct sim_event *e)
{
    struct sim_broker *b = e->subject;
    if (!b->up || b->life != e->number || b->step_at != s->now_ms) return;
    b->step_at = 0;
    verify_some(b);
    bool more = evx_core_step(b->core, s->now_ms);
    if (b->signings && sim_chance(&s->dice, 70)) sign_one(b);
    if (!survives(b)) return;
    if (more || b->jobs || b->signings) plan_step(b, sim_between(&s->dice, 1, 3));
}

static void plan_step(struct sim_broker *b, uint64_t in_ms)
{
    uint64_t at = b->sim->now_ms + in_ms;
    if (b->step_at && b->step_at <= at) return;
    b->step_at = at;
    sim_plan(b->sim, in_ms, step, b, b->life);
}

static void tick(struct sim *s, struct sim_event *e)
{
    struct sim_broker *b = e->subject;
    if (!b->up || b->life != e->number) return;
    evx_core_tick(b->core, s->now_ms, sim_chance(&s->dice, 50));
    struct evx_core_counters c;
    evx_core_count(b->core, &c);
    if (c.inflight_bytes > EVX_LIMIT_INFLIGHT_BYTES)
        sim_broke(s, "S8: the broker holds %llu bytes of consignments", (unsigned long long)c.inflight_bytes);
    if (survives(b)) sim_plan(s, 1000, tick, b, b->life);
}

bool sim_broker_quiet(const struct sim_broker *b)
{
    return b->up && !b->jobs && !b->signings && evx_core_quiet(b->core);
}
