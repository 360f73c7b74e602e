// SPDX-License-Identifier: Apache-2.0
//
// The agents' machines, and what befalls everybody.
#ifndef EVX_TESTS_SIM_FLEET_H
#define EVX_TESTS_SIM_FLEET_H

#include "tests/sim/disks.h"
#include "tests/sim/sim.h"

// --- agent_node.c ---
void sim_node_start(struct sim_node *n);
void sim_node_stop(struct sim_node *n); // as a crash does
void sim_node_crash(struct sim_node *n, uint64_t for_ms);
void sim_node_fails(struct sim *s, struct sim_event *e); // the subject crashes for a while
// Its turn comes in this many milliseconds at the latest.
void sim_wake(struct sim_node *n, uint64_t in_ms);
void sim_alarmed(struct sim_node *n, enum sim_alarm_kind kind, enum evx_status code);
bool sim_alarm_is(const struct sim_node *n, enum sim_alarm_kind kind);
// Seals items for all receivers, or for the one organisation.
EVX_MUST_CHECK enum evx_status sim_queue_items(struct sim_node *n, const struct evx_plain_item *item,
                                               size_t items, const char *to, size_t batch);

// --- collector_node.c ---
EVX_MUST_CHECK enum evx_status sim_collector_open(struct sim_node *n);
void sim_collector_close(struct sim_node *n);
EVX_MUST_CHECK enum evx_status sim_collector_round(struct sim_node *n);
bool sim_collector_idle(const struct sim_node *n); // caught up, nothing owed

// --- work.c ---
void sim_work_plan(struct sim *s);

// The keepers hand the newest version to the operator.
void sim_directory_published(struct sim *s);

// --- faults.c ---
void sim_faults_plan(struct sim *s);
// The broker would not start or stopped by itself: an operator mends its disk.
void sim_broker_refused(struct sim_broker *b, enum evx_status why);

// --- check.c ---
void sim_check_round(struct sim_node *n); // after each turn of a node
bool sim_settled(const struct sim *s);    // everything is where it should be
void sim_check_end(struct sim *s);

#endif
