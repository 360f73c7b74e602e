// SPDX-License-Identifier: Apache-2.0
#include "agents/client/net/link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

#include "agents/client/net/monitor.h"
#include "proto/base/log.h"
#include "proto/limits.h"

#define MONITOR_ADDRESS "inproc://link-monitor"

struct evx_link {
    void *context;
    void *socket;
    struct evx_monitor *monitor;
    int wake_fd;
    struct evx_buf control, body;
};

static bool set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static bool set_limits(void *socket)
{
    int64_t frame = EVX_LIMIT_ZMQ_MAXMSGSIZE;
    return zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &frame, sizeof frame) == 0 &&
           set_int(socket, ZMQ_IMMEDIATE, 1) && set_int(socket, ZMQ_LINGER, 0) &&
           set_int(socket, ZMQ_SNDHWM, 16 * EVX_LIMIT_SOCKET_HWM) &&
           set_int(socket, ZMQ_RCVHWM, 16 * EVX_LIMIT_SOCKET_HWM) &&
           set_int(socket, ZMQ_HEARTBEAT_IVL, 5000) && set_int(socket, ZMQ_HEARTBEAT_TIMEOUT, 15000) &&
           set_int(socket, ZMQ_HEARTBEAT_TTL, 15000) && set_int(socket, ZMQ_RECONNECT_IVL, 100) &&
           set_int(socket, ZMQ_RECONNECT_IVL_MAX, 5000) && set_int(socket, ZMQ_HANDSHAKE_IVL, 5000) &&
           set_int(socket, ZMQ_CONNECT_TIMEOUT, 5000);
}

static bool set_keys(void *socket, const struct evx_box_public *server,
                     const struct evx_box_secret *transport, const struct evx_box_public *transport_public)
{
    uint8_t secret[32];
    evx_box_secret_export(secret, transport);
    bool ok =
        zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, server->b, sizeof server->b) == 0 &&
        zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, transport_public->b, sizeof transport_public->b) == 0 &&
        zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, secret, sizeof secret) == 0;
    evx_wipe(secret, sizeof secret);
    return ok;
}

enum evx_status evx_link_open(struct evx_link **out, const char *endpoint,
                              const struct evx_box_public *server, const struct evx_box_secret *transport,
                              const struct evx_box_public *transport_public)
{
    *out = NULL;
    struct evx_link *l = calloc(1, sizeof *l);
    if (!l) return EVX_E_MEMORY;
    l->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    l->context = zmq_ctx_new();
    if (l->context) l->socket = zmq_socket(l->context, ZMQ_DEALER);
    enum evx_status s = l->wake_fd >= 0 && l->socket ? EVX_OK : EVX_E_MEMORY;
    if (!s && (!set_limits(l->socket) || !set_keys(l->socket, server, transport, transport_public)))
        s = EVX_E_IO;
    if (!s) s = evx_monitor_open(&l->monitor, l->context, l->socket, MONITOR_ADDRESS);
    if (!s && zmq_connect(l->socket, endpoint)) s = EVX_E_CONFIG;
    if (s) evx_link_close(&l);
    *out = l;
    return s;
}

void evx_link_close(struct evx_link **l)
{
    if (!*l) return;
    evx_monitor_close(&(*l)->monitor, (*l)->socket);
    if ((*l)->socket) zmq_close((*l)->socket);
    if ((*l)->context) zmq_ctx_term((*l)->context);
    if ((*l)->wake_fd >= 0) close((*l)->wake_fd);
    evx_buf_free(&(*l)->control);
    evx_buf_free(&(*l)->body);
    free(*l);
    *l = NULL;
}

enum evx_status evx_link_wait(struct evx_link *l, uint64_t timeout_ms)
{
    zmq_pollitem_t item[3] = {
        {.socket = l->socket, .events = ZMQ_POLLIN},
        {.socket = evx_monitor_socket(l->monitor), .events = ZMQ_POLLIN},
        {.fd = l->wake_fd, .events = ZMQ_POLLIN},
    };
    long timeout = timeout_ms > 60000 ? 60000 : (long)timeout_ms;
    if (zmq_poll(item, 3, timeout) < 0 && errno != EINTR) return EVX_E_IO;
    uint64_t count;
    if ((item[2].revents & ZMQ_POLLIN) && read(l->wake_fd, &count, sizeof count) < 0 && errno != EAGAIN)
        return EVX_E_IO;
    return EVX_OK;
}

void evx_link_wake(struct evx_link *l)
{
    int saved = errno;
    uint64_t one = 1;
    if (write(l->wake_fd, &one, sizeof one) < 0) { // full: it is awake already
    }
    errno = saved;
}

enum evx_link_event evx_link_next_event(struct evx_link *l, enum evx_status *why)
{
    return evx_monitor_next(l->monitor, why);
}

// Reads one part; *more says whether another follows. NOT_FOUND when there is none.
static enum evx_status receive_part(struct evx_link *l, struct evx_buf *into, size_t limit, bool *more,
                                    bool *over)
{
    zmq_msg_t part;
    zmq_msg_init(&part);
    enum evx_status s = EVX_OK;
    if (zmq_msg_recv(&part, l->socket, ZMQ_DONTWAIT) < 0) {
        s = errno == EAGAIN || errno == EINTR ? EVX_E_NOT_FOUND : EVX_E_IO;
    } else {
        size_t n = zmq_msg_size(&part);
        *more = zmq_msg_more(&part);
        if (into->n + n > limit)
            *over = true;
        else if (!*over)
            s = evx_buf_append(into, zmq_msg_data(&part), n);
    }
    zmq_msg_close(&part);
    return s;
}

static enum evx_status receive_message(struct evx_link *l, bool *over)
{
    bool more = false;
    evx_buf_clear(&l->control);
    evx_buf_clear(&l->body);
    enum evx_status s = receive_part(l, &l->control, EVX_LIMIT_CONTROL_BYTES, &more, over);
    // All parts of a message are there once the first one is.
    while (!s && more)
        s = receive_part(l, &l->body, EVX_LIMIT_CONSIGNMENT_BYTES, &more, over);
    return s;
}

enum evx_status evx_link_receive(struct evx_link *l, struct evx_bytes *control, struct evx_bytes *body)
{
    for (;;) {
        bool over = false;
        enum evx_status s = receive_message(l, &over);
        if (s) return s;
        if (!over) break;
        evx_log(EVX_LOG_WARN, "LINK-OVERSIZE", "code=EVX-4005");
    }
    *control = evx_buf_bytes(&l->control);
    *body = evx_buf_bytes(&l->body);
    return EVX_OK;
}

static void drop_reference(void *data, void *hint)
{
    (void)data;
    struct evx_parcel *p = hint;
    evx_parcel_destroy(&p);
}

static enum evx_status send_copy(struct evx_link *l, struct evx_bytes b, bool more)
{
    if (zmq_send(l->socket, b.p, b.n, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)) >= 0) return EVX_OK;
    return errno == EAGAIN || errno == EINTR ? EVX_E_BUSY : EVX_E_IO;
}

static enum evx_status send_reference(struct evx_link *l, struct evx_parcel *p, size_t at, size_t n)
{
    zmq_msg_t part;
    struct evx_parcel *held = evx_parcel_ref(p);
    if (zmq_msg_init_data(&part, (uint8_t *)p->whole.p + at, n, drop_reference, held)) {
        evx_parcel_destroy(&held);
        return EVX_E_MEMORY;
    }
    int more = at + n < p->whole.n ? ZMQ_SNDMORE : 0;
    // The first part was taken, so the queue takes the rest: no DONTWAIT, no half messages.
    while (zmq_msg_send(&part, l->socket, more) < 0) {
        if (errno == EINTR) continue;
        zmq_msg_close(&part);
        return EVX_E_IO;
    }
    return EVX_OK;
}

enum evx_status evx_link_send(struct evx_link *l, struct evx_bytes control, struct evx_parcel *body)
{
    enum evx_status s = send_copy(l, control, body != NULL);
    for (size_t at = 0; !s && body && at < body->whole.n; at += EVX_LIMIT_FRAME_BYTES) {
        size_t left = body->whole.n - at;
        s = send_reference(l, body, at, left < EVX_LIMIT_FRAME_BYTES ? left : EVX_LIMIT_FRAME_BYTES);
    }
    return s;
}
