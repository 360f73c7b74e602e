// SPDX-License-Identifier: Apache-2.0
//
// Real sockets for tests: a client that speaks CURVE, and a whole broker in this
// process with the fixture's exchange, valid for ever, in a folder of its own.
#ifndef EVX_TESTS_UNIT_BROKER_NET_RIG_H
#define EVX_TESTS_UNIT_BROKER_NET_RIG_H

#include <pthread.h>

#include "broker/net/service.h"
#include "tests/testlib/fixture.h"

// The fixture's directory with its period of validity stretched around the real
// clock, and every `from` replaced by `to` (pairs, NULL ends). Appended to *note.
struct evx_directory *net_directory(const struct evx_fixture *f, const char *const *replace,
                                    struct evx_buf *note);

struct net_client {
    void *context, *socket;
};
// org NULL: a key nobody knows. server NULL: no CURVE at all.
void net_client_open(struct net_client *c, const struct evx_fixture *f, const char *org,
                     const uint8_t *server, const char *endpoint);
void net_client_close(struct net_client *c);
void net_client_send(struct net_client *c, const Evx__V1__Frame *f, struct evx_bytes body);
// NULL when nothing came within the time. Free with evx_frame_free; body may be NULL.
Evx__V1__Frame *net_client_receive(struct net_client *c, struct evx_buf *body, int timeout_ms);
// Greets; true when welcomed.
bool net_client_hello(struct net_client *c, int timeout_ms);

struct net_broker {
    struct evx_fixture *fixture;
    struct evx_directories directories;
    char folder[64], directory_file[128], state[128], signer[128], metrics[128];
    char endpoint[256];
    uint8_t server_key[32];
    size_t max_connections;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int signals;
    bool listening, ended;
    enum evx_status result;
};
// Starts and waits until it listens; aborts the test if it does not.
void net_broker_start(struct net_broker *b, size_t max_connections);
void net_broker_ask_stop(struct net_broker *b); // SIGTERM
enum evx_status net_broker_join(struct net_broker *b);
// Both; returns how it ended.
enum evx_status net_broker_stop(struct net_broker *b);
void net_broker_again(struct net_broker *b); // after a stop, on the same state
// … or why it ended before it listened.
enum evx_status net_broker_try(struct net_broker *b);
void net_broker_free(struct net_broker *b);

uint64_t net_resident_bytes(void);

#endif
