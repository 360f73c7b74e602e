// SPDX-License-Identifier: Apache-2.0
#include "tests/system/hostile/peer.h"

#include <zmq.h>

static void set_int(void *socket, int option, int value)
{
    zmq_setsockopt(socket, option, &value, sizeof value);
}

bool peer_open(struct peer *p, const struct credentials *c) { return peer_open_as(p, c, evx_bytes(NULL, 0)); }

bool peer_open_as(struct peer *p, const struct credentials *c, struct evx_bytes routing_id)
{
    *p = (struct peer){.context = zmq_ctx_new()};
    p->socket = p->context ? zmq_socket(p->context, ZMQ_DEALER) : NULL;
    if (!p->socket) return false;
    set_int(p->socket, ZMQ_LINGER, 0);
    set_int(p->socket, ZMQ_SNDTIMEO, 2000);
    set_int(p->socket, ZMQ_RECONNECT_IVL, 50);
    if (routing_id.n) zmq_setsockopt(p->socket, ZMQ_ROUTING_ID, routing_id.p, routing_id.n);
    if (c->server_key) {
        zmq_setsockopt(p->socket, ZMQ_CURVE_SERVERKEY, c->server_key, 32);
        zmq_setsockopt(p->socket, ZMQ_CURVE_PUBLICKEY, c->public_key, 32);
        zmq_setsockopt(p->socket, ZMQ_CURVE_SECRETKEY, c->secret_key, 32);
    }
    return zmq_connect(p->socket, c->endpoint) == 0;
}

void peer_close(struct peer *p)
{
    if (p->socket) zmq_close(p->socket);
    if (p->context) zmq_ctx_term(p->context);
    *p = (struct peer){0};
}

bool peer_send_part(struct peer *p, struct evx_bytes part, bool more)
{
    return zmq_send(p->socket, part.p, part.n, more ? ZMQ_SNDMORE : 0) >= 0;
}

bool peer_send(struct peer *p, const Evx__V1__Frame *frame, struct evx_bytes body, size_t part_bytes)
{
    struct evx_buf head = {0};
    size_t cut = part_bytes ? part_bytes : EVX_LIMIT_FRAME_BYTES;
    bool ok = evx_frame_pack(&head, frame) == EVX_OK && peer_send_part(p, evx_buf_bytes(&head), body.n > 0);
    while (ok && body.n) {
        size_t n = body.n < cut ? body.n : cut;
        ok = peer_send_part(p, evx_bytes(body.p, n), n < body.n);
        body = evx_bytes(body.p + n, body.n - n);
    }
    evx_buf_free(&head);
    return ok;
}

static bool readable(struct peer *p, int timeout_ms)
{
    zmq_pollitem_t item = {.socket = p->socket, .events = ZMQ_POLLIN};
    return zmq_poll(&item, 1, timeout_ms) > 0;
}

static void drop_rest(struct peer *p)
{
    int more = 0;
    size_t n = sizeof more;
    zmq_getsockopt(p->socket, ZMQ_RCVMORE, &more, &n);
    while (more) {
        zmq_msg_t m;
        zmq_msg_init(&m);
        if (zmq_msg_recv(&m, p->socket, 0) < 0) more = 0;
        more = more && zmq_msg_more(&m);
        zmq_msg_close(&m);
    }
}

Evx__V1__Frame *peer_receive(struct peer *p, int timeout_ms)
{
    if (!readable(p, timeout_ms)) return NULL;
    Evx__V1__Frame *frame = NULL;
    zmq_msg_t m;
    zmq_msg_init(&m);
    if (zmq_msg_recv(&m, p->socket, 0) >= 0) {
        enum evx_status s = evx_frame_unpack(&frame, evx_bytes(zmq_msg_data(&m), zmq_msg_size(&m)));
        if (s) frame = NULL;
        drop_rest(p);
    }
    zmq_msg_close(&m);
    return frame;
}

bool peer_greet(struct peer *p, int timeout_ms)
{
    Evx__V1__Hello hello = EVX__V1__HELLO__INIT;
    hello.version = 1;
    hello.directory_version = 1;
    hello.program = "hostile 0.1.0";
    Evx__V1__Frame frame = EVX__V1__FRAME__INIT;
    frame.body_case = EVX__V1__FRAME__BODY_HELLO;
    frame.hello = &hello;
    if (!peer_send(p, &frame, evx_bytes(NULL, 0), 0)) return false;
    Evx__V1__Frame *answer = peer_receive(p, timeout_ms);
    bool welcome = answer && answer->body_case == EVX__V1__FRAME__BODY_WELCOME;
    evx_frame_free(answer);
    return welcome;
}
