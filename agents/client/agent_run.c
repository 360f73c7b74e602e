// SPDX-License-Identifier: Apache-2.0
//
// The thin loop around the courier: socket, clock and disk are here, decisions are not.
#include <string.h>

#include "agents/client/agent_state.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"

#define MESSAGES_A_ROUND 256 // then what they changed is made durable
#define WAIT_MS          250
#define DEAD_MS          15000 // without a connection, then a new socket: libzmq gives up after some errors
#define NOTED_MS         200   // that what was only noted may wait for a commit that is needed anyway
#define IDLE_MS          1000  // of silence, then there is time to tidy the outbox

// What waiting does not mend.
static bool is_certain(enum evx_status why) { return why == EVX_E_NOT_ENROLLED || why == EVX_E_SERVER_KEY; }

static const struct evx_dir_key *broker_key(const struct evx_agent *a)
{
    const struct evx_directory *d = evx_agent_directory(a);
    int64_t now_ms = (int64_t)evx_clock_wall_ms();
    for (size_t i = 0; i < evx_directory_orgs(d); i++) {
        const struct evx_dir_org *org = evx_directory_org_at(d, i);
        if (org->role != EVX_ROLE_BROKER || !org->active) continue;
        const struct evx_dir_key *key = evx_directory_key_of(d, org->id, EVX_KEY_TRN, now_ms);
        if (key) return key;
    }
    return NULL;
}

static enum evx_status connect_link(struct evx_agent *a)
{
    if (a->link) return EVX_OK;
    const struct evx_dir_key *key = broker_key(a);
    if (!key) return EVX_E_SERVER_KEY;
    struct evx_box_public server;
    memcpy(server.b, key->public_key, sizeof server.b);
    return evx_link_open(&a->link, a->broker, &server, a->keys.transport, &a->keys.transport_public);
}

static enum evx_status take_events(struct evx_agent *a, enum evx_status *why)
{
    enum evx_status s = EVX_OK;
    for (enum evx_link_event e; !s && (e = evx_link_next_event(a->link, why)) != EVX_LINK_NOTHING;) {
        if (e == EVX_LINK_UP)
            s = evx_courier_connected(a->courier, evx_clock_wall_ms());
        else
            evx_courier_disconnected(a->courier, evx_clock_wall_ms());
    }
    return s == EVX_E_BUSY ? EVX_OK : s;
}

static enum evx_status take_messages(struct evx_agent *a, bool *any)
{
    for (size_t i = 0; i < MESSAGES_A_ROUND; i++) {
        struct evx_bytes control, body;
        enum evx_status s = evx_link_receive(a->link, &control, &body);
        if (s == EVX_E_NOT_FOUND) return EVX_OK;
        if (!s) s = evx_courier_message(a->courier, control, body, evx_clock_wall_ms());
        if (s && s != EVX_E_BUSY) return s;
        *any = true;
    }
    return EVX_OK;
}

// A sync for each checkpoint seen would hold up the receipts that follow it.
static enum evx_status make_durable(struct evx_agent *a)
{
    if (!evx_outbox_in_transaction(a->outbox)) return EVX_OK;
    if (!a->urgent && evx_clock_monotonic_ms() < a->noted_ms + NOTED_MS) return EVX_OK;
    enum evx_status s = evx_agent_settle(a);
    return s ? s : evx_outbox_tidy(a->outbox, false);
}

static enum evx_status one_round(struct evx_agent *a, enum evx_status *why, bool *any)
{
    enum evx_status s = take_events(a, why);
    if (!s) s = take_messages(a, any);
    if (!s) s = evx_agent_feed(a);
    if (!s) s = evx_courier_tick(a->courier, evx_clock_wall_ms());
    if (!s) s = evx_agent_keep_alarm(a);
    if (!s) s = make_durable(a);
    return s;
}

static void drop_link(struct evx_agent *a)
{
    evx_courier_disconnected(a->courier, evx_clock_wall_ms());
    evx_link_close(&a->link);
}

// Nothing that was under way counts until it is durable: back to what the outbox says.
static enum evx_status undo(struct evx_agent *a, enum evx_status s)
{
    struct evx_outbox_stream stream;
    uint64_t cursor = 0;
    evx_log(EVX_LOG_ERROR, "CLIENT-STOPPED", "code=%s", evx_error_info(s)->code);
    evx_outbox_rollback(a->outbox);
    evx_agent_feed_again(a);
    if (evx_outbox_stream(a->outbox, &stream) == EVX_OK) evx_courier_set_stream(a->courier, &stream);
    drop_link(a);
    if (evx_agent_cursor(a, &cursor) == EVX_OK) evx_courier_set_cursor(a->courier, cursor);
    a->handler_stale = a->has_handler;
    return s;
}

static enum evx_status outcome_of_waiting(const struct evx_agent *a, enum evx_status why)
{
    if (!evx_courier_ready(a->courier)) return why ? why : EVX_E_TIMEOUT;
    enum evx_status fault = evx_courier_fault(a->courier);
    return fault ? fault : EVX_E_TIMEOUT;
}

static enum evx_status revive_link(struct evx_agent *a, enum evx_status why, uint64_t now_ms)
{
    if (!why) a->up_ms = now_ms;
    if (now_ms < a->up_ms + DEAD_MS) return EVX_OK;
    a->up_ms = now_ms;
    drop_link(a);
    return connect_link(a);
}

static uint64_t how_long(const struct evx_agent *a, uint64_t now_ms, uint64_t end_ms)
{
    uint64_t wall_ms = evx_clock_wall_ms();
    uint64_t at = evx_courier_deadline(a->courier, wall_ms) - wall_ms;
    uint64_t left = end_ms > now_ms ? end_ms - now_ms : 0;
    uint64_t wait = at < left ? at : left;
    return wait < WAIT_MS ? wait : WAIT_MS;
}

static enum evx_status converse(struct evx_agent *a, evx_agent_done done, void *user, uint64_t end_ms)
{
    enum evx_status why = EVX_E_UNREACHABLE;
    uint64_t busy_ms = evx_clock_monotonic_ms();
    for (;;) {
        bool any = false;
        enum evx_status s = one_round(a, &why, &any);
        if (s) return undo(a, s);
        if (done && done(user, a)) return EVX_OK;
        if (atomic_load(&a->stop)) return EVX_E_QUEUED;
        if (evx_courier_halted(a->courier)) return evx_courier_halted(a->courier);
        if (is_certain(why)) {
            drop_link(a);
            return why;
        }
        uint64_t now_ms = evx_clock_monotonic_ms();
        s = revive_link(a, why, now_ms);
        if (s) return s;
        if (now_ms >= end_ms) return outcome_of_waiting(a, why);
        if (any) {
            busy_ms = now_ms;
            continue;
        }
        s = evx_outbox_tidy(a->outbox, now_ms > busy_ms + IDLE_MS);
        if (!s) s = evx_link_wait(a->link, how_long(a, now_ms, end_ms));
        if (s) return undo(a, s);
    }
}

enum evx_status evx_agent_run(struct evx_agent *a, evx_agent_done done, void *user, uint64_t timeout_ms)
{
    if (a->read_only) return EVX_E_NOT_ALLOWED;
    if (a->handler_stale) return EVX_E_BUG; // the handler's cursor must be set again after an error
    uint64_t now_ms = evx_clock_monotonic_ms();
    uint64_t end_ms = timeout_ms > UINT64_MAX - now_ms ? UINT64_MAX : now_ms + timeout_ms;
    enum evx_status s = connect_link(a);
    if (s) return s;
    a->up_ms = now_ms;
    evx_courier_retry(a->courier);
    s = converse(a, done, user, end_ms);
    enum evx_status settled = evx_agent_settle(a);
    if (!s) s = settled;
    enum evx_status tidied = evx_outbox_tidy(a->outbox, false);
    return s ? s : tidied;
}

bool evx_agent_greeted(void *unused, struct evx_agent *a)
{
    (void)unused;
    return evx_courier_ready(a->courier);
}

bool evx_agent_all_receipted(void *unused, struct evx_agent *a)
{
    (void)unused;
    return evx_outbox_count(a->outbox).spooled == 0;
}

bool evx_agent_all_acknowledged(void *unused, struct evx_agent *a)
{
    (void)unused;
    struct evx_outbox_counts n = evx_outbox_count(a->outbox);
    return n.spooled == 0 && n.unanswered == 0;
}

size_t evx_agent_unreceipted(const struct evx_agent *a)
{
    return (size_t)evx_outbox_count(a->outbox).spooled;
}

void evx_agent_stop(struct evx_agent *a)
{
    atomic_store(&a->stop, true);
    if (a->link) evx_link_wake(a->link);
}

enum evx_status evx_agent_set_fetch(struct evx_agent *a, const struct evx_fetch_handler *h,
                                    const struct evx_frontier *from)
{
    if (a->read_only) return EVX_E_NOT_ALLOWED;
    a->handler = *h;
    a->has_handler = true;
    a->handler_stale = false;
    evx_courier_fetch_log(a->courier, from, h->max_bytes);
    evx_courier_twice_from(a->courier, h->equivocations);
    return EVX_OK;
}

bool evx_agent_caught_up(void *unused, struct evx_agent *a)
{
    (void)unused;
    return evx_courier_caught_up(a->courier);
}
