// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/net.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/broker_node.h"
#include "tests/sim/fleet.h"

#define EVENTS 8

struct waiting {
    struct waiting *next;
    struct sim_message message;
};

struct evx_link {
    struct sim_node *node;
    struct sim_session *session; // NULL while it is down
    bool connecting;
    enum evx_link_event event[EVENTS];
    unsigned events;
    struct waiting *first, **last;
    struct waiting *taken; // what receive() gave out last
};

void sim_message_free(void *message)
{
    struct sim_message *m = message;
    if (!m) return;
    evx_buf_free(&m->frame);
    evx_buf_free(&m->body);
    free(m);
}

struct sim_session *sim_session(struct sim *s, uint32_t number)
{
    return number && number <= s->sessions ? s->session[number - 1] : NULL;
}

static uint64_t travel_ms(struct sim *s)
{
    bool slow = sim_chance(&s->dice, 2) && sim_happens(s, SIM_FAULT_DELAY);
    return slow ? sim_between(&s->dice, 500, 5000) : sim_between(&s->dice, 1, 20);
}

// Within one connection and direction nothing overtakes.
static uint64_t arrival(struct sim *s, uint64_t *last)
{
    uint64_t at = s->now_ms + travel_ms(s);
    *last = at > *last ? at : *last;
    return *last;
}

static void push_event(struct evx_link *l, enum evx_link_event e)
{
    if (l->events < EVENTS) l->event[l->events++] = e;
}

static void drop_waiting(struct evx_link *l)
{
    while (l->first) {
        struct waiting *w = l->first;
        l->first = w->next;
        evx_buf_free(&w->message.frame);
        evx_buf_free(&w->message.body);
        free(w);
    }
    l->last = &l->first;
}

static void drop_taken(struct evx_link *l)
{
    if (!l->taken) return;
    evx_buf_free(&l->taken->message.frame);
    evx_buf_free(&l->taken->message.body);
    free(l->taken);
    l->taken = NULL;
}

// --- connecting ---

static void connect_later(struct evx_link *l, uint64_t in_ms);

static bool reachable(const struct sim *s, const struct sim_node *n)
{
    const struct sim_broker *b = &s->broker[n->view];
    return !s->parted && b->up && evx_core_ready(b->core) && s->sessions < SIM_SESSIONS;
}

static struct sim_session *new_session(struct sim *s, struct evx_link *l)
{
    struct sim_session *at = sim_take(&s->arena, sizeof *at);
    struct sim_broker *b = &s->broker[l->node->view];
    *at = (struct sim_session){.number = s->sessions + 1,
                               .broker = b,
                               .broker_life = b->life,
                               .node = l->node,
                               .link = l,
                               .up_at = s->now_ms,
                               .down_at = s->now_ms};
    s->session[s->sessions++] = at;
    return at;
}

// The subject is the node: its link may have been closed and another opened since.
static void try_connect(struct sim *s, struct sim_event *e)
{
    struct sim_node *n = e->subject;
    struct evx_link *l = n->link;
    if (!l || n->life != e->number || !l->connecting) return;
    l->connecting = false;
    if (!reachable(s, n)) {
        connect_later(l, sim_between(&s->dice, 300, 2000));
        return;
    }
    l->session = new_session(s, l);
    push_event(l, EVX_LINK_UP);
    sim_say(s, sim_name(n), "connected, session %u of broker %u", l->session->number, n->view);
    sim_wake(n, 0);
}

static void connect_later(struct evx_link *l, uint64_t in_ms)
{
    l->connecting = true;
    sim_plan(l->node->sim, in_ms, try_connect, l->node, l->node->life);
}

// --- up: to the broker ---

static void reach_broker(struct sim *s, struct sim_event *e)
{
    struct sim_session *at = e->subject;
    struct sim_message *m = e->thing;
    at->on_the_way--;
    if (!at->closed && at->broker->up && at->broker->life == at->broker_life)
        sim_broker_take(at, m);
    else
        sim_say(s, sim_name(at->node), "a message to a broker that is gone is lost");
    sim_message_free(m);
}

static struct sim_message *copy_message(struct evx_bytes frame, struct evx_bytes body)
{
    struct sim_message *m = calloc(1, sizeof *m);
    if (!m) return NULL;
    if (evx_buf_append(&m->frame, frame.p, frame.n) || evx_buf_append(&m->body, body.p, body.n)) {
        sim_message_free(m);
        return NULL;
    }
    return m;
}

enum evx_status evx_link_send(struct evx_link *l, struct evx_bytes control, struct evx_parcel *body)
{
    struct sim *s = l->node->sim;
    enum evx_status status = sim_touch(l->node);
    if (status) return status;
    struct sim_session *at = l->session;
    if (!at || at->on_the_way >= EVX_LIMIT_SOCKET_HWM) return EVX_E_BUSY;
    struct sim_message *m = copy_message(control, body ? body->whole : evx_bytes(NULL, 0));
    if (!m) return EVX_E_MEMORY;
    at->on_the_way++;
    sim_queue_put(&s->queue, &(struct sim_event){.at_ms = arrival(s, &at->up_at),
                                                 .happen = reach_broker,
                                                 .subject = at,
                                                 .thing = m,
                                                 .drop = sim_message_free});
    return EVX_OK;
}

// --- down: to a client ---

static void reach_client(struct sim *s, struct sim_event *e)
{
    struct sim_session *at = e->subject;
    struct evx_link *l = at->link;
    struct sim_message *m = e->thing;
    struct waiting *w = l ? calloc(1, sizeof *w) : NULL;
    if (!w) {
        sim_message_free(m);
        return;
    }
    sim_mark(s, m->frame.n, m->body.n);
    w->message = *m;
    free(m);
    *l->last = w;
    l->last = &w->next;
    uint64_t late = sim_chance(&s->dice, 2) && sim_happens(s, SIM_FAULT_SLOW_READER)
                        ? sim_between(&s->dice, 500, 4000)
                        : 0;
    sim_wake(l->node, late);
}

void sim_net_down(struct sim_session *at, struct evx_buf *frame, struct evx_buf *body)
{
    struct sim *s = at->node->sim;
    struct sim_message *m = calloc(1, sizeof *m);
    if (!m) return;
    m->frame = *frame;
    *frame = (struct evx_buf){0};
    if (body) m->body = *body;
    if (body) *body = (struct evx_buf){0};
    sim_queue_put(&s->queue, &(struct sim_event){.at_ms = arrival(s, &at->down_at),
                                                 .happen = reach_client,
                                                 .subject = at,
                                                 .thing = m,
                                                 .drop = sim_message_free});
}

// --- the end of a connection ---

static void broker_notices(struct sim *s, struct sim_event *e)
{
    (void)s;
    struct sim_session *at = e->subject;
    if (at->closed) return;
    at->closed = true;
    if (at->broker->up && at->broker->life == at->broker_life) sim_broker_closed(at);
}

static void leave(struct evx_link *l)
{
    l->session->link = NULL;
    l->session = NULL;
    drop_waiting(l);
    push_event(l, EVX_LINK_DOWN);
}

void sim_net_cut(struct sim_session *at, bool half_open)
{
    struct sim *s = at->node->sim;
    struct evx_link *l = at->link;
    if (half_open)
        sim_plan(s, sim_between(&s->dice, 100, 20000), broker_notices, at, 0);
    else
        broker_notices(s, &(struct sim_event){.subject = at});
    if (!l) return;
    leave(l);
    connect_later(l, sim_between(&s->dice, 100, 1500));
    sim_wake(l->node, 0);
}

void sim_net_cut_broker(struct sim_broker *b)
{
    struct sim *s = b->sim;
    for (unsigned i = 0; i < s->sessions; i++)
        if (s->session[i]->broker == b && (s->session[i]->link || !s->session[i]->closed))
            sim_net_cut(s->session[i], false);
}

void sim_net_cut_node(struct sim_node *n, bool half_open)
{
    if (n->link && n->link->session) sim_net_cut(n->link->session, half_open);
}

// --- agents/client/net/link.h ---

enum evx_status evx_link_open(struct evx_link **out, const char *endpoint,
                              const struct evx_box_public *server, const struct evx_box_secret *transport,
                              const struct evx_box_public *transport_public)
{
    (void)endpoint, (void)server, (void)transport, (void)transport_public;
    *out = calloc(1, sizeof **out);
    if (!*out) return EVX_E_MEMORY;
    struct sim_node *n = (struct sim_node *)sim_current()->running;
    (*out)->node = n;
    (*out)->last = &(*out)->first;
    n->link = *out;
    connect_later(*out, sim_between(&n->sim->dice, 1, 50));
    return EVX_OK;
}

void evx_link_close(struct evx_link **link)
{
    if (!link || !*link) return;
    struct evx_link *l = *link;
    if (l->session) {
        struct sim_session *at = l->session;
        leave(l);
        sim_plan(l->node->sim, sim_between(&l->node->sim->dice, 1, 100), broker_notices, at, 0);
    }
    drop_waiting(l);
    drop_taken(l);
    l->node->link = NULL;
    free(l);
    *link = NULL;
}

enum evx_status evx_link_wait(struct evx_link *l, uint64_t timeout_ms)
{
    (void)timeout_ms;
    return l->node->dying ? EVX_E_IO : EVX_OK;
}

void evx_link_wake(struct evx_link *l) { (void)l; }

enum evx_link_event evx_link_next_event(struct evx_link *l, enum evx_status *why)
{
    if (!l->events) return EVX_LINK_NOTHING;
    enum evx_link_event e = l->event[0];
    memmove(l->event, l->event + 1, --l->events * sizeof l->event[0]);
    *why = e == EVX_LINK_UP ? EVX_OK : EVX_E_UNREACHABLE;
    return e;
}

enum evx_status evx_link_receive(struct evx_link *l, struct evx_bytes *control, struct evx_bytes *body)
{
    drop_taken(l);
    struct waiting *w = l->first;
    if (!w) return EVX_E_NOT_FOUND;
    l->first = w->next;
    if (!l->first) l->last = &l->first;
    l->taken = w;
    *control = evx_buf_bytes(&w->message.frame);
    *body = evx_buf_bytes(&w->message.body);
    sim_broker_drained(l->session, w->message.frame.n + w->message.body.n);
    return EVX_OK;
}
