// SPDX-License-Identifier: Apache-2.0
//
// What is under way: sent in order within the broker's credit, receipts in any order.
#include <stdlib.h>
#include <string.h>

#include "agents/client/courier_state.h"
#include "proto/base/log.h"

#define RECEIPT_MS 20000 // then it is sent again

size_t evx_courier_wants(const struct evx_courier *c)
{
    size_t window = 2 * (size_t)EVX_LIMIT_SESSION_CREDIT;
    return c->flights.bytes < window && c->flights.n < 8192 ? window - c->flights.bytes : 0;
}

// Moves the living to the front; amortised, because half of them are dead then.
static void compact(struct flights *f)
{
    size_t kept = 0;
    for (size_t i = 0; i < f->n; i++)
        if (f->at[i].parcel) f->at[kept++] = f->at[i];
    f->n = kept;
}

static enum evx_status make_room(struct flights *f)
{
    if (f->n < f->cap) return EVX_OK;
    compact(f);
    if (f->n < f->cap / 2) return EVX_OK;
    size_t cap = f->cap ? 2 * f->cap : 64;
    struct flight *at = realloc(f->at, cap * sizeof *at);
    if (!at) return EVX_E_MEMORY;
    f->at = at;
    f->cap = cap;
    return EVX_OK;
}

enum evx_status evx_courier_offer(struct evx_courier *c, struct evx_parcel **p)
{
    enum evx_status s = make_room(&c->flights);
    if (s) return s;
    c->flights.at[c->flights.n++] = (struct flight){.parcel = *p};
    c->flights.bytes += (*p)->whole.n;
    *p = NULL;
    return EVX_OK;
}

struct flight *evx_courier_flight(struct evx_courier *c, const uint8_t id[32])
{
    for (size_t i = 0; i < c->flights.n; i++) {
        struct flight *f = &c->flights.at[i];
        if (f->parcel && memcmp(f->parcel->id.b, id, sizeof f->parcel->id.b) == 0) return f;
    }
    return NULL;
}

static void unsend(struct evx_courier *c, struct flight *f)
{
    if (!f->sent) return;
    f->sent = false;
    c->flights.sent_bytes -= f->parcel->whole.n;
}

void evx_courier_land(struct evx_courier *c, struct flight *f)
{
    unsend(c, f);
    c->flights.bytes -= f->parcel->whole.n;
    evx_parcel_destroy(&f->parcel);
    size_t dead = 0;
    while (dead < c->flights.n && !c->flights.at[dead].parcel)
        dead++;
    if (dead * 2 >= c->flights.n) compact(&c->flights);
}

void evx_courier_ground_all(struct evx_courier *c)
{
    for (size_t i = 0; i < c->flights.n; i++)
        if (c->flights.at[i].parcel) unsend(c, &c->flights.at[i]);
}

void evx_courier_rewind(struct evx_courier *c, uint64_t sequence, uint64_t not_before_ms)
{
    for (size_t i = 0; i < c->flights.n; i++) {
        struct flight *f = &c->flights.at[i];
        if (!f->parcel || f->parcel->sequence < sequence) continue;
        unsend(c, f);
        f->not_before_ms = not_before_ms;
    }
}

void evx_courier_drop_stream(struct evx_courier *c, const struct evx_stream_id *stream)
{
    for (size_t i = 0; i < c->flights.n; i++) {
        struct flight *f = &c->flights.at[i];
        if (!f->parcel || memcmp(f->parcel->stream.b, stream->b, sizeof stream->b) != 0) continue;
        unsend(c, f);
        c->flights.bytes -= f->parcel->whole.n;
        evx_parcel_destroy(&f->parcel);
    }
    compact(&c->flights);
}

void evx_courier_forget(struct evx_courier *c)
{
    evx_courier_flights_free(c);
    c->sights.changed = true; // what was to be durable may have been undone
}

void evx_courier_flights_free(struct evx_courier *c)
{
    for (size_t i = 0; i < c->flights.n; i++)
        evx_parcel_destroy(&c->flights.at[i].parcel);
    free(c->flights.at);
    c->flights = (struct flights){0};
}

enum evx_status evx_courier_submit(struct evx_courier *c, struct evx_parcel *p)
{
    Evx__V1__Submit m = EVX__V1__SUBMIT__INIT;
    m.consignment.data = p->id.b;
    m.consignment.len = sizeof p->id.b;
    m.bytes = p->whole.n;
    Evx__V1__Frame out = EVX__V1__FRAME__INIT;
    out.body_case = EVX__V1__FRAME__BODY_SUBMIT;
    out.submit = &m;
    return evx_courier_send(c, &out, p);
}

static enum evx_status take_off(struct evx_courier *c, struct flight *f, uint64_t now_ms)
{
    enum evx_status s = evx_courier_submit(c, f->parcel);
    if (s) return s;
    f->sent = true;
    f->sent_ms = now_ms;
    c->flights.sent_bytes += f->parcel->whole.n;
    return EVX_OK;
}

static void expire(struct evx_courier *c, struct flight *f, uint64_t now_ms)
{
    if (!f->sent || now_ms < f->sent_ms + RECEIPT_MS) return;
    evx_log(EVX_LOG_INFO, "CLIENT-RESEND", "sequence=%llu", (unsigned long long)f->parcel->sequence);
    unsend(c, f);
    f->not_before_ms = now_ms + evx_courier_backoff(c, f->attempts++);
}

enum evx_status evx_courier_send_due(struct evx_courier *c, uint64_t now_ms)
{
    for (size_t i = 0; i < c->flights.n; i++) {
        struct flight *f = &c->flights.at[i];
        if (!f->parcel) continue;
        expire(c, f, now_ms);
        if (f->sent) continue;
        // In order: what comes later would only be refused for the gap.
        if (f->not_before_ms > now_ms) return EVX_OK;
        if (c->flights.sent_bytes && c->flights.sent_bytes + f->parcel->whole.n > c->credit_bytes)
            return EVX_OK;
        enum evx_status s = take_off(c, f, now_ms);
        if (s) return s;
    }
    return EVX_OK;
}
