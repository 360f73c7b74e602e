// SPDX-License-Identifier: Apache-2.0
//
// Who gets in. Every row connects for real and tries to be heard.
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "broker/net/router.h"
#include "broker/net/threads.h"
#include "broker/net/zap.h"
#include "tests/unit/broker/net_rig.h"

#define POLICE "northam-police"

struct door {
    struct evx_fixture *fixture;
    struct evx_directory *directory;
    void *context, *admission, *router, *monitor;
    pthread_t zap;
    char endpoint[256];
    uint8_t server_key[32];
};

static void quiet(void *user, const char *line) { (void)user, (void)line; }

static void open_door(struct door *d, const char *const *replace, bool with_handler)
{
    memset(d, 0, sizeof *d);
    if (!getenv("EVX_TEST_LOG")) evx_log_set_sink(quiet, NULL);
    d->fixture = evx_fixture_new();
    cr_assert(d->fixture);
    struct evx_buf note = {0};
    d->directory = net_directory(d->fixture, replace, &note);
    evx_buf_free(&note);
    d->context = zmq_ctx_new();
    d->admission = evx_pipe_bind(d->context, EVX_PIPE_ADMISSION);
    if (with_handler) cr_assert_eq(evx_zap_start(&d->zap, d->context, d->directory), EVX_OK);
    struct evx_router_options o = {.listen = "tcp://127.0.0.1:*", .monitor = "inproc://monitor"};
    evx_box_secret_export(o.curve_secret, evx_fixture_box(d->fixture, "exchange-broker", EVX_KEY_TRN));
    memcpy(d->server_key, evx_fixture_key(d->fixture, "exchange-broker", EVX_KEY_TRN)->public_key, 32);
    cr_assert_eq(evx_router_new(&d->router, d->context, &o), EVX_OK);
    d->monitor = evx_pipe_connect(d->context, o.monitor); // without a reader libzmq would stand still
    cr_assert_eq(evx_router_bind(d->router, o.listen), EVX_OK);
    cr_assert_eq(evx_router_address(d->router, d->endpoint, sizeof d->endpoint), EVX_OK);
}

static void end_handler(struct door *d)
{
    evx_pipe_put(d->admission, evx_message_new(EVX_MESSAGE_QUIT));
    pthread_join(d->zap, NULL);
}

static void close_door(struct door *d, bool with_handler)
{
    if (with_handler) end_handler(d);
    zmq_close(d->router);
    zmq_close(d->monitor);
    evx_pipe_close(d->admission);
    zmq_ctx_term(d->context);
    evx_directory_destroy(&d->directory);
    evx_fixture_free(d->fixture);
}

// An option that libzmq did not take (here the monitor: its address is in use)
// must not leave a socket without what the option was for.
Test(router, is_not_made_without_all_its_options, .timeout = 60)
{
    struct door d;
    void *second = NULL;
    open_door(&d, NULL, false);
    struct evx_router_options o = {.listen = "tcp://127.0.0.1:*", .monitor = "inproc://monitor"};
    evx_box_secret_export(o.curve_secret, evx_fixture_box(d.fixture, "exchange-broker", EVX_KEY_TRN));
    cr_assert_eq(evx_router_new(&second, d.context, &o), EVX_E_BIND);
    cr_assert_null(second);
    close_door(&d, false);
}

// True when anything of this client's came out of the ROUTER; then it must carry
// its identity.
static bool heard(struct door *d, const char *org, const uint8_t *server, int timeout_ms)
{
    struct net_client c;
    net_client_open(&c, d->fixture, org, server, d->endpoint);
    bool yes = false;
    for (int waited = 0; waited < timeout_ms && !yes; waited += 50) {
        zmq_pollitem_t item = {d->router, 0, ZMQ_POLLIN, 0};
        zmq_send(c.socket, "knock", 5, ZMQ_DONTWAIT);
        if (zmq_poll(&item, 1, 50) <= 0) continue;
        struct evx_received in;
        yes = evx_router_receive(&in, d->router);
        if (!yes || !org) continue;
        cr_assert(in.message);
        const struct evx_dir_key *key = evx_fixture_key(d->fixture, org, EVX_KEY_TRN);
        cr_assert(!memcmp(in.message->identity.b, key->fingerprint.b, 32));
        evx_message_destroy(&in.message);
    }
    net_client_close(&c);
    return yes;
}

Test(zap, only_an_enrolled_key_over_curve_is_heard, .timeout = 120)
{
    char hex[65], other[65], print[65], revoked[512];
    static const char last[] = "member " EVX_FIXTURE_INSPECTION " westmoor-health send\n";
    struct evx_fixture *f = evx_fixture_new();
    const struct evx_dir_key *key = evx_fixture_key(f, POLICE, EVX_KEY_TRN);
    evx_hex(hex, key->public_key, 32);
    memcpy(other, hex, sizeof hex);
    other[0] = other[0] == '0' ? '1' : '0';
    evx_hex(print, key->fingerprint.b, 32);
    snprintf(revoked, sizeof revoked, "%srevoked %s * 0 stolen\n", last, print);
    char valid[200], expired[200], early[200];
    snprintf(valid, sizeof valid, "%s " EVX_FIXTURE_FROM " " EVX_FIXTURE_UNTIL, hex);
    snprintf(expired, sizeof expired, "%s 2001-01-01T00:00:00.000Z 2002-01-01T00:00:00.000Z", hex);
    snprintf(early, sizeof early, "%s 2150-01-01T00:00:00.000Z 2151-01-01T00:00:00.000Z", hex);
    static const uint8_t wrong_server[32] = {9};
    enum { REAL, WRONG, NONE };
    const struct {
        const char *what, *from, *to, *org;
        int server;
        bool handler, in;
    } rows[] = {
        {"enrolled", NULL, NULL, POLICE, REAL, true, true},
        {"unknown key", NULL, NULL, NULL, REAL, true, false},
        {"no CURVE", NULL, NULL, POLICE, NONE, true, false},
        {"wrong server key", NULL, NULL, POLICE, WRONG, true, false},
        {"no longer in the directory", hex, other, POLICE, REAL, true, false},
        {"revoked", last, revoked, POLICE, REAL, true, false},
        {"expired", valid, expired, POLICE, REAL, true, false},
        {"not yet valid", valid, early, POLICE, REAL, true, false},
        {"suspended", "northam-police police active", "northam-police police suspended", POLICE, REAL, true,
         false},
        {"no handler", NULL, NULL, POLICE, REAL, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct door d;
        const char *replace[] = {rows[i].from, rows[i].to, NULL};
        open_door(&d, replace, rows[i].handler);
        const uint8_t *server = rows[i].server == REAL    ? d.server_key
                                : rows[i].server == WRONG ? wrong_server
                                                          : NULL;
        cr_assert_eq(heard(&d, rows[i].org, server, rows[i].in ? 5000 : 1000), rows[i].in, "%s",
                     rows[i].what);
        close_door(&d, rows[i].handler);
    }
    evx_fixture_free(f);
}

Test(zap, with_a_dead_handler_nobody_gets_in, .timeout = 60)
{
    struct door d;
    open_door(&d, NULL, true);
    cr_assert(heard(&d, POLICE, d.server_key, 5000));
    end_handler(&d);
    cr_assert_not(heard(&d, POLICE, d.server_key, 1500));
    close_door(&d, false);
}

Test(zap, a_new_directory_decides_at_once, .timeout = 60)
{
    struct door d;
    open_door(&d, NULL, true);
    cr_assert(heard(&d, POLICE, d.server_key, 5000));
    const char *replace[] = {"northam-police police active", "northam-police police suspended", NULL};
    struct evx_buf note = {0};
    struct evx_message *m = evx_message_new(EVX_MESSAGE_DIRECTORY);
    m->newest = net_directory(d.fixture, replace, &note);
    evx_buf_free(&note);
    evx_pipe_put(d.admission, m);
    evx_pipe_put(d.admission, evx_message_new(EVX_MESSAGE_PING));
    m = evx_pipe_take(d.admission, true); // orders are taken in turn: it has the directory now
    cr_assert(m && m->kind == EVX_MESSAGE_PING);
    cr_assert_geq(m->amount, 1);
    evx_message_destroy(&m);
    cr_assert_not(heard(&d, POLICE, d.server_key, 1000));
    close_door(&d, true);
}

Test(zap, decides_by_version_domain_mechanism_and_key, .timeout = 30)
{
    struct evx_fixture *f = evx_fixture_new();
    cr_assert(f);
    const struct evx_dir_key *key = evx_fixture_key(f, POLICE, EVX_KEY_TRN);
    const struct evx_dir_key *enc = evx_fixture_key(f, POLICE, EVX_KEY_ENC);
    struct evx_zap_request good = {evx_bytes_of_text("1.0"), evx_bytes_of_text("evx"),
                                   evx_bytes_of_text("CURVE"), evx_bytes(key->public_key, 32)};
    struct evx_fingerprint user;
    const struct evx_directory *d = evx_fixture_directory(f);
    cr_assert_eq(evx_zap_decide(&user, &good, d, EVX_FIXTURE_NOW_MS), EVX_OK);
    cr_assert(!memcmp(user.b, key->fingerprint.b, 32));
    for (int i = 0; i < 6; i++) {
        struct evx_zap_request bad = good;
        if (i == 0) bad.version = evx_bytes_of_text("2.0");
        if (i == 1) bad.domain = evx_bytes_of_text("");
        if (i == 2) bad.mechanism = evx_bytes_of_text("NULL");
        if (i == 3) bad.mechanism = evx_bytes_of_text("PLAIN");
        if (i == 4) bad.credentials.n = 31;
        if (i == 5) bad.credentials.p = enc->public_key; // enrolled, but for another use
        cr_assert_neq(evx_zap_decide(&user, &bad, d, EVX_FIXTURE_NOW_MS), EVX_OK, "row %d", i);
    }
    evx_fixture_free(f);
}

// A socket without CURVE stands for whatever might let somebody in unasked.
Test(zap, a_message_without_a_user_id_is_not_looked_at, .timeout = 30)
{
    void *context = zmq_ctx_new();
    void *router = zmq_socket(context, ZMQ_ROUTER), *dealer = zmq_socket(context, ZMQ_DEALER);
    char endpoint[256];
    cr_assert_eq(zmq_bind(router, "tcp://127.0.0.1:*"), 0);
    cr_assert_eq(evx_router_address(router, endpoint, sizeof endpoint), EVX_OK);
    cr_assert_eq(zmq_connect(dealer, endpoint), 0);
    cr_assert_eq(zmq_send(dealer, "knock", 5, 0), 5);
    zmq_pollitem_t item = {router, 0, ZMQ_POLLIN, 0};
    cr_assert_eq(zmq_poll(&item, 1, 10000), 1);
    struct evx_received in;
    cr_assert(evx_router_receive(&in, router));
    cr_assert_null(in.message);
    zmq_close(dealer);
    zmq_close(router);
    zmq_ctx_term(context);
}
