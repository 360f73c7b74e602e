// SPDX-License-Identifier: Apache-2.0
#include "broker/net/zap.h"

#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "broker/enrolment.h"
#include "broker/net/threads.h"
#include "broker/pace.h"
#include "proto/base/clock.h"

#define ZAP_ADDRESS   "inproc://zeromq.zap.01"
#define REQUEST_PARTS 7
#define PART_BYTES    256

struct handler {
    void *socket, *pipe;
    struct evx_directory *directory;
    uint64_t admitted, refused;
    struct evx_pace lines;
};

static bool is(struct evx_bytes a, const char *text) { return evx_bytes_equal(a, evx_bytes_of_text(text)); }

enum evx_status evx_zap_decide(struct evx_fingerprint *user, const struct evx_zap_request *q,
                               const struct evx_directory *d, int64_t now_ms)
{
    memset(user, 0, sizeof *user);
    if (!is(q->version, "1.0") || !is(q->domain, EVX_ZAP_DOMAIN)) return EVX_E_PROTOCOL;
    if (!is(q->mechanism, "CURVE") || q->credentials.n != 32) return EVX_E_PROTOCOL;
    evx_fingerprint_of(user, EVX_KEY_TRN, q->credentials.p);
    const struct evx_dir_key *key;
    return evx_enrolled(&key, d, user, (int64_t)now_ms);
}

// Reads one request: version, request id, domain, address, routing id,
// mechanism, credentials. Returns the number of parts that came.
static size_t read_parts(void *socket, uint8_t part[REQUEST_PARTS][PART_BYTES], size_t length[REQUEST_PARTS])
{
    size_t n = 0;
    int more = 1;
    for (; more; n++) {
        zmq_msg_t m;
        zmq_msg_init(&m);
        if (zmq_msg_recv(&m, socket, n ? 0 : ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(&m);
            return 0;
        }
        if (n < REQUEST_PARTS) {
            length[n] = zmq_msg_size(&m) < PART_BYTES ? zmq_msg_size(&m) : 0;
            memcpy(part[n], zmq_msg_data(&m), length[n]);
        }
        more = zmq_msg_more(&m);
        zmq_msg_close(&m);
    }
    return n;
}

static void answer(void *socket, struct evx_bytes request_id, enum evx_status s,
                   const struct evx_fingerprint *user)
{
    char id[65] = "";
    if (!s) evx_hex(id, user->b, sizeof user->b);
    const char *text = s ? evx_error_info(s)->code : "OK";
    zmq_send(socket, "1.0", 3, ZMQ_SNDMORE);
    zmq_send(socket, request_id.p, request_id.n, ZMQ_SNDMORE);
    zmq_send(socket, s ? "400" : "200", 3, ZMQ_SNDMORE);
    zmq_send(socket, text, strlen(text), ZMQ_SNDMORE);
    zmq_send(socket, id, strlen(id), ZMQ_SNDMORE);
    zmq_send(socket, "", 0, 0);
}

static void log_refusal(struct handler *h, const struct evx_fingerprint *key, struct evx_bytes address,
                        enum evx_status s)
{
    if (!evx_pace_ok(&h->lines, evx_clock_monotonic_ms(), EVX_LIMIT_LOG_RATE)) return;
    char id[17];
    evx_hex(id, key->b, 8);
    const struct evx_error_info *e = evx_error_info(s);
    evx_log(EVX_LOG_WARN, "ADMIT-REFUSED", "key=%s from=%.*s code=%s name=%s", id, (int)address.n,
            (const char *)address.p, e->code, e->name);
}

static bool serve_request(struct handler *h)
{
    uint8_t part[REQUEST_PARTS][PART_BYTES];
    size_t length[REQUEST_PARTS] = {0};
    size_t n = read_parts(h->socket, part, length);
    if (!n) return false;
    struct evx_zap_request q = {.version = evx_bytes(part[0], length[0]),
                                .domain = evx_bytes(part[2], length[2]),
                                .mechanism = evx_bytes(part[5], length[5]),
                                .credentials = evx_bytes(part[6], length[6])};
    struct evx_fingerprint user = {{0}};
    enum evx_status s = n == REQUEST_PARTS
                            ? evx_zap_decide(&user, &q, h->directory, (int64_t)evx_clock_wall_ms())
                            : EVX_E_PROTOCOL;
    if (s) log_refusal(h, &user, evx_bytes(part[3], length[3]), s);
    h->admitted += !s;
    h->refused += s != EVX_OK;
    answer(h->socket, evx_bytes(part[1], length[1]), s, &user);
    return true;
}

// False: told to end.
static bool take_order(struct handler *h)
{
    struct evx_message *m = evx_pipe_take(h->pipe, false);
    if (!m) return true;
    bool go_on = m->kind != EVX_MESSAGE_QUIT;
    if (m->kind == EVX_MESSAGE_PING) {
        m->amount = h->admitted;
        m->session = (uint32_t)h->refused;
        evx_pipe_put(h->pipe, m);
        return true;
    }
    if (m->kind == EVX_MESSAGE_DIRECTORY) {
        evx_directory_destroy(&h->directory);
        h->directory = m->newest;
        m->newest = NULL;
    }
    evx_message_destroy(&m);
    return go_on;
}

static void *run(void *user)
{
    struct handler *h = user;
    zmq_pollitem_t items[] = {{h->socket, 0, ZMQ_POLLIN, 0}, {h->pipe, 0, ZMQ_POLLIN, 0}};
    for (bool go_on = true; go_on;) {
        if (zmq_poll(items, 2, -1) < 0 && zmq_errno() == ETERM) break;
        if (items[1].revents) go_on = take_order(h);
        while (go_on && serve_request(h))
            continue;
    }
    zmq_close(h->socket);
    evx_pipe_close(h->pipe);
    evx_directory_destroy(&h->directory);
    free(h);
    return NULL;
}

enum evx_status evx_zap_start(pthread_t *out, void *context, struct evx_directory *directory)
{
    struct handler *h = calloc(1, sizeof *h);
    if (!h) return EVX_E_MEMORY;
    int none = 0;
    h->socket = zmq_socket(context, ZMQ_REP);
    enum evx_status s = h->socket ? EVX_OK : EVX_E_MEMORY;
    if (!s) zmq_setsockopt(h->socket, ZMQ_LINGER, &none, sizeof none);
    if (!s && zmq_bind(h->socket, ZAP_ADDRESS)) s = EVX_E_BIND;
    if (!s) h->pipe = evx_pipe_connect(context, EVX_PIPE_ADMISSION);
    if (!s && !h->pipe) s = EVX_E_MEMORY;
    if (!s) h->directory = evx_directory_ref(directory);
    if (!s && pthread_create(out, NULL, run, h)) s = EVX_E_MEMORY;
    if (!s) return EVX_OK;
    if (h->socket) zmq_close(h->socket);
    evx_pipe_close(h->pipe);
    evx_directory_destroy(&h->directory);
    free(h);
    return s;
}
