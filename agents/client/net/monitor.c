// SPDX-License-Identifier: Apache-2.0
#include "agents/client/net/monitor.h"

#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "proto/base/log.h"

// One handshake that breaks off can be a broker that is just restarting; so many in a row
// are not. An answer in words, a refusal or something that is not our protocol, is sure at
// once: libzmq does not try again after one.
#define SURE 3

struct evx_monitor {
    void *socket;
    bool up;
    bool refused;        // the broker answered the last handshake with "no"
    unsigned broken_off; // handshakes in a row that came to nothing
};

enum evx_status evx_monitor_open(struct evx_monitor **out, void *context, void *socket, const char *address)
{
    *out = NULL;
    struct evx_monitor *m = calloc(1, sizeof *m);
    if (!m) return EVX_E_MEMORY;
    int linger = 0;
    enum evx_status s = EVX_E_IO;
    if (zmq_socket_monitor(socket, address, ZMQ_EVENT_ALL)) goto out;
    m->socket = zmq_socket(context, ZMQ_PAIR);
    if (!m->socket) goto out;
    zmq_setsockopt(m->socket, ZMQ_LINGER, &linger, sizeof linger);
    if (zmq_connect(m->socket, address)) goto out;
    s = EVX_OK;
out:
    if (s) evx_monitor_close(&m, socket);
    *out = m;
    return s;
}

void evx_monitor_close(struct evx_monitor **m, void *socket)
{
    if (!*m) return;
    if (socket) zmq_socket_monitor(socket, NULL, 0);
    if ((*m)->socket) zmq_close((*m)->socket);
    free(*m);
    *m = NULL;
}

void *evx_monitor_socket(struct evx_monitor *m) { return m->socket; }

// One event: a frame of (u16 event, u32 value), then a frame with the address.
static bool receive(void *socket, uint16_t *event)
{
    uint8_t head[6];
    if (zmq_recv(socket, head, sizeof head, ZMQ_DONTWAIT) != (int)sizeof head) return false;
    memcpy(event, head, sizeof *event);
    char address[256];
    zmq_recv(socket, address, sizeof address, ZMQ_DONTWAIT);
    return true;
}

static enum evx_status verdict(const struct evx_monitor *m)
{
    if (m->refused) return EVX_E_NOT_ENROLLED;
    if (m->broken_off >= SURE) return EVX_E_SERVER_KEY;
    return EVX_E_UNREACHABLE;
}

static enum evx_link_event went_down(struct evx_monitor *m)
{
    bool was_up = m->up;
    m->up = false;
    return was_up ? EVX_LINK_DOWN : EVX_LINK_NOTHING;
}

static enum evx_link_event went_up(struct evx_monitor *m)
{
    m->up = true;
    m->refused = false;
    m->broken_off = 0;
    return EVX_LINK_UP;
}

static enum evx_link_event take(struct evx_monitor *m, uint16_t event)
{
    switch (event) {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: return went_up(m);
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: m->refused = true; return EVX_LINK_NOTHING;
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: m->broken_off++; return EVX_LINK_NOTHING;
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL: m->broken_off = SURE; return EVX_LINK_NOTHING;
    case ZMQ_EVENT_DISCONNECTED: return went_down(m);
    default: return EVX_LINK_NOTHING;
    }
}

enum evx_link_event evx_monitor_next(struct evx_monitor *m, enum evx_status *why)
{
    uint16_t event = 0;
    enum evx_link_event e = EVX_LINK_NOTHING;
    while (e == EVX_LINK_NOTHING && receive(m->socket, &event))
        e = take(m, event);
    *why = m->up ? EVX_OK : verdict(m);
    return e;
}
