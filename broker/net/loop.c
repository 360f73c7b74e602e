// SPDX-License-Identifier: Apache-2.0
#include "broker/net/loop.h"

#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <zmq.h>

#include "broker/metrics.h"
#include "broker/net/gauge.h"
#include "broker/net/peers.h"
#include "broker/net/router.h"
#include "broker/net/threads.h"
#include "broker/net/zap.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"

#define MONITOR_ADDRESS   "inproc://evx-monitor"
#define MESSAGES_A_ROUND  256
#define GAUGE_MS          50
#define METRICS_MS        3000
#define PING_MS           1000
#define ADMISSION_DEAD_MS 4000
#define FAREWELL_MS       2000 // for answers that are still on their way when stopping

struct loop {
    struct evx_loop_options *o;
    void *router, *monitor, *core, *admission;
    struct evx_gauge *gauge;
    struct evx_peers *peers;
    struct evx_report_net net;
    struct evx_report *report;
    uint64_t gauge_ms, metrics_ms, ping_ms, pong_ms, stop_ms;
    bool bound, stopping, stopped, busy, over;
    enum evx_status result;
};

static void tell_core(struct loop *l, enum evx_message_kind kind, uint32_t session, uint64_t amount)
{
    struct evx_message *m = evx_message_new(kind);
    if (!m) return;
    m->session = session;
    m->amount = amount;
    evx_pipe_put(l->core, m);
}

static void on_drained(void *user, uint32_t session, uint64_t bytes)
{
    tell_core(user, EVX_MESSAGE_DRAINED, session, bytes);
}

static void on_gone(void *user, uint32_t session) { tell_core(user, EVX_MESSAGE_CLOSED, session, 0); }

// Consignments are counted while the broker holds them, so that many peers
// together cannot fill its memory.
static void hold(struct loop *l, struct evx_message *m)
{
    if (l->net.inflight_bytes + m->body.n > EVX_LIMIT_INFLIGHT_BYTES + EVX_LIMIT_CONSIGNMENT_BYTES) {
        evx_buf_free(&m->body);
        if (!m->fault) m->fault = EVX_E_BUSY;
    }
    l->net.inflight_bytes += m->body.n;
}

static void read_router(struct loop *l)
{
    struct evx_received in;
    for (int i = 0; i < MESSAGES_A_ROUND && evx_router_receive(&in, l->router); i++) {
        if (!in.message) {
            evx_log(EVX_LOG_WARN, "CONN-NAMELESS",
                    "connection=%d a message came without an admitted identity", in.fd);
            evx_gauge_cut(l->gauge, in.fd);
            continue;
        }
        evx_gauge_delivered(l->gauge, in.fd, in.message->session, in.wire_bytes);
        evx_peers_seen(l->peers, in.message->session, in.fd);
        hold(l, in.message);
        evx_pipe_put(l->core, in.message);
    }
}

static void end_connection(struct loop *l, int fd)
{
    uint32_t session;
    if (!evx_gauge_ended(l->gauge, fd, &session)) return;
    evx_peers_remove(l->peers, session);
    tell_core(l, EVX_MESSAGE_CLOSED, session, 0);
}

// An event is two parts: number and value, then the endpoint.
static bool read_event(struct loop *l)
{
    uint8_t event[6];
    char endpoint[256];
    if (zmq_recv(l->monitor, event, sizeof event, ZMQ_DONTWAIT) != (int)sizeof event) return false;
    zmq_recv(l->monitor, endpoint, sizeof endpoint, 0);
    uint16_t number;
    int32_t value;
    memcpy(&number, event, sizeof number);
    memcpy(&value, event + 2, sizeof value);
    if (number == ZMQ_EVENT_ACCEPTED)
        evx_gauge_accepted(l->gauge, value, evx_clock_monotonic_ms());
    else if (number == ZMQ_EVENT_DISCONNECTED || number == ZMQ_EVENT_CLOSED)
        end_connection(l, value);
    else if (number == ZMQ_EVENT_ACCEPT_FAILED)
        evx_log(EVX_LOG_ERROR, "CONN-ACCEPT", "accept failed, errno=%d: raise LimitNOFILE", value);
    return true;
}

static enum evx_status bind_router(struct loop *l)
{
    enum evx_status s = evx_router_bind(l->router, l->o->listen);
    if (s) {
        evx_log(EVX_LOG_ERROR, "LOOP-BIND", "address=%s code=%s remedy=\"%s\"", l->o->listen,
                evx_error_info(s)->code, evx_error_info(s)->remedy);
        return s;
    }
    char address[256] = "";
    EVX_IGNORE(evx_router_address(l->router, address, sizeof address), "for the log only");
    evx_log(EVX_LOG_INFO, "LOOP-LISTENING", "address=%s directory=%llu", address,
            (unsigned long long)evx_directory_version(l->o->directories->newest));
    l->bound = true;
    if (l->o->listening) l->o->listening(l->o->user, address);
    return EVX_OK;
}

static void end_with(struct loop *l, enum evx_status result)
{
    l->result = result;
    l->over = true;
}

static void on_stopped(struct loop *l, enum evx_status fault)
{
    l->stopped = true;
    if (fault) end_with(l, fault);
}

static void take_report(struct loop *l, struct evx_message *m)
{
    evx_report_destroy(&l->report);
    l->report = m->report;
    m->report = NULL;
}

static void take_from_core(struct loop *l, struct evx_message *m)
{
    switch (m->kind) {
    case EVX_MESSAGE_SEND: evx_peers_send(l->peers, m); return;
    case EVX_MESSAGE_DROP: evx_peers_cut(l->peers, m->session); break;
    case EVX_MESSAGE_RELEASE: l->net.inflight_bytes -= m->amount; break;
    case EVX_MESSAGE_REPORT: take_report(l, m); break;
    case EVX_MESSAGE_STOPPED: on_stopped(l, m->fault); break;
    case EVX_MESSAGE_READY: {
        enum evx_status s = l->stopping ? EVX_OK : bind_router(l);
        if (s) end_with(l, s);
        break;
    }
    default: break;
    }
    evx_message_destroy(&m);
}

static void give_directory(struct loop *l, void *pipe)
{
    struct evx_message *m = evx_message_new(EVX_MESSAGE_DIRECTORY);
    if (!m) return;
    m->newest = evx_directory_ref(l->o->directories->newest);
    m->older = l->o->directories->older ? evx_directory_ref(l->o->directories->older) : NULL;
    evx_pipe_put(pipe, m);
}

static void reload_directory(struct loop *l)
{
    bool changed = false;
    unsigned line = 0;
    enum evx_status s =
        evx_directories_reload(l->o->directories, l->o->directory_file, l->o->state, &changed, &line);
    unsigned long long version = (unsigned long long)evx_directory_version(l->o->directories->newest);
    if (s) {
        const struct evx_error_info *e = evx_error_info(s);
        evx_log(EVX_LOG_ERROR, "DIR-REFUSED", "in-force=%llu code=%s line=%u what=\"%s\" remedy=\"%s\"",
                version, e->code, line, e->what, e->remedy);
        return;
    }
    evx_log(EVX_LOG_INFO, changed ? "DIR-CHANGED" : "DIR-SAME", "version=%llu", version);
    if (!changed) return;
    give_directory(l, l->admission);
    give_directory(l, l->core);
}

static void begin_stop(struct loop *l)
{
    if (l->stopping) return;
    l->stopping = true;
    l->stop_ms = evx_clock_monotonic_ms();
    evx_log(EVX_LOG_INFO, "LOOP-STOPPING", "finishing what was taken");
    tell_core(l, EVX_MESSAGE_STOP, 0, 0);
}

static void read_signal(struct loop *l)
{
    struct signalfd_siginfo info;
    if (read(l->o->signals, &info, sizeof info) != (ssize_t)sizeof info) return;
    if (info.ssi_signo == SIGHUP)
        reload_directory(l);
    else
        begin_stop(l);
}

static void read_admission(struct loop *l)
{
    struct evx_message *m;
    while ((m = evx_pipe_take(l->admission, false))) {
        l->pong_ms = evx_clock_monotonic_ms();
        l->net.admitted = m->amount;
        l->net.denied = m->session;
        evx_message_destroy(&m);
    }
}

static void watch_admission(struct loop *l, uint64_t now)
{
    if (now - l->ping_ms >= PING_MS) {
        l->ping_ms = now;
        evx_pipe_put(l->admission, evx_message_new(EVX_MESSAGE_PING));
    }
    bool alive = now - l->pong_ms < ADMISSION_DEAD_MS;
    if (l->net.admission_alive && !alive) {
        const struct evx_error_info *e = evx_error_info(EVX_E_ZAP_DEAD);
        evx_log(EVX_LOG_ERROR, "ADMIT-DEAD", "code=%s what=\"%s\" remedy=\"%s\"", e->code, e->what,
                e->remedy);
    }
    l->net.admission_alive = alive;
}

static void write_metrics(struct loop *l, uint64_t now)
{
    if (!l->report || (l->metrics_ms && now - l->metrics_ms < METRICS_MS)) return;
    l->metrics_ms = now;
    l->net.now_ms = evx_clock_wall_ms();
    l->net.connections = evx_gauge_connections(l->gauge);
    l->net.connections_cut = evx_gauge_cuts(l->gauge);
    l->net.unsent_bytes = evx_peers_outstanding(l->peers);
    struct evx_buf text = {0};
    enum evx_status s = evx_report_text(&text, l->report, &l->net);
    if (!s) s = evx_metrics_write(l->o->metrics, evx_buf_bytes(&text));
    if (s) evx_log(EVX_LOG_WARN, "METRICS", "not written, code=%s", evx_error_info(s)->code);
    evx_buf_free(&text);
}

static void run_timers(struct loop *l)
{
    uint64_t now = evx_clock_monotonic_ms();
    if (now - l->gauge_ms >= GAUGE_MS) {
        l->gauge_ms = now;
        evx_gauge_check(l->gauge, now);
    }
    watch_admission(l, now);
    write_metrics(l, now);
    l->busy = evx_peers_turn(l->peers);
    if (l->stopped && (!l->busy || now - l->stop_ms > FAREWELL_MS)) l->over = true;
}

static long timeout_of(const struct loop *l)
{
    if (l->busy) return 5;
    return l->stopping ? 20 : GAUGE_MS;
}

static void round_of_work(struct loop *l)
{
    zmq_pollitem_t items[] = {{NULL, l->o->signals, ZMQ_POLLIN, 0},
                              {l->core, 0, ZMQ_POLLIN, 0},
                              {l->monitor, 0, ZMQ_POLLIN, 0},
                              {l->admission, 0, ZMQ_POLLIN, 0},
                              {l->router, 0, ZMQ_POLLIN, 0}};
    if (zmq_poll(items, l->stopping ? 4 : 5, timeout_of(l)) < 0 && zmq_errno() == ETERM) {
        end_with(l, EVX_E_BUG);
        return;
    }
    if (items[0].revents) read_signal(l);
    while (read_event(l))
        continue;
    if (!l->stopping) read_router(l);
    struct evx_message *m;
    for (int i = 0; i < 4 * MESSAGES_A_ROUND && !l->over && (m = evx_pipe_take(l->core, false)); i++)
        take_from_core(l, m);
    read_admission(l);
    run_timers(l);
}

static enum evx_status set_up(struct loop *l)
{
    struct evx_router_options r = {.listen = l->o->listen, .monitor = MONITOR_ADDRESS};
    memcpy(r.curve_secret, l->o->curve_secret, sizeof r.curve_secret);
    enum evx_status s = evx_router_new(&l->router, l->o->context, &r);
    evx_wipe(r.curve_secret, sizeof r.curve_secret);
    evx_wipe(l->o->curve_secret, sizeof l->o->curve_secret);
    if (s) return s;
    const struct evx_peers_ports ports = {.user = l, .drained = on_drained, .gone = on_gone};
    l->admission = evx_pipe_bind(l->o->context, EVX_PIPE_ADMISSION);
    l->monitor = evx_pipe_connect(l->o->context, MONITOR_ADDRESS);
    s = evx_gauge_new(&l->gauge, l->o->max_connections);
    if (!s) s = evx_peers_new(&l->peers, l->router, l->gauge, &ports);
    return !s && !(l->core && l->admission && l->monitor) ? EVX_E_MEMORY : s;
}

static void tear_down(struct loop *l)
{
    evx_peers_destroy(&l->peers);
    evx_gauge_destroy(&l->gauge);
    evx_report_destroy(&l->report);
    if (l->router) zmq_close(l->router);
    if (l->monitor) zmq_close(l->monitor);
    evx_pipe_close(l->core);
    evx_pipe_close(l->admission);
}

enum evx_status evx_loop_run(struct evx_loop_options *o)
{
    struct loop l = {
        .o = o, .core = o->core, .net = {.started_ms = evx_clock_wall_ms(), .admission_alive = true}};
    pthread_t admission;
    bool admitting = false;
    l.pong_ms = evx_clock_monotonic_ms();
    enum evx_status s = set_up(&l);
    if (!s) s = evx_zap_start(&admission, o->context, o->directories->newest);
    admitting = !s;
    if (s) end_with(&l, s);
    while (!l.over)
        round_of_work(&l);
    if (admitting) {
        evx_pipe_put(l.admission, evx_message_new(EVX_MESSAGE_QUIT));
        pthread_join(admission, NULL);
    }
    tear_down(&l);
    return l.result;
}
