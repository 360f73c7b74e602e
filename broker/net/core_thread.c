// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "broker/directories.h"
#include "broker/engine/journal_sqlite.h"
#include "broker/metrics.h"
#include "broker/net/threads.h"
#include "broker/places.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"

#define MESSAGES_A_ROUND 512 // then the disk is served
#define TICK_MS          250
#define FREE_SPACE_MS    100

struct running {
    struct evx_core_thread t;
    struct evx_core *core;
    struct evx_directory *directory;
    void *loop, *verify, *signer;
    uint64_t released;
    uint64_t free_bytes, free_read_ms, reported_ms;
    bool said_ready, stopping, over;
};

static void put_amount(void *pipe, enum evx_message_kind kind, uint32_t session, uint64_t amount)
{
    struct evx_message *m = evx_message_new(kind);
    if (!m) return;
    m->session = session;
    m->amount = amount;
    evx_pipe_put(pipe, m);
}

static void port_send(void *user, uint32_t session, struct evx_buf *frame, struct evx_buf *body)
{
    struct running *r = user;
    struct evx_message *m = evx_message_new(EVX_MESSAGE_SEND);
    struct evx_buf none = {0};
    if (m) {
        m->session = session;
        m->frame = *frame;
        m->body = body ? *body : none;
        evx_pipe_put(r->loop, m);
    } else {
        evx_buf_free(frame);
        evx_buf_free(body);
    }
    *frame = none;
    if (body) *body = none;
}

static void port_drop(void *user, uint32_t session)
{
    put_amount(((struct running *)user)->loop, EVX_MESSAGE_DROP, session, 0);
}

static void port_release(void *user, uint64_t bytes) { ((struct running *)user)->released += bytes; }

static void port_verify(void *user, struct evx_verify_job *job)
{
    struct evx_message *m = evx_message_new(EVX_MESSAGE_VERIFY);
    if (m)
        m->job = job;
    else
        evx_verify_job_destroy(&job);
    evx_pipe_put(((struct running *)user)->verify, m);
}

static void port_sign(void *user, const struct evx_inspection_id *log, uint64_t size,
                      const struct evx_digest *root)
{
    struct evx_message *m = evx_message_new(EVX_MESSAGE_SIGN);
    if (!m) return;
    m->log = *log;
    m->amount = size;
    m->root = *root;
    evx_pipe_put(((struct running *)user)->signer, m);
}

static void port_log(void *user, enum evx_log_level level, const char *id, const char *text)
{
    (void)user;
    evx_log(level, id, "%s", text);
}

// The folder's own entry must be durable before the first receipt is.
static enum evx_status make_journal(struct evx_journal **out, const char *state,
                                    const struct evx_inspection_id *id, uint64_t fold_bytes)
{
    char name[33];
    evx_hex(name, id->b, sizeof id->b);
    struct evx_journal_sqlite_options options = {.fold_bytes = fold_bytes};
    char *folder = evx_path_join(state, name);
    char *path = evx_journal_path(state, id);
    enum evx_status s = folder && path ? evx_dir_make(folder) : EVX_E_MEMORY;
    if (!s) s = evx_journal_sqlite_open(out, path, &options);
    if (!s) s = evx_dir_sync(folder);
    if (!s) s = evx_dir_sync(state);
    free(folder);
    free(path);
    return s;
}

static enum evx_status port_open_journal(void *user, const struct evx_dir_inspection *i,
                                         struct evx_journal **out)
{
    struct running *r = user;
    enum evx_status s = make_journal(out, r->t.state, &i->id, r->t.fold_bytes);
    struct evx_message *m = s ? NULL : evx_message_new(EVX_MESSAGE_LOG);
    if (!m) return s ? s : EVX_E_MEMORY;
    m->log = i->id;
    m->text = strdup(i->origin);
    s = m->text ? EVX_OK : EVX_E_MEMORY;
    if (s)
        evx_message_destroy(&m);
    else
        evx_pipe_put(r->signer, m);
    return s;
}

static enum evx_status port_directory_note(void *user, uint64_t version, struct evx_buf *out)
{
    return evx_directories_note(out, ((struct running *)user)->t.state, version);
}

static void say_stopped(struct running *r, enum evx_status status)
{
    struct evx_message *m = evx_message_new(EVX_MESSAGE_STOPPED);
    if (m) m->fault = status;
    evx_pipe_put(r->loop, m);
    r->over = true;
}

static void take_directory(struct running *r, const struct evx_message *m)
{
    enum evx_status s = evx_core_set_directory(r->core, m->newest, m->older, evx_clock_wall_ms());
    if (s) {
        say_stopped(r, s);
        return;
    }
    evx_directory_destroy(&r->directory);
    r->directory = evx_directory_ref(m->newest);
}

static void take_from_loop(struct running *r, struct evx_message *m)
{
    switch (m->kind) {
    case EVX_MESSAGE_FRAME:
        evx_core_message(r->core, &(struct evx_core_input){.session = m->session,
                                                           .identity = m->identity,
                                                           .frame = evx_buf_bytes(&m->frame),
                                                           .body = &m->body,
                                                           .fault = m->fault,
                                                           .now_ms = evx_clock_wall_ms()});
        break;
    case EVX_MESSAGE_CLOSED: evx_core_closed(r->core, m->session); break;
    case EVX_MESSAGE_DRAINED: evx_core_drained(r->core, m->session, m->amount); break;
    case EVX_MESSAGE_DIRECTORY: take_directory(r, m); break;
    case EVX_MESSAGE_STOP: r->stopping = true; break;
    default: break;
    }
    evx_message_destroy(&m);
}

static bool take_all(struct running *r)
{
    bool any = false;
    struct evx_message *m;
    for (int i = 0; i < MESSAGES_A_ROUND && (m = evx_pipe_take(r->loop, false)); i++, any = true)
        take_from_loop(r, m);
    for (int i = 0; i < MESSAGES_A_ROUND && (m = evx_pipe_take(r->verify, false)); i++, any = true) {
        struct evx_verify_job *job = m->job;
        m->job = NULL;
        evx_message_destroy(&m);
        evx_core_verified(r->core, job, evx_clock_wall_ms());
    }
    for (int i = 0; i < MESSAGES_A_ROUND && (m = evx_pipe_take(r->signer, false)); i++, any = true) {
        evx_core_signed(r->core, &m->log, m->amount, m->fault, evx_buf_bytes(&m->frame), evx_clock_wall_ms());
        evx_message_destroy(&m);
    }
    return any;
}

static void read_free_space(struct running *r)
{
    uint64_t now = evx_clock_monotonic_ms();
    if (r->free_read_ms && now - r->free_read_ms < FREE_SPACE_MS) return;
    r->free_read_ms = now;
    if (evx_dir_free_bytes(&r->free_bytes, r->t.state)) r->free_bytes = 0;
    evx_core_set_free(r->core, r->free_bytes);
}

static void report(struct running *r)
{
    uint64_t now = evx_clock_monotonic_ms();
    if (now - r->reported_ms < 1000) return;
    r->reported_ms = now;
    struct evx_message *m = evx_message_new(EVX_MESSAGE_REPORT);
    if (m) m->report = evx_report_of(r->core, r->directory, r->free_bytes);
    evx_pipe_put(r->loop, m);
}

static void tell_loop(struct running *r)
{
    if (r->released) put_amount(r->loop, EVX_MESSAGE_RELEASE, 0, r->released);
    r->released = 0;
    if (!r->said_ready && evx_core_ready(r->core)) {
        r->said_ready = true;
        put_amount(r->loop, EVX_MESSAGE_READY, 0, 0);
    }
    report(r);
}

static void round_of_work(struct running *r, bool *more)
{
    zmq_pollitem_t items[] = {
        {r->loop, 0, ZMQ_POLLIN, 0}, {r->verify, 0, ZMQ_POLLIN, 0}, {r->signer, 0, ZMQ_POLLIN, 0}};
    int ready = zmq_poll(items, 3, *more ? 0 : TICK_MS);
    if (ready < 0 && zmq_errno() == ETERM) {
        r->over = true;
        return;
    }
    bool any = take_all(r);
    read_free_space(r);
    *more = evx_core_step(r->core, evx_clock_wall_ms());
    evx_core_tick(r->core, evx_clock_wall_ms(), !any && !*more);
    tell_loop(r);
    if (r->over) return;
    if (evx_core_fault(r->core)) say_stopped(r, evx_core_fault(r->core));
    if (r->stopping && !any && !*more && evx_core_quiet(r->core)) {
        evx_core_finish(r->core);
        say_stopped(r, evx_core_fault(r->core));
    }
}

static void end_helper(void *pipe) { evx_pipe_put(pipe, evx_message_new(EVX_MESSAGE_QUIT)); }

static void *run(void *user)
{
    struct running *r = user;
    enum evx_status s = r->loop && r->verify && r->signer ? EVX_OK : EVX_E_MEMORY;
    const struct evx_core_ports ports = {.user = r,
                                         .send = port_send,
                                         .drop = port_drop,
                                         .release = port_release,
                                         .verify = port_verify,
                                         .sign = port_sign,
                                         .log = port_log,
                                         .open_journal = port_open_journal,
                                         .directory_note = port_directory_note};
    if (!s) s = evx_core_new(&r->core, &r->t.config, &ports);
    if (!s) s = evx_core_set_directory(r->core, r->t.newest, r->t.older, evx_clock_wall_ms());
    if (!s) r->directory = evx_directory_ref(r->t.newest);
    bool more = false;
    if (s) say_stopped(r, s);
    while (!r->over)
        round_of_work(r, &more);
    end_helper(r->verify);
    end_helper(r->signer);
    evx_core_destroy(&r->core);
    evx_directory_destroy(&r->directory);
    evx_directory_destroy(&r->t.newest);
    evx_directory_destroy(&r->t.older);
    // The helpers take their last message from these sockets first; the context's end waits for it.
    evx_pipe_close(r->loop);
    evx_pipe_close(r->verify);
    evx_pipe_close(r->signer);
    free(r);
    return NULL;
}

enum evx_status evx_core_thread_start(pthread_t *out, const struct evx_core_thread *t)
{
    struct running *r = calloc(1, sizeof *r);
    if (!r) return EVX_E_MEMORY;
    r->t = *t;
    r->t.newest = evx_directory_ref(t->newest);
    r->t.older = t->older ? evx_directory_ref(t->older) : NULL;
    r->loop = evx_pipe_bind(t->context, EVX_PIPE_CORE);
    r->verify = evx_pipe_bind(t->context, EVX_PIPE_VERIFY);
    r->signer = evx_pipe_bind(t->context, EVX_PIPE_SIGNER);
    if (!pthread_create(out, NULL, run, r)) return EVX_OK;
    free(r);
    return EVX_E_MEMORY;
}
