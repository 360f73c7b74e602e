// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/queue.h"

#include <stdio.h>
#include <stdlib.h>

static bool before(const struct sim_event *a, const struct sim_event *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void make_room(struct sim_queue *q)
{
    if (q->n < q->cap) return;
    q->cap = q->cap ? 2 * q->cap : 256;
    q->heap = realloc(q->heap, q->cap * sizeof *q->heap);
    if (q->heap) return;
    fputs("evx-sim: out of memory\n", stderr);
    exit(70);
}

void sim_queue_put(struct sim_queue *q, const struct sim_event *e)
{
    make_room(q);
    struct sim_event fresh = *e;
    fresh.order = q->planned++;
    size_t at = q->n++;
    for (; at > 0 && before(&fresh, &q->heap[(at - 1) / 2]); at = (at - 1) / 2)
        q->heap[at] = q->heap[(at - 1) / 2];
    q->heap[at] = fresh;
}

bool sim_queue_next(struct sim_queue *q, struct sim_event *out)
{
    if (!q->n) return false;
    *out = q->heap[0];
    struct sim_event last = q->heap[--q->n];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < q->n; at = child) {
        if (child + 1 < q->n && before(&q->heap[child + 1], &q->heap[child])) child++;
        if (!before(&q->heap[child], &last)) break;
        q->heap[at] = q->heap[child];
    }
    q->heap[at] = last;
    return true;
}

void sim_queue_clear(struct sim_queue *q)
{
    for (size_t i = 0; i < q->n; i++)
        if (q->heap[i].thing && q->heap[i].drop) q->heap[i].drop(q->heap[i].thing);
    q->n = 0;
    q->planned = 0;
}

void sim_queue_free(struct sim_queue *q)
{
    sim_queue_clear(q);
    free(q->heap);
    *q = (struct sim_queue){0};
}
