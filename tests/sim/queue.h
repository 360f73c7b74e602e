// SPDX-License-Identifier: Apache-2.0
//
// What will happen, by time; of two events at one moment the one that was
// planned first comes first.
#ifndef EVX_TESTS_SIM_QUEUE_H
#define EVX_TESTS_SIM_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim;
struct sim_event {
    uint64_t at_ms, order;
    void (*happen)(struct sim *s, struct sim_event *e);
    void *subject;             // whom it concerns
    void *thing;               // what comes along; owned by the event, see `drop`
    uint64_t number;           // what the planner wants to recognise
    void (*drop)(void *thing); // frees `thing` when the event never happens; may be NULL
};

struct sim_queue {
    struct sim_event *heap;
    size_t n, cap;
    uint64_t planned;
};

void sim_queue_put(struct sim_queue *q, const struct sim_event *e);
bool sim_queue_next(struct sim_queue *q, struct sim_event *out);
void sim_queue_clear(struct sim_queue *q); // drops what is left
void sim_queue_free(struct sim_queue *q);

#endif
