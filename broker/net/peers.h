// SPDX-License-Identifier: Apache-2.0
//
// What the loop knows of each peer: its connection, what waits to be sent to it,
// and how much of what was sent its kernel has taken. Bounded by what the core
// allows a session to have outstanding.
#ifndef EVX_BROKER_NET_PEERS_H
#define EVX_BROKER_NET_PEERS_H

#include "broker/net/gauge.h"
#include "broker/net/message.h"

struct evx_peers;

struct evx_peers_ports {
    void *user;
    void (*drained)(void *user, uint32_t session, uint64_t bytes);
    void (*gone)(void *user, uint32_t session); // libzmq no longer knows it
};

EVX_MUST_CHECK enum evx_status evx_peers_new(struct evx_peers **out, void *router, struct evx_gauge *gauge,
                                             const struct evx_peers_ports *ports);
void evx_peers_destroy(struct evx_peers **p);

// The session spoke on this connection.
void evx_peers_seen(struct evx_peers *p, uint32_t session, int fd);
// Sends or queues; takes the message.
void evx_peers_send(struct evx_peers *p, struct evx_message *m);
void evx_peers_remove(struct evx_peers *p, uint32_t session);
void evx_peers_cut(struct evx_peers *p, uint32_t session);
// Sends what waits and reports what was taken. True while something is outstanding.
bool evx_peers_turn(struct evx_peers *p);
uint64_t evx_peers_outstanding(const struct evx_peers *p); // bytes

#endif
