// SPDX-License-Identifier: Apache-2.0
//
// The network: ordered connections that take time, end, and lose what is on its
// way when they do. agents/client/net/link.h is implemented here too.
#ifndef EVX_TESTS_SIM_NET_H
#define EVX_TESTS_SIM_NET_H

#include "agents/client/net/link.h"
#include "tests/sim/sim.h"

struct sim_message {
    struct evx_buf frame, body;
};

// One connection as the broker knows it.
struct sim_session {
    uint32_t number;
    struct sim_broker *broker;
    unsigned broker_life;
    struct sim_node *node;
    struct evx_link *link;   // NULL: the client's side is gone
    bool closed;             // the broker's side is gone
    uint64_t up_at, down_at; // when the last message of each direction arrives
    uint64_t on_the_way;     // to the broker
};

struct sim_session *sim_session(struct sim *s, uint32_t number);
// A message of the broker to a client. Takes both buffers' memory.
void sim_net_down(struct sim_session *at, struct evx_buf *frame, struct evx_buf *body);
// Ends a connection: the client notices now. half_open: the broker later, and it
// still takes what was on its way.
void sim_net_cut(struct sim_session *at, bool half_open);
// Ends every connection of a broker, of a node.
void sim_net_cut_broker(struct sim_broker *b);
void sim_net_cut_node(struct sim_node *n, bool half_open);
void sim_message_free(void *message);

#endif
