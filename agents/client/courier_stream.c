// SPDX-License-Identifier: Apache-2.0
//
// Before the first submission of a session: does the broker know more of our stream than
// we do? Then this machine was restored or copied, and its sequence numbers are spent.
#include <string.h>

#include "agents/client/courier_state.h"
#include "proto/base/log.h"

#define RECLAIM_AT_ONCE 64

static bool is_candidate(const struct evx_courier *c, const struct evx_parcel *p)
{
    return p && p->sequence <= c->reclaim.to && memcmp(p->stream.b, c->stream.id.b, sizeof p->stream.b) == 0;
}

static enum evx_status ask_receipt(struct evx_courier *c, struct evx_parcel *p, uint64_t now_ms)
{
    Evx__V1__GetReceipt m = EVX__V1__GET_RECEIPT__INIT;
    m.inspection = (ProtobufCBinaryData){sizeof c->inspection.b, c->inspection.b};
    m.consignment = (ProtobufCBinaryData){sizeof p->id.b, p->id.b};
    m.stream = (ProtobufCBinaryData){sizeof p->stream.b, p->stream.b};
    m.sequence = p->sequence;
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_GET_RECEIPT;
    f.get_receipt = &m;
    enum evx_status s = evx_courier_send(c, &f, NULL);
    c->reclaim.asked += !s;
    c->stream_asked_ms = now_ms;
    return s;
}

// The last id of ours that the log has: the one before the first that got no receipt.
static enum evx_status leave_stream(struct evx_courier *c)
{
    uint64_t last = c->stream.sequence;
    struct evx_digest known;
    c->reclaim = (struct reclaim){0};
    for (size_t i = 0; i < c->flights.n; i++) {
        const struct evx_parcel *p = c->flights.at[i].parcel;
        bool ours = p && memcmp(p->stream.b, c->stream.id.b, sizeof p->stream.b) == 0;
        if (ours && p->sequence <= last) last = p->sequence - 1;
    }
    bool any = last && c->port.id_at(c->port.user, &c->stream.id, last, &known) == EVX_OK;
    return evx_courier_renew(c, any ? &known : NULL);
}

// Asks for what may be there already; never sends it again, because a second content under
// a used number would prove an equivocation.
static enum evx_status reclaim(struct evx_courier *c, uint64_t now_ms)
{
    enum evx_status s = EVX_OK;
    if (c->reclaim.asked) return EVX_OK;
    for (size_t i = 0; i < c->flights.n && !s && !c->reclaim.failed && c->reclaim.asked < RECLAIM_AT_ONCE;
         i++)
        if (is_candidate(c, c->flights.at[i].parcel)) s = ask_receipt(c, c->flights.at[i].parcel, now_ms);
    return s || c->reclaim.asked ? s : leave_stream(c);
}

void evx_courier_reclaimed(struct evx_courier *c, bool ours)
{
    if (!c->reclaim.asked) return;
    c->reclaim.asked--;
    c->reclaim.failed = c->reclaim.failed || !ours;
}

// An answer that was lost, or that could not be believed: nothing is sent before there is one.
static void ask_again(struct evx_courier *c, uint64_t now_ms)
{
    if (now_ms < c->stream_asked_ms + COURIER_ANSWER_MS) return;
    c->stream_asked = false;
    c->reclaim.asked = 0;
}

enum evx_status evx_courier_ask_stream(struct evx_courier *c, uint64_t now_ms)
{
    ask_again(c, now_ms);
    if (c->reclaim.to) return reclaim(c, now_ms);
    if (!c->has_stream || c->stream.sequence == 0) {
        c->stream_checked = true; // random and never used: nobody can know it
        return EVX_OK;
    }
    if (c->stream_asked) return EVX_OK;
    Evx__V1__GetStream m = EVX__V1__GET_STREAM__INIT;
    m.inspection.data = c->inspection.b;
    m.inspection.len = sizeof c->inspection.b;
    m.stream.data = c->stream.id.b;
    m.stream.len = sizeof c->stream.id.b;
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_GET_STREAM;
    f.get_stream = &m;
    enum evx_status s = evx_courier_send(c, &f, NULL);
    c->stream_asked = !s;
    c->stream_asked_ms = now_ms;
    return s;
}

enum evx_status evx_courier_renew(struct evx_courier *c, const struct evx_digest *known)
{
    struct evx_stream_id old = c->stream.id;
    evx_log(EVX_LOG_WARN, "STREAM-RESET", "sequence=%llu", (unsigned long long)c->stream.sequence);
    evx_courier_drop_stream(c, &old);
    return c->port.renew(c->port.user, &old, known);
}

// True when the head is a prefix of our own stream.
static bool is_our_past(struct evx_courier *c, const Evx__V1__StreamHead *m)
{
    if (m->sequence == 0) return true;
    if (m->sequence > c->stream.sequence || m->last.len != 32) return false;
    struct evx_digest ours;
    if (c->port.id_at(c->port.user, &c->stream.id, m->sequence, &ours)) return false;
    return memcmp(ours.b, m->last.data, sizeof ours.b) == 0;
}

enum evx_status evx_courier_on_stream_head(struct evx_courier *c, const Evx__V1__Frame *f,
                                           struct evx_bytes body, uint64_t now)
{
    (void)body;
    const Evx__V1__StreamHead *m = f->stream_head;
    bool ours = evx_courier_is_ours(c, &m->inspection) && m->stream.len == sizeof c->stream.id.b;
    if (!ours) return evx_courier_disbelieve(c, "stream-head", EVX_E_PROTOCOL);
    // About a stream that was left since it was asked for: of no use any more.
    bool current = memcmp(m->stream.data, c->stream.id.b, sizeof c->stream.id.b) == 0;
    if (c->stream_checked || !current) return EVX_OK;
    if (m->frozen) {
        evx_courier_halt(c, EVX_E_FROZEN);
        return EVX_OK;
    }
    if (is_our_past(c, m))
        c->stream_checked = true;
    else if (!c->reclaim.to)
        c->reclaim.to = m->sequence;
    return evx_courier_tick(c, now);
}
