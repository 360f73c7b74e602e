// SPDX-License-Identifier: Apache-2.0
#include "broker/net/peers.h"

#include <stdlib.h>

#include "broker/net/router.h"

#define BUCKETS 512

struct peer {
    struct peer *next;      // in its bucket
    struct peer *next_busy; // in the list of those with something outstanding
    uint32_t session;
    int fd;
    bool busy, known;                  // known: base was taken
    struct evx_message *first, **last; // waits for libzmq
    uint64_t queued_bytes;             // in that queue, as the core counts
    uint64_t sent_bytes;               // handed to libzmq and not yet reported taken, as the core counts
    uint64_t wire_bytes;               // the same on the wire, since the start
    uint64_t base;                     // the kernel's counter that stands for wire_bytes = 0
};

struct evx_peers {
    void *router;
    struct evx_gauge *gauge;
    struct evx_peers_ports ports;
    struct peer *bucket[BUCKETS];
    struct peer *busy;
};

enum evx_status evx_peers_new(struct evx_peers **out, void *router, struct evx_gauge *gauge,
                              const struct evx_peers_ports *ports)
{
    *out = calloc(1, sizeof **out);
    if (!*out) return EVX_E_MEMORY;
    (*out)->router = router;
    (*out)->gauge = gauge;
    (*out)->ports = *ports;
    return EVX_OK;
}

static struct peer **place(struct evx_peers *p, uint32_t session)
{
    struct peer **at = &p->bucket[session % BUCKETS];
    while (*at && (*at)->session != session)
        at = &(*at)->next;
    return at;
}

static void free_peer(struct peer *one)
{
    while (one->first) {
        struct evx_message *m = one->first;
        one->first = m->next;
        evx_message_destroy(&m);
    }
    free(one);
}

void evx_peers_destroy(struct evx_peers **p)
{
    if (!p || !*p) return;
    for (size_t i = 0; i < BUCKETS; i++)
        while ((*p)->bucket[i]) {
            struct peer *one = (*p)->bucket[i];
            (*p)->bucket[i] = one->next;
            free_peer(one);
        }
    free(*p);
    *p = NULL;
}

static struct peer *get(struct evx_peers *p, uint32_t session)
{
    struct peer **at = place(p, session);
    if (*at) return *at;
    struct peer *one = calloc(1, sizeof *one);
    if (!one) return NULL;
    one->session = session;
    one->fd = -1;
    one->last = &one->first;
    return *at = one;
}

void evx_peers_seen(struct evx_peers *p, uint32_t session, int fd)
{
    struct peer *one = get(p, session);
    if (!one || one->fd == fd) return;
    one->fd = fd;
    one->known = evx_gauge_acknowledged(p->gauge, fd, &one->base);
    one->wire_bytes = 0;
}

void evx_peers_remove(struct evx_peers *p, uint32_t session)
{
    struct peer **at = place(p, session);
    struct peer *one = *at;
    if (!one) return;
    *at = one->next;
    struct peer **b = &p->busy;
    while (*b && *b != one)
        b = &(*b)->next_busy;
    if (*b) *b = one->next_busy;
    free_peer(one);
}

void evx_peers_cut(struct evx_peers *p, uint32_t session)
{
    struct peer *one = *place(p, session);
    if (one) evx_gauge_cut(p->gauge, one->fd);
}

static void make_busy(struct evx_peers *p, struct peer *one)
{
    if (one->busy) return;
    one->busy = true;
    one->next_busy = p->busy;
    p->busy = one;
}

// False when the peer is gone.
static bool flush(struct evx_peers *p, struct peer *one)
{
    while (one->first) {
        struct evx_message *m = one->first, *next = m->next;
        uint64_t bytes = m->frame.n + m->body.n, wire = 0;
        enum evx_router_sent sent = evx_router_send(p->router, &m, &wire);
        if (sent == EVX_ROUTER_FULL) return true;
        one->first = next;
        if (!next) one->last = &one->first;
        one->queued_bytes -= bytes;
        one->sent_bytes += bytes;
        one->wire_bytes += wire;
        if (sent == EVX_ROUTER_GONE) return false;
    }
    return true;
}

static void end(struct evx_peers *p, struct peer *one)
{
    uint32_t session = one->session;
    evx_peers_remove(p, session);
    p->ports.gone(p->ports.user, session);
}

void evx_peers_send(struct evx_peers *p, struct evx_message *m)
{
    struct peer *one = get(p, m->session);
    if (!one) {
        evx_message_destroy(&m);
        return;
    }
    m->next = NULL;
    *one->last = m;
    one->last = &m->next;
    one->queued_bytes += m->frame.n + m->body.n;
    make_busy(p, one);
    if (!flush(p, one)) end(p, one);
}

// What the kernel counts includes handshake and heartbeats; those can only make
// it look as if more had been taken than was sent, and are then taken off.
static uint64_t still_on_the_way(struct evx_peers *p, struct peer *one)
{
    uint64_t taken;
    if (!one->known || !evx_gauge_acknowledged(p->gauge, one->fd, &taken)) return 0;
    taken -= one->base;
    if (taken > one->wire_bytes) {
        one->base += taken - one->wire_bytes;
        return 0;
    }
    return one->wire_bytes - taken;
}

static void report(struct evx_peers *p, struct peer *one)
{
    uint64_t left = still_on_the_way(p, one);
    if (left >= one->sent_bytes) return;
    uint64_t taken = one->sent_bytes - left;
    one->sent_bytes = left;
    p->ports.drained(p->ports.user, one->session, taken);
}

bool evx_peers_turn(struct evx_peers *p)
{
    struct peer *one = p->busy;
    p->busy = NULL;
    while (one) {
        struct peer *next = one->next_busy;
        one->busy = false;
        if (!flush(p, one)) {
            end(p, one);
        } else {
            report(p, one);
            if (one->first || one->sent_bytes) make_busy(p, one);
        }
        one = next;
    }
    return p->busy != NULL;
}

uint64_t evx_peers_outstanding(const struct evx_peers *p)
{
    uint64_t n = 0;
    for (const struct peer *one = p->busy; one; one = one->next_busy)
        n += one->queued_bytes + one->sent_bytes;
    return n;
}
