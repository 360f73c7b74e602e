// SPDX-License-Identifier: Apache-2.0
//
// ZMTP 3 with CURVE on a bare TCP socket (rfc.zeromq.org 23, 26): for what
// libzmq's own client will never put on the wire, such as a message whose last
// part never comes.
#ifndef EVX_TESTS_SYSTEM_HOSTILE_RAW_H
#define EVX_TESTS_SYSTEM_HOSTILE_RAW_H

#include "tests/system/hostile/peer.h"

struct raw {
    int fd;
    uint8_t shared[32]; // of the two transient keys
    uint64_t nonce;     // last one used
};

// Connects and shakes hands as a DEALER. False when it is not let in.
bool raw_open(struct raw *r, const struct credentials *c);
void raw_close(struct raw *r);
// One part; `more` says that the message goes on. False once the line is cut.
bool raw_send(struct raw *r, struct evx_bytes part, bool more);

#endif
