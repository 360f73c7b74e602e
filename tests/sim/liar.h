// SPDX-License-Identifier: Apache-2.0
//
// A broker that lies: what it does between its core and the wire. It holds every
// key that the operator holds, and no other.
#ifndef EVX_TESTS_SIM_LIAR_H
#define EVX_TESTS_SIM_LIAR_H

#include "tests/sim/net.h"

struct sim_liar {
    bool on;
    uint64_t until_ms;
    bool victim[SIM_NODES];
    bool for_good;             // it never stops
    struct sim_log_disk *past; // of journal and register
    uint64_t told;             // frames that were not what the core said
    // of one kind each
    uint64_t size;          // tail, freeze: the log stopped there
    struct evx_bytes note;  // … with this checkpoint
    unsigned directory;     // freeze: the version that is said to be the newest
    struct evx_bytes old;   // replay, swap: a receipt of before
    struct sim_session *at; // reorder: whose entry is held back
    struct sim_message *held;
};

// Chooses what this run's broker lies about, and when.
void sim_liar_plan(struct sim *s);
// A message of the core on its way to a client. False: it does not go.
bool sim_liar_passes(struct sim_session *at, struct evx_buf *frame, struct evx_buf *body);
// A message of a client: true when the core is not to see it.
bool sim_liar_takes(struct sim_session *at, struct sim_message *m);
void sim_liar_free(struct sim *s);

// --- liar_frames.c: one kind of lie in one message ---
enum sim_lied { SIM_TRUE, SIM_CHANGED, SIM_DROPPED };
enum sim_lied sim_lie_in_receipt(struct sim_session *at, Evx__V1__Frame *f);
enum sim_lied sim_lie_in_entry(struct sim_session *at, Evx__V1__Frame *f, struct evx_buf *body);
enum sim_lied sim_lie_in_end(struct sim_session *at, Evx__V1__Frame *f);
enum sim_lied sim_lie_in_greeting(struct sim_session *at, Evx__V1__Frame *f);
// A receipt with a proof that holds under a root of its own making.
bool sim_lie_invent(struct sim_session *at, struct sim_message *submit);
void sim_lie_forge(struct sim *s);

#endif
