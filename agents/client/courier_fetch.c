// SPDX-License-Identifier: Apache-2.0
//
// Asking for entries and closing each batch: entries count only once a signed checkpoint
// covers them and that checkpoint is proved to continue the last one seen.
#include <string.h>

#include "agents/client/courier_state.h"
#include "proto/base/log.h"

#define ANSWER_MS       30000
#define AGENCY_PAUSE_MS 100   // every own submission grows the log: do not ask after each
#define POLL_MS         30000 // in case a More was lost

static void pause_fetch(struct evx_courier *c, uint64_t now_ms, uint64_t ms)
{
    c->fetch.not_before_ms = now_ms + ms;
}

static enum evx_status ask(struct evx_courier *c, uint64_t now_ms)
{
    struct fetch *t = &c->fetch;
    Evx__V1__Fetch m = EVX__V1__FETCH__INIT;
    m.inspection.data = c->inspection.b;
    m.inspection.len = sizeof c->inspection.b;
    m.from_index = t->next;
    m.max_bytes = t->max_bytes;
    m.max_entries = 0;
    m.follow = true;
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_FETCH;
    f.fetch = &m;
    enum evx_status s = evx_courier_send(c, &f, NULL);
    if (s) return s;
    t->outstanding = true;
    t->wanted = false;
    t->caught_up = false;
    t->from = t->next;
    t->taken_bytes = 0;
    t->asked_ms = now_ms;
    return EVX_OK;
}

void evx_courier_fetch_abandon(struct evx_courier *c)
{
    c->fetch.outstanding = false;
    c->fetch.ending = false;
    c->fetch.caught_up = false;
    c->fetch.wanted = true;
    c->fetch.stalled = false;
    // Entries that were handed over stay counted: the next checkpoint covers them too.
    if (c->fetch.mode == FETCH_LOG) c->fetch.next = c->fetch.frontier.size;
    evx_courier_release_held(c);
}

enum evx_status evx_courier_fetch_due(struct evx_courier *c, uint64_t now_ms)
{
    struct fetch *t = &c->fetch;
    if (t->outstanding && now_ms >= t->asked_ms + ANSWER_MS) {
        t->torn = t->torn || t->taken_bytes > 0; // the rest of it may still come
        evx_courier_fetch_abandon(c);
    }
    if (t->outstanding || t->ending || c->directory_wanted) return EVX_OK;
    if (now_ms >= t->asked_ms + POLL_MS) t->wanted = true;
    if (!t->wanted || now_ms < t->not_before_ms) return EVX_OK;
    // An agency's receipts come first; its acknowledgements can wait until they are in.
    if (t->mode == FETCH_ACKNOWLEDGEMENTS && c->flights.sent_bytes && now_ms < t->asked_ms + 1000)
        return EVX_OK;
    return ask(c, now_ms);
}

enum evx_status evx_courier_on_more(struct evx_courier *c, const Evx__V1__Frame *f, struct evx_bytes body,
                                    uint64_t now)
{
    (void)body;
    if (!evx_courier_is_ours(c, &f->more->inspection)) return EVX_OK;
    if (f->more->size <= c->fetch.next) return EVX_OK;
    c->fetch.wanted = true;
    c->fetch.caught_up = false;
    return evx_courier_tick(c, now);
}

enum evx_status evx_courier_on_entry(struct evx_courier *c, const Evx__V1__Frame *frame,
                                     struct evx_bytes body, uint64_t now)
{
    const Evx__V1__Entry *m = frame->entry;
    c->fetch.asked_ms = now; // it is answering
    c->fetch.torn = c->fetch.torn || !c->fetch.outstanding;
    bool expected = c->fetch.outstanding && evx_courier_is_ours(c, &m->inspection) &&
                    m->body == (body.n > 0) && m->bytes == body.n;
    if (!expected) return evx_courier_disbelieve(c, "entry", EVX_E_PROTOCOL);
    if (c->fetch.torn) return EVX_OK;
    c->fetch.taken_bytes += body.n + m->log_entry.len;
    if (c->fetch.taken_bytes > c->fetch.max_bytes + EVX_LIMIT_CONSIGNMENT_BYTES + (4u << 20))
        return EVX_E_PROTOCOL; // far more than was granted
    if (c->fetch.stalled) return EVX_OK;
    return c->fetch.mode == FETCH_LOG ? evx_courier_log_entry(c, m, body)
                                      : evx_courier_hold_entry(c, m, body);
}

static enum evx_status ask_tail(struct evx_courier *c)
{
    Evx__V1__GetConsistency m = EVX__V1__GET_CONSISTENCY__INIT;
    m.inspection.data = c->inspection.b;
    m.inspection.len = sizeof c->inspection.b;
    m.from_size = c->fetch.end_next;
    m.to_size = c->fetch.end.checkpoint.size;
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_GET_CONSISTENCY;
    f.get_consistency = &m;
    c->fetch.tail_asked = true;
    return evx_courier_send(c, &f, NULL);
}

// If the checkpoint is not the continuation of the last one either, the broker's answer
// to that question convicts it; so that one is waited for.
enum evx_status evx_courier_tail_wrong(struct evx_courier *c)
{
    c->fetch.tail_wrong = true;
    if (!evx_courier_sights_settled(c)) return EVX_OK;
    return evx_courier_fork(c, evx_buf_bytes(&c->sights.last.note), evx_buf_bytes(&c->fetch.end.note), NULL);
}

// The rebuilt frontier against the signed root; at once when they are of one size,
// by a proof when the checkpoint reaches further than the batch.
static enum evx_status check_root(struct evx_courier *c)
{
    struct fetch *t = &c->fetch;
    t->tail_proved = t->mode != FETCH_LOG || t->end_next == 0;
    if (t->tail_proved) return EVX_OK;
    evx_frontier_root(&t->tail_root, &t->frontier);
    if (t->end_next < t->end.checkpoint.size) return ask_tail(c);
    t->tail_proved = memcmp(t->tail_root.b, t->end.checkpoint.root.b, sizeof t->tail_root.b) == 0;
    return t->tail_proved ? EVX_OK : evx_courier_tail_wrong(c);
}

static enum evx_status check_end(struct evx_courier *c, const Evx__V1__FetchEnd *m)
{
    struct fetch *t = &c->fetch;
    if (!t->outstanding || !evx_courier_is_ours(c, &m->inspection)) return EVX_E_PROTOCOL;
    enum evx_status s =
        evx_courier_open_checkpoint(c, &t->end.checkpoint, evx_bytes(m->checkpoint.data, m->checkpoint.len));
    if (s) return s;
    if (m->size != t->end.checkpoint.size || m->next_index < t->from || m->next_index > m->size)
        return EVX_E_PROTOCOL;
    return t->mode == FETCH_LOG && m->next_index != t->frontier.size ? EVX_E_PROTOCOL : EVX_OK;
}

// What the log's key signed is proved like any other checkpoint when the rest of the message is wrong
// too: a log that ends before what was read of it shows itself here.
static enum evx_status see_end(struct evx_courier *c, const Evx__V1__FetchEnd *m)
{
    struct evx_bytes note = evx_bytes(m->checkpoint.data, m->checkpoint.len);
    struct evx_checkpoint checkpoint;
    if (evx_courier_open_checkpoint(c, &checkpoint, note)) return EVX_OK;
    enum evx_status s = evx_courier_see(c, &checkpoint, note);
    return s == EVX_E_BUSY ? EVX_OK : s;
}

enum evx_status evx_courier_on_fetch_end(struct evx_courier *c, const Evx__V1__Frame *frame,
                                         struct evx_bytes body, uint64_t now)
{
    (void)body;
    const Evx__V1__FetchEnd *m = frame->fetch_end;
    struct fetch *t = &c->fetch;
    if (t->torn) { // not the end of what was asked for last, if anything was
        t->torn = t->caught_up = false;
        t->wanted = true;
        return evx_courier_tick(c, now);
    }
    if (t->stalled) {
        evx_courier_fetch_abandon(c);
        return evx_courier_tick(c, now);
    }
    enum evx_status s = check_end(c, m);
    if (s) {
        enum evx_status seen = see_end(c, m);
        if (seen) return seen;
        pause_fetch(c, now, evx_courier_backoff(c, 4));
        if (t->mode == FETCH_LOG && t->frontier.size != t->from)
            return s; // entries were handled: they must be undone
        evx_courier_fetch_abandon(c);
        return evx_courier_disbelieve(c, "fetch-end", s);
    }
    t->outstanding = false;
    t->ending = true;
    t->tail_asked = t->tail_wrong = false;
    t->end_next = m->next_index;
    evx_buf_clear(&t->end.note);
    s = evx_buf_append(&t->end.note, m->checkpoint.data, m->checkpoint.len);
    if (!s) s = evx_courier_see(c, &t->end.checkpoint, evx_buf_bytes(&t->end.note));
    if (s == EVX_E_BUSY) { // what was handed over is covered by the next one
        evx_courier_fetch_abandon(c);
        pause_fetch(c, now, evx_courier_backoff(c, 4));
        return EVX_OK;
    }
    if (!s) s = check_root(c);
    if (!s) s = evx_courier_fetch_finish(c, now);
    return s ? s : evx_courier_tick(c, now);
}

static enum evx_status finish_log(struct evx_courier *c)
{
    return c->port.checkpoint(c->port.user, &c->fetch.end.checkpoint, evx_buf_bytes(&c->fetch.end.note));
}

static enum evx_status finish_acknowledgements(struct evx_courier *c, uint64_t now_ms)
{
    bool held_back = false;
    enum evx_status s = evx_courier_take_held(c, &c->fetch.end.checkpoint, &held_back);
    evx_courier_release_held(c);
    if (held_back) pause_fetch(c, now_ms, 5 * AGENCY_PAUSE_MS);
    // Behind what the log holds there is nothing to wait for.
    else if (c->fetch.end_next == c->fetch.end.checkpoint.size)
        pause_fetch(c, now_ms, AGENCY_PAUSE_MS);
    if (s || held_back) {
        c->fetch.end_next = c->fetch.from; // again from where this one began
        return s;
    }
    return c->port.cursor(c->port.user, c->fetch.end_next);
}

enum evx_status evx_courier_fetch_finish(struct evx_courier *c, uint64_t now_ms)
{
    struct fetch *t = &c->fetch;
    if (!t->ending || !t->tail_proved || !evx_courier_sights_settled(c)) return EVX_OK;
    t->ending = false;
    bool all = t->end_next == t->end.checkpoint.size;
    enum evx_status s = EVX_OK;
    if (t->mode != FETCH_LOG) s = finish_acknowledgements(c, now_ms);
    if (s) return s;
    t->next = t->end_next;
    t->caught_up = all && t->next == t->end.checkpoint.size && !t->wanted;
    if (!all || t->next != t->end.checkpoint.size) t->wanted = true;
    if (t->mode != FETCH_LOG) return EVX_OK;
    // The next batch travels while this one is made durable.
    if (t->wanted) s = ask(c, now_ms);
    if (s == EVX_E_BUSY) s = EVX_OK;
    if (s || t->end_next == t->settled) return s;
    t->settled = t->end_next;
    return finish_log(c);
}
