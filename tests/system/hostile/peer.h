// SPDX-License-Identifier: Apache-2.0
//
// A peer that keeps to no rule: one DEALER socket used directly, so that tests
// can send what the client library never would. Loopback only; every wait is
// bounded.
#ifndef EVX_TESTS_SYSTEM_HOSTILE_PEER_H
#define EVX_TESTS_SYSTEM_HOSTILE_PEER_H

#include "crypto/keys.h"
#include "proto/msg/codec.h"

struct peer {
    void *context;
    void *socket;
};

// What a peer shows at the door. NULL server key: no CURVE at all.
struct credentials {
    const char *endpoint;
    const uint8_t *server_key; // 32 or NULL
    uint8_t public_key[32];
    uint8_t secret_key[32];
};

bool peer_open(struct peer *p, const struct credentials *c);
// The same with a routing id of the peer's choosing.
bool peer_open_as(struct peer *p, const struct credentials *c, struct evx_bytes routing_id);
void peer_close(struct peer *p);

// One part; `more` keeps the message open. False when it could not be queued in time.
bool peer_send_part(struct peer *p, struct evx_bytes part, bool more);
// A frame, then body cut into parts of at most `part_bytes` (0: the protocol's own size).
bool peer_send(struct peer *p, const Evx__V1__Frame *frame, struct evx_bytes body, size_t part_bytes);

// The next frame, body parts dropped; NULL after timeout_ms. Free with evx_frame_free.
Evx__V1__Frame *peer_receive(struct peer *p, int timeout_ms);

// Says Hello and waits for Welcome. False when nobody answers.
bool peer_greet(struct peer *p, int timeout_ms);

#endif
