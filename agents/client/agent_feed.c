// SPDX-License-Identifier: Apache-2.0
//
// Rows to the courier in the order of their numbers: what was sealed a moment ago goes
// straight from memory, everything else is read back from the outbox and checked.
#include <stdlib.h>
#include <string.h>

#include "agents/client/agent_state.h"

#define FRESH_BYTES (32u << 20)

// Room behind the last one; false without memory, then the outbox has to serve.
static bool make_room(struct evx_agent *a)
{
    if (a->fresh_first + a->fresh_n < a->fresh_cap) return true;
    if (a->fresh_first) memmove(a->fresh, a->fresh + a->fresh_first, a->fresh_n * sizeof *a->fresh);
    a->fresh_first = 0;
    if (a->fresh_n < a->fresh_cap) return true;
    size_t cap = a->fresh_cap ? 2 * a->fresh_cap : 64;
    struct evx_parcel **grown = realloc(a->fresh, cap * sizeof *grown);
    if (!grown) return false;
    a->fresh = grown;
    a->fresh_cap = cap;
    return true;
}

void evx_agent_feed_fresh(struct evx_agent *a, struct evx_parcel **p)
{
    bool gapless = a->fresh_n ? a->fresh[a->fresh_first + a->fresh_n - 1]->number + 1 == (*p)->number
                              : a->drained || a->offered + 1 == (*p)->number;
    bool room = gapless && a->fresh_bytes + (*p)->whole.n <= FRESH_BYTES && make_room(a);
    if (!room) {
        a->drained = false; // it is found in the outbox
        evx_parcel_destroy(p);
        return;
    }
    a->fresh_bytes += (*p)->whole.n;
    a->fresh[a->fresh_first + a->fresh_n++] = *p;
    *p = NULL;
}

static struct evx_parcel *take_fresh(struct evx_agent *a)
{
    struct evx_parcel *p = a->fresh[a->fresh_first++];
    a->fresh_n--;
    a->fresh_bytes -= p->whole.n;
    if (a->fresh_n == 0) a->fresh_first = 0;
    return p;
}

static enum evx_status next(struct evx_agent *a, struct evx_parcel **out)
{
    *out = NULL;
    if (a->fresh_n) {
        *out = take_fresh(a);
        return EVX_OK;
    }
    if (a->drained) return EVX_E_NOT_FOUND;
    uint64_t number = 0;
    enum evx_status s = evx_outbox_next(a->outbox, a->offered, out, &number);
    a->drained = s == EVX_E_NOT_FOUND;
    return s;
}

enum evx_status evx_agent_feed(struct evx_agent *a)
{
    while (evx_courier_wants(a->courier)) {
        struct evx_parcel *p = NULL;
        enum evx_status s = next(a, &p);
        if (s == EVX_E_NOT_FOUND) return EVX_OK;
        if (s) return s;
        uint64_t number = p->number;
        s = evx_courier_offer(a->courier, &p);
        evx_parcel_destroy(&p);
        if (s) return s;
        a->offered = number;
    }
    return EVX_OK;
}

void evx_agent_feed_again(struct evx_agent *a)
{
    while (a->fresh_n) {
        struct evx_parcel *p = take_fresh(a);
        evx_parcel_destroy(&p);
    }
    a->offered = 0;
    a->drained = false;
    if (a->courier) evx_courier_forget(a->courier);
}

void evx_agent_feed_free(struct evx_agent *a)
{
    evx_agent_feed_again(a);
    free(a->fresh);
    a->fresh = NULL;
    a->fresh_cap = 0;
}
