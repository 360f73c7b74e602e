// SPDX-License-Identifier: Apache-2.0
//
// The ROUTER socket: CURVE server, bounded in every direction, one message of a
// peer turned into one object and back. Identity is the User-Id that admission
// gave; what comes without one is not looked at.
#ifndef EVX_BROKER_NET_ROUTER_H
#define EVX_BROKER_NET_ROUTER_H

#include "broker/net/message.h"

struct evx_router_options {
    const char *listen; // "tcp://address:port", port 0 = any
    uint8_t curve_secret[32];
    const char *monitor; // inproc address of libzmq's connection events; a reader must be
                         // connected before the bind, or libzmq stands still
};

// Sets every option; binds nothing yet. MEMORY, BIND (an option was refused).
EVX_MUST_CHECK enum evx_status evx_router_new(void **out, void *context, const struct evx_router_options *o);
EVX_MUST_CHECK enum evx_status evx_router_bind(void *router, const char *listen);
// The address that was bound, with its port.
enum evx_status evx_router_address(void *router, char *out, size_t cap);

struct evx_received {
    struct evx_message *message; // kind FRAME; NULL when it had no identity or no memory was left
    int fd;                      // of its connection, -1 unknown
    uint64_t wire_bytes;         // what it took on the wire, about
};
// One whole message, never blocking. False when there is none. Parts of a
// message over a limit are read and dropped; its fault says so.
bool evx_router_receive(struct evx_received *out, void *router);

enum evx_router_sent { EVX_ROUTER_SENT, EVX_ROUTER_FULL, EVX_ROUTER_GONE };
// Hands the message to libzmq without copying; takes *m unless FULL.
// *wire_bytes is what it will take on the wire, about.
enum evx_router_sent evx_router_send(void *router, struct evx_message **m, uint64_t *wire_bytes);

#endif
