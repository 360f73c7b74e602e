// SPDX-License-Identifier: Apache-2.0
//
// The connection against a small CURVE server of our own: what goes wrong has a name,
// and parts are cut and joined within their limits.
#include "agents/client/net/link.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "proto/base/clock.h"
#include "proto/limits.h"
#include "tests/testlib/fixture.h"

struct server {
    void *context;
    void *router;
    void *zap;
    char endpoint[64];
    const char *answer; // of the admission handler: "200" or "400"
    struct evx_box_secret *secret;
    struct evx_box_public public_key;
    struct evx_box_secret *client;
    struct evx_box_public client_public;
};

static void open_server(struct server *s, const char *answer)
{
    uint8_t secret[32];
    int one = 1;
    size_t n = sizeof s->endpoint;
    *s = (struct server){.answer = answer};
    cr_assert_eq(evx_crypto_init(), EVX_OK);
    cr_assert_eq(evx_box_generate(&s->secret, &s->public_key), EVX_OK);
    cr_assert_eq(evx_box_generate(&s->client, &s->client_public), EVX_OK);
    s->context = zmq_ctx_new();
    s->zap = zmq_socket(s->context, ZMQ_REP);
    cr_assert_eq(zmq_bind(s->zap, "inproc://zeromq.zap.01"), 0);
    s->router = zmq_socket(s->context, ZMQ_ROUTER);
    evx_box_secret_export(secret, s->secret);
    zmq_setsockopt(s->router, ZMQ_CURVE_SERVER, &one, sizeof one);
    zmq_setsockopt(s->router, ZMQ_CURVE_SECRETKEY, secret, sizeof secret);
    zmq_setsockopt(s->router, ZMQ_ZAP_DOMAIN, "evx", 3);
    cr_assert_eq(zmq_bind(s->router, "tcp://127.0.0.1:*"), 0);
    cr_assert_eq(zmq_getsockopt(s->router, ZMQ_LAST_ENDPOINT, s->endpoint, &n), 0);
}

static void close_server(struct server *s)
{
    int none = 0;
    zmq_setsockopt(s->router, ZMQ_LINGER, &none, sizeof none);
    zmq_close(s->router);
    zmq_close(s->zap);
    zmq_ctx_term(s->context);
    evx_box_secret_destroy(&s->secret);
    evx_box_secret_destroy(&s->client);
}

// One admission: version, request id, domain, address, identity, mechanism, key.
static void admit(struct server *s)
{
    char id[64] = "";
    size_t id_n = 0;
    for (int part = 0, more = 1; more; part++) {
        char bytes[256];
        size_t size = sizeof more;
        int n = zmq_recv(s->zap, bytes, sizeof bytes, 0);
        if (part == 1) memcpy(id, bytes, id_n = (size_t)n);
        zmq_getsockopt(s->zap, ZMQ_RCVMORE, &more, &size);
    }
    zmq_send(s->zap, "1.0", 3, ZMQ_SNDMORE);
    zmq_send(s->zap, id, id_n, ZMQ_SNDMORE);
    zmq_send(s->zap, s->answer, 3, ZMQ_SNDMORE);
    zmq_send(s->zap, "", 0, ZMQ_SNDMORE);
    zmq_send(s->zap, "client", 6, ZMQ_SNDMORE);
    zmq_send(s->zap, "", 0, 0);
}

static void turn(struct server *s, struct evx_link *l)
{
    zmq_pollitem_t item = {.socket = s->zap, .events = ZMQ_POLLIN};
    if (zmq_poll(&item, 1, 20) > 0) admit(s);
    cr_assert_eq(evx_link_wait(l, 20), EVX_OK);
}

// Runs until the link says `want` is in the way, or until it is up for EVX_OK.
static void run_until(struct server *s, struct evx_link *l, enum evx_status want)
{
    enum evx_status why = EVX_E_TIMEOUT;
    uint64_t end = evx_clock_monotonic_ms() + 20000;
    while (why != want && evx_clock_monotonic_ms() < end) {
        turn(s, l);
        while (evx_link_next_event(l, &why) != EVX_LINK_NOTHING)
            continue;
    }
    cr_assert_eq(why, want, "%s", evx_error_info(why)->code);
}

static struct evx_link *open_link(const struct server *s, const struct evx_box_public *server_key)
{
    struct evx_link *l = NULL;
    cr_assert_eq(evx_link_open(&l, s->endpoint, server_key, s->client, &s->client_public), EVX_OK);
    return l;
}

Test(link, says_that_nobody_listens, .timeout = 60)
{
    struct server s;
    open_server(&s, "200");
    snprintf(s.endpoint, sizeof s.endpoint, "tcp://127.0.0.1:1");
    struct evx_link *l = open_link(&s, &s.public_key);
    run_until(&s, l, EVX_E_UNREACHABLE);
    evx_link_close(&l);
    close_server(&s);
}

Test(link, says_that_the_key_is_not_enrolled, .timeout = 60)
{
    struct server s;
    open_server(&s, "400");
    struct evx_link *l = open_link(&s, &s.public_key);
    run_until(&s, l, EVX_E_NOT_ENROLLED);
    evx_link_close(&l);
    close_server(&s);
}

Test(link, says_that_the_server_is_another, .timeout = 60)
{
    struct server s;
    open_server(&s, "200");
    struct evx_link *l = open_link(&s, &s.client_public);
    run_until(&s, l, EVX_E_SERVER_KEY);
    evx_link_close(&l);
    close_server(&s);
}

Test(link, refuses_an_endpoint_that_is_none, .timeout = 60)
{
    struct server s;
    struct evx_link *l = NULL;
    open_server(&s, "200");
    cr_assert_eq(evx_link_open(&l, "tcp://nowhere", &s.public_key, s.client, &s.client_public), EVX_E_CONFIG);
    cr_assert_null(l);
    close_server(&s);
}

static struct evx_parcel *make_parcel(size_t items)
{
    struct evx_fixture *f = evx_fixture_new();
    struct evx_chain_link link = {.stream = {{1}}, .sequence = 1};
    struct evx_buf whole = {0};
    struct evx_digest id;
    struct evx_parcel *p = NULL;
    cr_assert(f);
    cr_assert_eq(evx_fixture_consignment(&whole, &id, f, "northam-police", &link, items, 2000), EVX_OK);
    cr_assert_eq(evx_parcel_new(&p, &whole, 1, &link.stream, 1), EVX_OK);
    evx_fixture_free(f);
    return p;
}

// Reads one message at the server: joins the parts behind the control frame.
static size_t read_message(struct server *s, struct evx_buf *body, void *peer, size_t *peer_n,
                           size_t *largest)
{
    size_t parts = 0;
    for (int more = 1; more; parts++) {
        static uint8_t bytes[1 << 20];
        size_t size = sizeof more;
        int n = zmq_recv(s->router, bytes, sizeof bytes, 0);
        cr_assert(n >= 0);
        if (parts == 0) memcpy(peer, bytes, *peer_n = (size_t)n);
        if (parts >= 2) cr_assert_eq(evx_buf_append(body, bytes, (size_t)n), EVX_OK);
        if (parts >= 2 && (size_t)n > *largest) *largest = (size_t)n;
        zmq_getsockopt(s->router, ZMQ_RCVMORE, &more, &size);
    }
    return parts - 2;
}

Test(link, cuts_a_consignment_into_frames_and_joins_what_comes, .timeout = 60)
{
    struct server s;
    struct evx_buf body = {0};
    struct evx_bytes control, received;
    uint8_t peer[64];
    size_t peer_n = 0, largest = 0;
    open_server(&s, "200");
    struct evx_parcel *p = make_parcel(100);
    struct evx_link *l = open_link(&s, &s.public_key);
    run_until(&s, l, EVX_OK);
    cr_assert_eq(evx_link_send(l, evx_bytes("control", 7), p), EVX_OK);
    size_t parts = read_message(&s, &body, peer, &peer_n, &largest);
    cr_assert(parts >= 3 && largest <= EVX_LIMIT_FRAME_BYTES, "%zu parts of up to %zu", parts, largest);
    cr_assert(evx_bytes_equal(evx_buf_bytes(&body), p->whole));

    zmq_send(s.router, peer, peer_n, ZMQ_SNDMORE);
    zmq_send(s.router, "answer", 6, ZMQ_SNDMORE);
    zmq_send(s.router, body.p, 60000, ZMQ_SNDMORE);
    zmq_send(s.router, body.p + 60000, 5000, 0);
    enum evx_status got = EVX_E_NOT_FOUND;
    for (int i = 0; i < 500 && got == EVX_E_NOT_FOUND; i++) {
        turn(&s, l);
        got = evx_link_receive(l, &control, &received);
    }
    cr_assert_eq(got, EVX_OK);
    cr_assert(evx_bytes_equal(control, evx_bytes_of_text("answer")));
    cr_assert(evx_bytes_equal(received, evx_bytes(body.p, 65000)));
    evx_link_close(&l);
    evx_parcel_destroy(&p);
    evx_buf_free(&body);
    close_server(&s);
}

Test(link, drops_a_message_over_its_limit_and_reads_the_next, .timeout = 60)
{
    struct server s;
    struct evx_bytes control, received;
    struct evx_buf body = {0};
    uint8_t peer[64];
    size_t peer_n = 0, largest = 0;
    static uint8_t block[60000];
    open_server(&s, "200");
    struct evx_link *l = open_link(&s, &s.public_key);
    run_until(&s, l, EVX_OK);
    cr_assert_eq(evx_link_send(l, evx_bytes("control", 7), NULL), EVX_OK);
    read_message(&s, &body, peer, &peer_n, &largest);
    zmq_send(s.router, peer, peer_n, ZMQ_SNDMORE);
    zmq_send(s.router, "huge", 4, ZMQ_SNDMORE);
    for (int i = 0; i < 50; i++)
        zmq_send(s.router, block, sizeof block, i < 49 ? ZMQ_SNDMORE : 0);
    zmq_send(s.router, peer, peer_n, ZMQ_SNDMORE);
    zmq_send(s.router, "next", 4, 0);
    enum evx_status got = EVX_E_NOT_FOUND;
    for (int i = 0; i < 500 && got == EVX_E_NOT_FOUND; i++) {
        turn(&s, l);
        got = evx_link_receive(l, &control, &received);
    }
    cr_assert_eq(got, EVX_OK);
    cr_assert(evx_bytes_equal(control, evx_bytes_of_text("next")), "%.*s", (int)control.n, control.p);
    evx_link_close(&l);
    evx_buf_free(&body);
    close_server(&s);
}
