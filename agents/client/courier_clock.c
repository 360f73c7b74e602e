// SPDX-License-Identifier: Apache-2.0
//
// The clock is the machine's wall clock, because directories and refusals are judged by
// it, and somebody may set it back. Nothing waits longer for that: every time that was
// noted moves back with it. Set forward it ends waits early, and something is asked twice;
// where silence is held against the broker, only time counts that was spent listening.
#include "agents/client/courier_state.h"
#include "proto/base/log.h"

#define STEP_MS 1000 // evx_courier_deadline() asks for a tick at least as often

static void earlier(uint64_t *at, uint64_t by) { *at -= *at < by ? *at : by; }

static void move_flights(struct flights *f, uint64_t by)
{
    for (size_t i = 0; i < f->n; i++) {
        earlier(&f->at[i].sent_ms, by);
        earlier(&f->at[i].not_before_ms, by);
    }
}

static void move_all(struct evx_courier *c, uint64_t by)
{
    uint64_t *const noted[] = {&c->greeted_ms,
                               &c->pause_until_ms,
                               &c->directory_asked_ms,
                               &c->directory_again_ms,
                               &c->sights.asked_ms,
                               &c->stream_asked_ms,
                               &c->fetch.asked_ms,
                               &c->fetch.not_before_ms,
                               &c->twice.asked_ms,
                               &c->twice.not_before_ms,
                               &c->witness.asked_ms,
                               &c->witness.not_before_ms,
                               &c->witness.proof_asked_ms,
                               &c->witness.proof_not_before_ms};
    for (size_t i = 0; i < sizeof noted / sizeof noted[0]; i++)
        earlier(noted[i], by);
    move_flights(&c->flights, by);
}

void evx_courier_watch_clock(struct evx_courier *c, uint64_t now_ms)
{
    if (now_ms < c->clock_ms) {
        evx_log(EVX_LOG_WARN, "CLIENT-CLOCK-BACK", "by_ms=%llu", (unsigned long long)(c->clock_ms - now_ms));
        move_all(c, c->clock_ms - now_ms);
    } else if (c->directory_asked_ms && now_ms - c->clock_ms > STEP_MS) {
        c->directory_asked_ms += now_ms - c->clock_ms - STEP_MS;
    }
    c->clock_ms = now_ms;
}
