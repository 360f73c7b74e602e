// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/broker/net_rig.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <zmq.h>

#include "proto/base/file.h"
#include "proto/base/log.h"

static void replace_all(struct evx_buf *text, const char *from, const char *to)
{
    struct evx_buf out = {0};
    cr_assert_eq(evx_buf_append(text, "", 1), EVX_OK);
    const char *at = (const char *)text->p, *hit;
    while ((hit = strstr(at, from))) {
        cr_assert_eq(evx_buf_append(&out, at, (size_t)(hit - at)), EVX_OK);
        cr_assert_eq(evx_buf_append_text(&out, to), EVX_OK);
        at = hit + strlen(from);
    }
    cr_assert_eq(evx_buf_append_text(&out, at), EVX_OK);
    evx_buf_free(text);
    *text = out;
}

struct evx_directory *net_directory(const struct evx_fixture *f, const char *const *replace,
                                    struct evx_buf *note)
{
    struct evx_buf text = {0};
    struct evx_directory *d = NULL;
    struct evx_bytes original = evx_fixture_text(f);
    cr_assert_eq(evx_buf_append(&text, original.p, original.n), EVX_OK);
    for (; replace && replace[0]; replace += 2)
        replace_all(&text, replace[0], replace[1]);
    replace_all(&text, EVX_FIXTURE_FROM, "2001-01-01T00:00:00.000Z");
    replace_all(&text, EVX_FIXTURE_UNTIL, "2199-01-01T00:00:00.000Z");
    cr_assert_eq(evx_fixture_sign_directory(note, f, evx_buf_bytes(&text), 7), EVX_OK);
    unsigned line = 0;
    enum evx_status s = evx_directory_load(&d, evx_buf_bytes(note), NULL, NULL, &line);
    cr_assert_eq(s, EVX_OK, "directory refused: %d at line %u", s, line);
    evx_buf_free(&text);
    return d;
}

static void set_curve(void *socket, const struct evx_fixture *f, const char *org, const uint8_t *server)
{
    uint8_t secret[32], public_key[32];
    char own_public[41], own_secret[41];
    if (org) {
        evx_box_secret_export(secret, evx_fixture_box(f, org, EVX_KEY_TRN));
        memcpy(public_key, evx_fixture_key(f, org, EVX_KEY_TRN)->public_key, 32);
        zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, public_key, 32);
        zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, secret, 32);
    } else {
        cr_assert_eq(zmq_curve_keypair(own_public, own_secret), 0);
        zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, own_public, 41);
        zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, own_secret, 41);
    }
    zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, server, 32);
}

void net_client_open(struct net_client *c, const struct evx_fixture *f, const char *org,
                     const uint8_t *server, const char *endpoint)
{
    int linger = 0, immediate = 1, retry = 200;
    c->context = zmq_ctx_new();
    c->socket = zmq_socket(c->context, ZMQ_DEALER);
    zmq_setsockopt(c->socket, ZMQ_LINGER, &linger, sizeof linger);
    zmq_setsockopt(c->socket, ZMQ_IMMEDIATE, &immediate, sizeof immediate);
    zmq_setsockopt(c->socket, ZMQ_RECONNECT_IVL, &retry, sizeof retry);
    if (server) set_curve(c->socket, f, org, server);
    cr_assert_eq(zmq_connect(c->socket, endpoint), 0);
}

void net_client_close(struct net_client *c)
{
    zmq_close(c->socket);
    zmq_ctx_term(c->context);
}

void net_client_send(struct net_client *c, const Evx__V1__Frame *f, struct evx_bytes body)
{
    struct evx_buf frame = {0};
    int timeout = 3000;
    cr_assert_eq(evx_frame_pack(&frame, f), EVX_OK);
    zmq_setsockopt(c->socket, ZMQ_SNDTIMEO, &timeout, sizeof timeout);
    int ok = zmq_send(c->socket, frame.p, frame.n, body.n ? ZMQ_SNDMORE : 0);
    for (size_t at = 0; ok >= 0 && at < body.n; at += EVX_LIMIT_FRAME_BYTES) {
        size_t n = body.n - at < EVX_LIMIT_FRAME_BYTES ? body.n - at : EVX_LIMIT_FRAME_BYTES;
        ok = zmq_send(c->socket, body.p + at, n, at + n < body.n ? ZMQ_SNDMORE : 0);
    }
    evx_buf_free(&frame);
}

Evx__V1__Frame *net_client_receive(struct net_client *c, struct evx_buf *body, int timeout_ms)
{
    zmq_pollitem_t item = {c->socket, 0, ZMQ_POLLIN, 0};
    if (zmq_poll(&item, 1, timeout_ms) <= 0) return NULL;
    Evx__V1__Frame *f = NULL;
    int more = 1;
    for (int i = 0; more; i++) {
        zmq_msg_t m;
        zmq_msg_init(&m);
        cr_assert_geq(zmq_msg_recv(&m, c->socket, 0), 0);
        struct evx_bytes b = evx_bytes(zmq_msg_data(&m), zmq_msg_size(&m));
        if (i == 0) cr_assert_eq(evx_frame_unpack(&f, b), EVX_OK);
        if (i && body) cr_assert_eq(evx_buf_append(body, b.p, b.n), EVX_OK);
        more = zmq_msg_more(&m);
        zmq_msg_close(&m);
    }
    return f;
}

bool net_client_hello(struct net_client *c, int timeout_ms)
{
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    Evx__V1__Hello m = EVX__V1__HELLO__INIT;
    m.version = 1;
    f.body_case = EVX__V1__FRAME__BODY_HELLO;
    f.hello = &m;
    zmq_pollitem_t item = {c->socket, 0, ZMQ_POLLOUT, 0};
    if (zmq_poll(&item, 1, timeout_ms) <= 0) return false;
    net_client_send(c, &f, evx_bytes(NULL, 0));
    Evx__V1__Frame *answer = net_client_receive(c, NULL, timeout_ms);
    bool welcome = answer && answer->body_case == EVX__V1__FRAME__BODY_WELCOME;
    evx_frame_free(answer);
    return welcome;
}

static void on_listening(void *user, const char *address)
{
    struct net_broker *b = user;
    pthread_mutex_lock(&b->lock);
    const char *port = strrchr(address, ':');
    snprintf(b->endpoint, sizeof b->endpoint, "tcp://127.0.0.1%s", port ? port : "");
    b->listening = true;
    pthread_cond_broadcast(&b->changed);
    pthread_mutex_unlock(&b->lock);
}

static struct evx_sign_public public_of(const struct net_broker *b, enum evx_key_use use)
{
    struct evx_sign_public k;
    memcpy(k.b, evx_fixture_key(b->fixture, "exchange-broker", use)->public_key, sizeof k.b);
    return k;
}

static void *run_broker(void *user)
{
    struct net_broker *b = user;
    struct evx_service s = {.state = b->state,
                            .signer_state = b->signer,
                            .listen = "tcp://127.0.0.1:*",
                            .directory_file = b->directory_file,
                            .metrics = b->metrics,
                            .max_connections = b->max_connections,
                            .reserve_bytes = 1024,
                            .fold_bytes = 1 << 20,
                            .directories = &b->directories,
                            .sign = evx_fixture_sign(b->fixture, "exchange-broker", EVX_KEY_SIG),
                            .log = evx_fixture_sign(b->fixture, "exchange-broker", EVX_KEY_LOG),
                            .sign_public = public_of(b, EVX_KEY_SIG),
                            .log_public = public_of(b, EVX_KEY_LOG),
                            .transport = evx_fixture_box(b->fixture, "exchange-broker", EVX_KEY_TRN),
                            .signals = b->signals,
                            .listening = on_listening,
                            .user = b};
    enum evx_status result = evx_service_run(&s);
    pthread_mutex_lock(&b->lock);
    b->result = result;
    b->ended = true;
    pthread_cond_broadcast(&b->changed);
    pthread_mutex_unlock(&b->lock);
    return NULL;
}

static void quiet(void *user, const char *line) { (void)user, (void)line; }

enum evx_status net_broker_join(struct net_broker *b)
{
    pthread_join(b->thread, NULL);
    return b->result;
}

enum evx_status net_broker_try(struct net_broker *b)
{
    b->listening = b->ended = false;
    cr_assert_eq(pthread_create(&b->thread, NULL, run_broker, b), 0);
    pthread_mutex_lock(&b->lock);
    while (!b->listening && !b->ended)
        pthread_cond_wait(&b->changed, &b->lock);
    pthread_mutex_unlock(&b->lock);
    if (b->listening) return EVX_OK;
    return net_broker_join(b);
}

void net_broker_again(struct net_broker *b)
{
    enum evx_status s = net_broker_try(b);
    cr_assert_eq(s, EVX_OK, "the broker ended with %s", evx_error_info(s)->name);
}

void net_broker_start(struct net_broker *b, size_t max_connections)
{
    memset(b, 0, sizeof *b);
    if (!getenv("EVX_TEST_LOG")) evx_log_set_sink(quiet, NULL);
    b->fixture = evx_fixture_new();
    cr_assert(b->fixture);
    b->max_connections = max_connections;
    snprintf(b->folder, sizeof b->folder, "/tmp/evx-net-XXXXXX");
    cr_assert(mkdtemp(b->folder));
    snprintf(b->state, sizeof b->state, "%s/state", b->folder);
    snprintf(b->signer, sizeof b->signer, "%s/signer", b->folder);
    snprintf(b->metrics, sizeof b->metrics, "%s/broker.prom", b->folder);
    snprintf(b->directory_file, sizeof b->directory_file, "%s/directory.note", b->folder);
    cr_assert_eq(evx_dir_make(b->state), EVX_OK);
    cr_assert_eq(evx_dir_make(b->signer), EVX_OK);
    struct evx_buf note = {0};
    b->directories.newest = net_directory(b->fixture, NULL, &note);
    cr_assert_eq(evx_file_replace(b->directory_file, evx_buf_bytes(&note), 0600), EVX_OK);
    evx_buf_free(&note);
    memcpy(b->server_key, evx_fixture_key(b->fixture, "exchange-broker", EVX_KEY_TRN)->public_key, 32);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    b->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->changed, NULL);
    net_broker_again(b);
}

void net_broker_ask_stop(struct net_broker *b)
{
    (void)b;
    kill(getpid(), SIGTERM);
}

enum evx_status net_broker_stop(struct net_broker *b)
{
    net_broker_ask_stop(b);
    return net_broker_join(b);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st, (void)kind, (void)ftw;
    return remove(path);
}

void net_broker_free(struct net_broker *b)
{
    evx_directories_free(&b->directories);
    evx_fixture_free(b->fixture);
    close(b->signals);
    nftw(b->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

uint64_t net_resident_bytes(void)
{
    unsigned long total = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    cr_assert(f);
    cr_assert_eq(fscanf(f, "%lu %lu", &total, &resident), 2);
    fclose(f);
    return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}
