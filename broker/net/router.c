// SPDX-License-Identifier: Apache-2.0
#include "broker/net/router.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "broker/net/zap.h"

#define ZAP_ENFORCE_DOMAIN 93 // ZMQ_ZAP_ENFORCE_DOMAIN: in the library, missing from its release header
#define ROUTING_ID_BYTES   5  // 0 and a number that libzmq chose

struct int_option {
    int option, value;
};
static const struct int_option int_options[] = {
    {ZMQ_CURVE_SERVER, 1},
    {ZAP_ENFORCE_DOMAIN, 1},
    {ZMQ_ROUTER_MANDATORY, 1},
    {ZMQ_ROUTER_HANDOVER, 0},
    {ZMQ_SNDHWM, EVX_LIMIT_SOCKET_HWM},
    {ZMQ_RCVHWM, EVX_LIMIT_SOCKET_HWM},
    {ZMQ_HANDSHAKE_IVL, 2000},
    {ZMQ_HEARTBEAT_IVL, 5000},
    {ZMQ_HEARTBEAT_TIMEOUT, 15000},
    {ZMQ_HEARTBEAT_TTL, 20000},
    {ZMQ_BACKLOG, 4096},
    {ZMQ_LINGER, 0},
    {ZMQ_TCP_KEEPALIVE, 1},
    {ZMQ_TCP_MAXRT, 30000},
};

static enum evx_status set_options(void *s, const struct evx_router_options *o)
{
    int64_t largest = EVX_LIMIT_ZMQ_MAXMSGSIZE;
    int ipv6 = strchr(o->listen, '[') != NULL; // "tcp://[::]:5570"
    int failed = zmq_setsockopt(s, ZMQ_IPV6, &ipv6, sizeof ipv6);
    for (size_t i = 0; i < sizeof int_options / sizeof int_options[0]; i++)
        failed |=
            zmq_setsockopt(s, int_options[i].option, &int_options[i].value, sizeof int_options[i].value);
    failed |= zmq_setsockopt(s, ZMQ_MAXMSGSIZE, &largest, sizeof largest);
    failed |= zmq_setsockopt(s, ZMQ_ZAP_DOMAIN, EVX_ZAP_DOMAIN, strlen(EVX_ZAP_DOMAIN));
    failed |= zmq_setsockopt(s, ZMQ_CURVE_SECRETKEY, o->curve_secret, sizeof o->curve_secret);
    int events = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED | ZMQ_EVENT_ACCEPT_FAILED |
                 ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                 ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
    failed |= zmq_socket_monitor(s, o->monitor, events);
    return failed ? EVX_E_BIND : EVX_OK;
}

enum evx_status evx_router_new(void **out, void *context, const struct evx_router_options *o)
{
    *out = zmq_socket(context, ZMQ_ROUTER);
    if (!*out) return EVX_E_MEMORY;
    enum evx_status s = set_options(*out, o);
    if (!s) return EVX_OK;
    zmq_close(*out);
    *out = NULL;
    return s;
}

enum evx_status evx_router_bind(void *router, const char *listen)
{
    return zmq_bind(router, listen) ? EVX_E_BIND : EVX_OK;
}

enum evx_status evx_router_address(void *router, char *out, size_t cap)
{
    return zmq_getsockopt(router, ZMQ_LAST_ENDPOINT, out, &cap) ? EVX_E_BIND : EVX_OK;
}

// The parts of one message while it is read.
struct parts {
    zmq_msg_t part[EVX_LIMIT_MESSAGE_PARTS + 1]; // routing id, control frame, consignment
    size_t n;
    size_t dropped;
    uint64_t bytes; // of all, dropped ones too
};

// CURVE adds 33 bytes; ZMTP a header of 2, or of 9 when more than 255 follow.
static uint64_t part_wire_bytes(uint64_t n) { return n + 33 + (n + 33 > 255 ? 9 : 2); }

static bool read_part(struct parts *p, void *router, int flags, bool *more)
{
    zmq_msg_t extra;
    bool keep = p->n < sizeof p->part / sizeof p->part[0];
    zmq_msg_t *m = keep ? &p->part[p->n] : &extra;
    zmq_msg_init(m);
    if (zmq_msg_recv(m, router, flags) < 0) {
        zmq_msg_close(m);
        return false;
    }
    p->bytes += part_wire_bytes(zmq_msg_size(m));
    *more = zmq_msg_more(m);
    p->n += keep;
    p->dropped += !keep;
    if (!keep) zmq_msg_close(m);
    return true;
}

static bool read_parts(struct parts *p, void *router)
{
    bool more = false;
    if (!read_part(p, router, ZMQ_DONTWAIT, &more)) return false;
    while (more && read_part(p, router, 0, &more))
        continue;
    return true;
}

static void close_parts(struct parts *p)
{
    for (size_t i = 0; i < p->n; i++)
        zmq_msg_close(&p->part[i]);
}

static size_t body_bytes(const struct parts *p)
{
    size_t n = 0;
    for (size_t i = 2; i < p->n; i++)
        n += zmq_msg_size(&p->part[i]);
    return n;
}

// Joins the consignment's parts in one buffer, the only copy on the way in.
static enum evx_status join(struct evx_buf *body, struct parts *p)
{
    size_t n = body_bytes(p);
    if (p->dropped || n > EVX_LIMIT_CONSIGNMENT_BYTES) return EVX_E_TOO_LARGE;
    if (!n) return EVX_OK;
    if (evx_buf_reserve(body, n)) return EVX_E_BUSY;
    for (size_t i = 2; i < p->n; i++) {
        memcpy(body->p + body->n, zmq_msg_data(&p->part[i]), zmq_msg_size(&p->part[i]));
        body->n += zmq_msg_size(&p->part[i]);
    }
    return EVX_OK;
}

static bool take_identity(struct evx_message *m, struct parts *p)
{
    const uint8_t *id = zmq_msg_data(&p->part[0]);
    if (zmq_msg_size(&p->part[0]) != ROUTING_ID_BYTES || id[0] != 0) return false;
    m->session = evx_get_be32(id + 1);
    const char *user = zmq_msg_gets(&p->part[1], "User-Id");
    return user && evx_unhex(m->identity.b, sizeof m->identity.b, user);
}

static struct evx_message *make_message(struct parts *p)
{
    struct evx_message *m = p->n >= 2 ? evx_message_new(EVX_MESSAGE_FRAME) : NULL;
    if (!m) return NULL;
    if (!take_identity(m, p) ||
        evx_buf_append(&m->frame, zmq_msg_data(&p->part[1]), zmq_msg_size(&p->part[1]))) {
        evx_message_destroy(&m);
        return NULL;
    }
    m->fault = join(&m->body, p);
    return m;
}

bool evx_router_receive(struct evx_received *out, void *router)
{
    *out = (struct evx_received){.fd = -1};
    struct parts p;
    p.n = p.dropped = 0;
    p.bytes = 0;
    if (!read_parts(&p, router)) return false;
    out->wire_bytes = p.bytes;
    if (p.n >= 2) out->fd = zmq_msg_get(&p.part[1], ZMQ_SRCFD);
    out->message = make_message(&p);
    close_parts(&p);
    return true;
}

// One buffer that several parts of a message point into.
struct shared {
    atomic_size_t users;
    uint8_t *p;
};

static void free_shared(void *data, void *hint)
{
    (void)data;
    struct shared *s = hint;
    if (atomic_fetch_sub(&s->users, 1) != 1) return;
    free(s->p);
    free(s);
}

static void free_data(void *data, void *hint)
{
    (void)hint;
    free(data);
}

static bool send_data(void *router, void *p, size_t n, zmq_free_fn *release, void *hint, int flags)
{
    zmq_msg_t m;
    if (zmq_msg_init_data(&m, p, n, release, hint)) {
        release(p, hint);
        return false;
    }
    if (zmq_msg_send(&m, router, flags | ZMQ_DONTWAIT) >= 0) return true;
    zmq_msg_close(&m);
    return false;
}

static bool send_body(void *router, struct evx_buf *body)
{
    size_t parts = (body->n + EVX_LIMIT_FRAME_BYTES - 1) / EVX_LIMIT_FRAME_BYTES;
    struct shared *s = malloc(sizeof *s);
    if (!s) return false;
    atomic_init(&s->users, parts);
    s->p = body->p;
    size_t n = body->n;
    *body = (struct evx_buf){0};
    bool ok = true;
    for (size_t at = 0; at < n; at += EVX_LIMIT_FRAME_BYTES) {
        size_t length = n - at < EVX_LIMIT_FRAME_BYTES ? n - at : EVX_LIMIT_FRAME_BYTES;
        ok = send_data(router, s->p + at, length, free_shared, s, at + length < n ? ZMQ_SNDMORE : 0) && ok;
    }
    return ok;
}

static uint64_t wire_bytes(const struct evx_message *m)
{
    uint64_t whole = m->body.n / EVX_LIMIT_FRAME_BYTES, rest = m->body.n % EVX_LIMIT_FRAME_BYTES;
    return part_wire_bytes(m->frame.n) + whole * part_wire_bytes(EVX_LIMIT_FRAME_BYTES) +
           (rest ? part_wire_bytes(rest) : 0);
}

enum evx_router_sent evx_router_send(void *router, struct evx_message **message, uint64_t *wire)
{
    struct evx_message *m = *message;
    uint8_t id[ROUTING_ID_BYTES] = {0};
    evx_put_be32(id + 1, m->session);
    *wire = wire_bytes(m);
    if (zmq_send(router, id, sizeof id, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) {
        if (zmq_errno() == EAGAIN) return EVX_ROUTER_FULL;
        evx_message_destroy(message);
        return EVX_ROUTER_GONE;
    }
    void *frame = m->frame.p;
    size_t n = m->frame.n;
    m->frame = (struct evx_buf){0};
    bool ok = send_data(router, frame, n, free_data, NULL, m->body.n ? ZMQ_SNDMORE : 0);
    if (m->body.n) ok = send_body(router, &m->body) && ok;
    evx_message_destroy(message);
    return ok ? EVX_ROUTER_SENT : EVX_ROUTER_GONE;
}
