// SPDX-License-Identifier: Apache-2.0
//
// The broker: the product's core and signer around a simulated disk.
#ifndef EVX_TESTS_SIM_BROKER_NODE_H
#define EVX_TESTS_SIM_BROKER_NODE_H

#include "tests/sim/net.h"

void sim_broker_start(struct sim_broker *b);
void sim_broker_stop(struct sim_broker *b); // as a crash does: no farewell
// Stops and starts again after a while.
void sim_broker_crash(struct sim_broker *b, uint64_t for_ms);
// A new directory version was put beside it.
void sim_broker_directory(struct sim_broker *b);
void sim_broker_take(struct sim_session *at, struct sim_message *m);
void sim_broker_closed(struct sim_session *at);
void sim_broker_drained(struct sim_session *at, uint64_t bytes);
// A consignment that the broker itself puts among the verified ones. Takes the job.
void sim_broker_smuggle(struct sim_broker *b, struct evx_verify_job *job);
bool sim_broker_quiet(const struct sim_broker *b);

#endif
