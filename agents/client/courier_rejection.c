// SPDX-License-Identifier: Apache-2.0
#include "agents/client/courier_state.h"
#include "proto/base/log.h"

static enum evx_status retry_later(struct evx_courier *c, struct flight *f, uint64_t now)
{
    uint64_t at = now + evx_courier_backoff(c, f->attempts++);
    evx_courier_rewind(c, f->parcel->sequence, at);
    return EVX_OK;
}

static enum evx_status needs_human(struct evx_courier *c, struct flight *f, enum evx_status code)
{
    evx_courier_rewind(c, f->parcel->sequence, 0);
    evx_courier_halt(c, code);
    return c->port.refused(c->port.user, f->parcel, code, false);
}

// These very bytes can never be accepted, and everything sealed after them chains to
// them: the stream ends here.
static enum evx_status give_up(struct evx_courier *c, struct flight *f, enum evx_status code)
{
    enum evx_status s = c->port.refused(c->port.user, f->parcel, code, true);
    if (s) return s;
    evx_courier_halt(c, code);
    struct evx_digest known;
    bool any = f->parcel->sequence > 1 &&
               c->port.id_at(c->port.user, &f->parcel->stream, f->parcel->sequence - 1, &known) == EVX_OK;
    return evx_courier_renew(c, any ? &known : NULL);
}

// The broker wants an earlier one first: those under way are sent again from there; one
// that was already receipted is fetched back from the outbox.
static enum evx_status fill_gap(struct evx_courier *c, struct flight *f, uint64_t expected, uint64_t now)
{
    struct evx_stream_id stream = f->parcel->stream;
    uint64_t wait = now + evx_courier_backoff(c, f->attempts++);
    uint64_t sequence = f->parcel->sequence;
    if (expected == 0 || expected >= sequence) return retry_later(c, f, now);
    evx_courier_rewind(c, expected, wait);
    for (size_t i = 0; i < c->flights.n; i++)
        if (c->flights.at[i].parcel && c->flights.at[i].parcel->sequence == expected) return EVX_OK;
    struct evx_parcel *p = NULL;
    enum evx_status s = c->port.parcel_at(c->port.user, &stream, expected, &p);
    if (s == EVX_E_NOT_FOUND) {
        // It was acknowledged and forgotten here, and the broker no longer has it.
        evx_courier_halt(c, EVX_E_LOG_BEHIND);
        return EVX_OK;
    }
    if (!s) s = evx_courier_submit(c, p);
    evx_parcel_destroy(&p);
    return s;
}

// Sealed under a directory that is not accepted any more. After the newest one has been
// fetched the same bytes get one more chance: the broker takes the version before too.
static enum evx_status stale(struct evx_courier *c, struct flight *f, uint64_t now)
{
    bool hope = evx_directory_version(c->directory) < c->directory_newest || f->attempts == 0;
    if (!hope) return give_up(c, f, EVX_E_STALE_DIRECTORY);
    enum evx_status s = evx_courier_ask_directory(c);
    return s ? s : retry_later(c, f, now);
}

static enum evx_status take(struct evx_courier *c, struct flight *f, const Evx__V1__RejectionBody *m,
                            uint64_t now)
{
    enum evx_status code = evx_status_from_wire(m->code);
    evx_log(EVX_LOG_INFO, "CLIENT-REFUSED", "code=%s sequence=%llu", evx_error_info(code)->code,
            (unsigned long long)f->parcel->sequence);
    if (code == EVX_E_GAP) return fill_gap(c, f, m->expected_sequence, now);
    if (code == EVX_E_STALE_DIRECTORY) return stale(c, f, now);
    switch (evx_error_info(code)->retry) {
    case EVX_RETRY_TRANSIENT: return retry_later(c, f, now);
    case EVX_RETRY_PERMANENT: return give_up(c, f, code);
    case EVX_RETRY_HUMAN: return needs_human(c, f, code);
    }
    return EVX_E_BUG;
}

// A refusal of something else than a consignment.
static enum evx_status take_session(struct evx_courier *c, enum evx_status code, uint64_t now)
{
    evx_log(EVX_LOG_INFO, "CLIENT-REFUSED", "code=%s", evx_error_info(code)->code);
    if (code == EVX_E_UNKNOWN_STREAM && c->reclaim.to) {
        evx_courier_reclaimed(c, false);
        return evx_courier_tick(c, now);
    }
    if (code == EVX_E_UNKNOWN_STREAM) { // it knows nothing of ours yet
        c->stream_checked = c->stream_asked;
        return evx_courier_tick(c, now);
    }
    if (c->sights.asked && (code == EVX_E_CONSISTENCY || code == EVX_E_NOT_FOUND))
        return evx_courier_fork(c, evx_buf_bytes(&c->sights.last.note),
                                evx_buf_bytes(&c->sights.waiting[0].note), NULL);
    if (code == EVX_E_DIRECTORY_UNKNOWN) { // says nothing of whatever else was asked
        evx_courier_directory_refused(c);
        return EVX_OK;
    }
    c->directory_asked = false;
    if (evx_error_info(code)->retry != EVX_RETRY_TRANSIENT) {
        evx_courier_halt(c, code);
        return EVX_OK;
    }
    c->pause_until_ms = now + evx_courier_backoff(c, 2);
    if (c->fetch.outstanding && c->fetch.taken_bytes == 0) {
        evx_courier_fetch_abandon(c);
        c->fetch.not_before_ms = c->pause_until_ms;
    }
    return EVX_OK;
}

enum evx_status evx_courier_on_rejection(struct evx_courier *c, const Evx__V1__Frame *frame,
                                         struct evx_bytes body, uint64_t now)
{
    (void)body;
    Evx__V1__RejectionBody *m = NULL;
    enum evx_status s = evx_rejection_open(&m, frame->rejection, c->directory, (int64_t)now);
    if (s) return evx_courier_disbelieve(c, "rejection", s);
    struct flight *f = m->consignment.len == 32 ? evx_courier_flight(c, m->consignment.data) : NULL;
    if (m->consignment.len == 0)
        s = take_session(c, evx_status_from_wire(m->code), now);
    else if (f && f->sent) // one that is to be sent again anyway has nothing to be refused
        s = take(c, f, m, now);
    evx_rejection_body_free(m);
    return s;
}
