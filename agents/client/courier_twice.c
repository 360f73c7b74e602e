// SPDX-License-Identifier: Apache-2.0
//
// What fetches the whole log also asks for what is not in it: proofs that a sender signed
// two contents under one number. One question at a time, each answer checked by whoever
// keeps it.
#include "agents/client/courier_state.h"

#define AGAIN_MS  30000 // after the last one there was
#define ANSWER_MS 30000

void evx_courier_twice_from(struct evx_courier *c, uint64_t after)
{
    c->twice = (struct twice){.after = after};
}

void evx_courier_twice_abandon(struct evx_courier *c)
{
    c->twice.asked = c->twice.answered = false;
    c->twice.not_before_ms = 0;
}

bool evx_courier_twice_settled(const struct evx_courier *c)
{
    return c->fetch.mode != FETCH_LOG || !c->port.equivocation || c->twice.answered;
}

enum evx_status evx_courier_twice_due(struct evx_courier *c, uint64_t now_ms)
{
    struct twice *t = &c->twice;
    if (c->fetch.mode != FETCH_LOG || !c->port.equivocation) return EVX_OK;
    if (t->asked && now_ms >= t->asked_ms + ANSWER_MS) t->asked = false;
    if (t->asked || now_ms < t->not_before_ms) return EVX_OK;
    Evx__V1__GetEquivocations m = EVX__V1__GET_EQUIVOCATIONS__INIT;
    m.inspection = (ProtobufCBinaryData){sizeof c->inspection.b, c->inspection.b};
    m.after = t->after;
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_GET_EQUIVOCATIONS;
    f.get_equivocations = &m;
    enum evx_status s = evx_courier_send(c, &f, NULL);
    t->asked = !s;
    t->asked_ms = now_ms;
    return s;
}

enum evx_status evx_courier_on_equivocation(struct evx_courier *c, const Evx__V1__Frame *f,
                                            struct evx_bytes body, uint64_t now)
{
    (void)body;
    const Evx__V1__Equivocation *m = f->equivocation;
    struct twice *t = &c->twice;
    bool expected =
        t->asked && evx_courier_is_ours(c, &m->inspection) && (m->number == 0 || m->number > t->after);
    if (!expected) return evx_courier_disbelieve(c, "equivocation", EVX_E_PROTOCOL);
    t->asked = false;
    if (m->number == 0) {
        t->answered = true;
        t->not_before_ms = now + AGAIN_MS;
        return evx_courier_tick(c, now);
    }
    t->after = m->number;
    enum evx_status s = c->port.equivocation(c->port.user, m->number, evx_bytes(m->first.data, m->first.len),
                                             evx_bytes(m->second.data, m->second.len));
    return s ? s : evx_courier_tick(c, now);
}
