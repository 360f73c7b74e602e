// SPDX-License-Identifier: Apache-2.0
#include "agents/client/courier.h"

#include <stdlib.h>
#include <string.h>

#include "agents/client/courier_state.h"
#include "proto/base/log.h"

#define BACKOFF_FIRST_MS 100
#define BACKOFF_LAST_MS  30000

typedef enum evx_status (*handler)(struct evx_courier *c, const Evx__V1__Frame *f, struct evx_bytes body,
                                   uint64_t now);

static enum evx_status on_ping(struct evx_courier *c, const Evx__V1__Frame *f, struct evx_bytes body,
                               uint64_t now)
{
    (void)body;
    (void)now;
    Evx__V1__Pong pong = EVX__V1__PONG__INIT;
    pong.nonce = f->ping->nonce;
    Evx__V1__Frame out = EVX__V1__FRAME__INIT;
    out.body_case = EVX__V1__FRAME__BODY_PONG;
    out.pong = &pong;
    return evx_courier_send(c, &out, NULL);
}

static enum evx_status on_pong(struct evx_courier *c, const Evx__V1__Frame *f, struct evx_bytes body,
                               uint64_t now)
{
    (void)c;
    (void)f;
    (void)body;
    (void)now;
    return EVX_OK;
}

// Which message is allowed in which state; what has no row is refused.
static const struct {
    Evx__V1__Frame__BodyCase message;
    enum courier_state state;
    handler handle;
} table[] = {
    {EVX__V1__FRAME__BODY_WELCOME, COURIER_GREETING, evx_courier_on_welcome},
    {EVX__V1__FRAME__BODY_REJECTION, COURIER_GREETING, evx_courier_on_rejection},
    {EVX__V1__FRAME__BODY_PING, COURIER_GREETING, on_ping},
    {EVX__V1__FRAME__BODY_DIRECTORY, COURIER_GREETING, evx_courier_on_directory},
    {EVX__V1__FRAME__BODY_RECEIPT, COURIER_READY, evx_courier_on_receipt},
    {EVX__V1__FRAME__BODY_REJECTION, COURIER_READY, evx_courier_on_rejection},
    {EVX__V1__FRAME__BODY_ENTRY, COURIER_READY, evx_courier_on_entry},
    {EVX__V1__FRAME__BODY_FETCH_END, COURIER_READY, evx_courier_on_fetch_end},
    {EVX__V1__FRAME__BODY_MORE, COURIER_READY, evx_courier_on_more},
    {EVX__V1__FRAME__BODY_DIRECTORY, COURIER_READY, evx_courier_on_directory},
    {EVX__V1__FRAME__BODY_CONSISTENCY, COURIER_READY, evx_courier_on_consistency},
    {EVX__V1__FRAME__BODY_CHECKPOINT, COURIER_READY, evx_courier_on_checkpoint},
    {EVX__V1__FRAME__BODY_STREAM_HEAD, COURIER_READY, evx_courier_on_stream_head},
    {EVX__V1__FRAME__BODY_EQUIVOCATION, COURIER_READY, evx_courier_on_equivocation},
    {EVX__V1__FRAME__BODY_PING, COURIER_READY, on_ping},
    {EVX__V1__FRAME__BODY_PONG, COURIER_READY, on_pong},
};

static handler handler_of(enum courier_state state, Evx__V1__Frame__BodyCase message)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].state == state && table[i].message == message) return table[i].handle;
    return NULL;
}

enum evx_status evx_courier_new(struct evx_courier **out, const struct evx_courier_setup *setup)
{
    *out = NULL;
    struct evx_courier *c = calloc(1, sizeof *c);
    if (!c) return EVX_E_MEMORY;
    c->port = setup->port;
    c->inspection = setup->inspection;
    c->organisation = setup->organisation;
    c->program = setup->program;
    c->opener = setup->opener;
    c->own = setup->own;
    c->own_n = setup->own_n;
    c->fetch.next = setup->cursor;
    c->fetch.max_bytes = EVX_LIMIT_FETCH_BYTES / 8;
    c->fetch.wanted = true;
    enum evx_status s = evx_courier_use_directory(c, setup->directory);
    if (!s) s = evx_courier_history_open(c);
    if (!s && setup->last_seen.n) {
        s = evx_courier_open_checkpoint(c, &c->sights.last.checkpoint, setup->last_seen);
        if (!s) s = evx_buf_append(&c->sights.last.note, setup->last_seen.p, setup->last_seen.n);
        c->sights.any = !s;
    }
    if (!s) s = evx_courier_wait_again(c, setup->waiting);
    if (!s) s = evx_courier_witness_open(c, setup);
    if (s) evx_courier_destroy(&c);
    *out = c;
    return s;
}

void evx_courier_destroy(struct evx_courier **c)
{
    if (!*c) return;
    evx_courier_flights_free(*c);
    evx_courier_sights_free(*c);
    evx_courier_witness_free(*c);
    evx_courier_fetch_abandon(*c);
    free((*c)->fetch.held);
    evx_buf_free(&(*c)->fetch.end.note);
    evx_directory_history_destroy(&(*c)->history);
    evx_directory_destroy(&(*c)->directory);
    evx_buf_free(&(*c)->scratch);
    free(*c);
    *c = NULL;
}

enum evx_status evx_courier_use_directory(struct evx_courier *c, struct evx_directory *d)
{
    enum evx_status s = evx_directory_log_vkey(&c->log, d, &c->inspection);
    if (s) return s;
    struct evx_directory *taken = evx_directory_ref(d);
    evx_directory_destroy(&c->directory);
    c->directory = taken;
    return evx_courier_witness_review(c);
}

void evx_courier_set_stream(struct evx_courier *c, const struct evx_outbox_stream *s)
{
    bool same = c->has_stream && memcmp(c->stream.id.b, s->id.b, sizeof s->id.b) == 0;
    c->stream = *s;
    c->has_stream = true;
    if (!same) c->stream_checked = c->stream_asked = false;
}

enum evx_status evx_courier_log_key(const struct evx_courier *c, struct evx_vkey *out, struct evx_bytes note)
{
    return evx_directory_log_vkey_for(out, c->directory, &c->inspection, note);
}

enum evx_status evx_courier_open_checkpoint(const struct evx_courier *c, struct evx_checkpoint *out,
                                            struct evx_bytes note)
{
    struct evx_vkey log;
    enum evx_status s = evx_courier_log_key(c, &log, note);
    return s ? s : evx_checkpoint_open(out, note, &log);
}

void evx_courier_fetch_log(struct evx_courier *c, const struct evx_frontier *from, uint64_t max_bytes)
{
    c->fetch.mode = FETCH_LOG;
    c->fetch.frontier = *from;
    evx_directory_history_truncate(c->history, from->size);
    c->fetch.next = c->fetch.settled = from->size;
    c->fetch.max_bytes = max_bytes && max_bytes < EVX_LIMIT_FETCH_BYTES ? max_bytes : EVX_LIMIT_FETCH_BYTES;
    c->fetch.wanted = true;
}

void evx_courier_set_cursor(struct evx_courier *c, uint64_t next_index)
{
    if (c->fetch.mode != FETCH_LOG) c->fetch.next = next_index;
}

enum evx_status evx_courier_send(struct evx_courier *c, Evx__V1__Frame *frame, struct evx_parcel *body)
{
    evx_buf_clear(&c->scratch);
    enum evx_status s = evx_frame_pack(&c->scratch, frame);
    return s ? s : c->port.send(c->port.user, evx_buf_bytes(&c->scratch), body);
}

void evx_courier_halt(struct evx_courier *c, enum evx_status why)
{
    if (!c->halted) evx_log(EVX_LOG_WARN, "CLIENT-HALT", "code=%s", evx_error_info(why)->code);
    c->halted = why;
}

enum evx_status evx_courier_disbelieve(struct evx_courier *c, const char *what, enum evx_status why)
{
    evx_log(EVX_LOG_WARN, "CLIENT-DISBELIEVED", "what=%s code=%s", what, evx_error_info(why)->code);
    c->fault = why;
    return why == EVX_E_MEMORY ? why : EVX_OK;
}

uint64_t evx_courier_backoff(struct evx_courier *c, unsigned attempts)
{
    uint64_t wait = BACKOFF_FIRST_MS;
    for (unsigned i = 0; i < attempts && wait < BACKOFF_LAST_MS; i++)
        wait *= 2;
    if (wait > BACKOFF_LAST_MS) wait = BACKOFF_LAST_MS;
    return wait / 2 + c->port.random(c->port.user) % (wait / 2 + 1);
}

bool evx_courier_is_ours(const struct evx_courier *c, const ProtobufCBinaryData *inspection)
{
    return inspection->len == sizeof c->inspection.b &&
           memcmp(inspection->data, c->inspection.b, sizeof c->inspection.b) == 0;
}

static enum evx_status greet(struct evx_courier *c, uint64_t now_ms)
{
    Evx__V1__Hello hello = EVX__V1__HELLO__INIT;
    hello.version = 1;
    hello.directory_version = evx_directory_version(c->directory);
    hello.program = (char *)c->program;
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_HELLO;
    f.hello = &hello;
    c->greeted_ms = now_ms;
    return evx_courier_send(c, &f, NULL);
}

enum evx_status evx_courier_connected(struct evx_courier *c, uint64_t now_ms)
{
    evx_courier_watch_clock(c, now_ms);
    if (c->state != COURIER_OFFLINE) evx_courier_disconnected(c, now_ms);
    c->state = COURIER_GREETING;
    return greet(c, now_ms);
}

void evx_courier_disconnected(struct evx_courier *c, uint64_t now_ms)
{
    (void)now_ms;
    c->state = COURIER_OFFLINE;
    c->stream_checked = c->stream_asked = false;
    c->reclaim = (struct reclaim){0};
    c->directory_asked = false;
    c->sights.asked = false;
    evx_courier_witness_offline(c);
    evx_courier_ground_all(c);
    evx_courier_fetch_abandon(c);
    c->fetch.torn = false;
    evx_courier_twice_abandon(c);
}

enum evx_status evx_courier_on_welcome(struct evx_courier *c, const Evx__V1__Frame *f, struct evx_bytes body,
                                       uint64_t now)
{
    (void)body;
    const Evx__V1__Welcome *m = f->welcome;
    if (m->version != 1) {
        evx_courier_halt(c, EVX_E_VERSION);
        return EVX_OK;
    }
    c->state = COURIER_READY;
    c->credit_bytes = m->credit_bytes < EVX_LIMIT_SESSION_CREDIT ? m->credit_bytes : EVX_LIMIT_SESSION_CREDIT;
    c->directory_newest = m->directory_version;
    c->fetch.wanted = true;
    int64_t skew = (int64_t)(now - m->now_ms);
    if (skew > 300000 || skew < -300000)
        evx_log(EVX_LOG_WARN, "CLIENT-CLOCK", "skew_ms=%lld code=EVX-7004", (long long)skew);
    if (m->directory_version < evx_directory_version(c->directory))
        EVX_IGNORE(evx_courier_disbelieve(c, "welcome", EVX_E_DIRECTORY_FROZEN),
                   "the newer one stays in use");
    enum evx_status s = evx_courier_mention(c, m->directory_version);
    if (s) return s;
    return evx_courier_tick(c, now);
}

enum evx_status evx_courier_message(struct evx_courier *c, struct evx_bytes control, struct evx_bytes body,
                                    uint64_t now_ms)
{
    evx_courier_watch_clock(c, now_ms);
    Evx__V1__Frame *f = NULL;
    enum evx_status s = evx_frame_unpack(&f, control);
    if (s) return evx_courier_disbelieve(c, "frame", s);
    handler handle = handler_of(c->state, f->body_case);
    bool parts_allowed =
        f->body_case == EVX__V1__FRAME__BODY_ENTRY || f->body_case == EVX__V1__FRAME__BODY_DIRECTORY;
    if (!handle || (body.n && !parts_allowed))
        s = evx_courier_disbelieve(c, "unexpected-frame", EVX_E_PROTOCOL);
    else
        s = handle(c, f, body, now_ms);
    evx_frame_free(f);
    return s;
}

enum evx_status evx_courier_tick(struct evx_courier *c, uint64_t now_ms)
{
    evx_courier_watch_clock(c, now_ms);
    if (c->state == COURIER_GREETING && now_ms >= c->greeted_ms + COURIER_ANSWER_MS) return greet(c, now_ms);
    if (c->state != COURIER_READY || !evx_courier_directory_due(c, now_ms) || c->halted) return EVX_OK;
    enum evx_status s = c->stream_checked ? EVX_OK : evx_courier_ask_stream(c, now_ms);
    if (!s && c->stream_checked && now_ms >= c->pause_until_ms) s = evx_courier_send_due(c, now_ms);
    if (!s) s = evx_courier_ask_consistency(c, now_ms);
    if (!s) s = evx_courier_fetch_due(c, now_ms);
    if (!s) s = evx_courier_twice_due(c, now_ms);
    if (!s) s = evx_courier_witness_due(c, now_ms);
    return s == EVX_E_BUSY ? EVX_OK : s;
}

uint64_t evx_courier_deadline(const struct evx_courier *c, uint64_t now_ms)
{
    uint64_t at = now_ms + 1000;
    if (c->state != COURIER_READY) return at;
    for (size_t i = 0; i < c->flights.n; i++) {
        const struct flight *f = &c->flights.at[i];
        if (!f->parcel || f->sent) continue;
        uint64_t due = f->not_before_ms > c->pause_until_ms ? f->not_before_ms : c->pause_until_ms;
        if (due > now_ms && due < at) at = due;
        break;
    }
    if (c->fetch.wanted && !c->fetch.outstanding && c->fetch.not_before_ms > now_ms &&
        c->fetch.not_before_ms < at)
        at = c->fetch.not_before_ms;
    uint64_t witness = evx_courier_witness_deadline(c);
    if (witness > now_ms && witness < at) at = witness;
    return at;
}

enum evx_status evx_courier_halted(const struct evx_courier *c) { return c->halted; }
enum evx_status evx_courier_fault(const struct evx_courier *c) { return c->fault; }
bool evx_courier_ready(const struct evx_courier *c) { return c->state == COURIER_READY; }
const struct evx_directory *evx_courier_directory(const struct evx_courier *c) { return c->directory; }

void evx_courier_retry(struct evx_courier *c)
{
    // A proved fork is not something that trying again can mend.
    if (c->halted == EVX_E_CONSISTENCY) return;
    if (c->halted) c->stream_asked = false; // what was frozen may have been released
    c->halted = c->fault = EVX_OK;
}

bool evx_courier_caught_up(const struct evx_courier *c)
{
    return c->fetch.caught_up && !c->fetch.outstanding && !c->fetch.ending && evx_courier_twice_settled(c);
}
