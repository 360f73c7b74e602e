// SPDX-License-Identifier: Apache-2.0
//
// The directory in use and its history: fetched in order, each version verified by the
// one beside it, compared with what the log says was adopted. A broker that keeps an
// old one, or that follows another than everybody else, is noticed here.
#include <string.h>

#include "agents/client/courier_state.h"
#include "proto/base/log.h"

#define AGAIN_MS 30000

enum evx_status evx_courier_history_open(struct evx_courier *c)
{
    enum evx_status s = evx_directory_history_new(&c->history, c->directory);
    for (uint64_t v = evx_directory_version(c->directory) - 1; !s && v; v--) {
        const struct evx_directory *older = c->port.directory_at(c->port.user, v);
        if (!older) break;
        s = evx_directory_history_add(c->history, evx_directory_note(older));
    }
    return s;
}

static uint64_t newest(const struct evx_courier *c) { return evx_directory_version(c->directory); }

static uint64_t next_wanted(const struct evx_courier *c)
{
    uint64_t oldest = evx_directory_version(evx_directory_history_oldest(c->history));
    return c->directory_wanted && c->directory_wanted < oldest ? oldest - 1 : newest(c) + 1;
}

enum evx_status evx_courier_ask_directory(struct evx_courier *c)
{
    if (c->directory_asked) return EVX_OK;
    Evx__V1__GetDirectory m = EVX__V1__GET_DIRECTORY__INIT;
    m.version = next_wanted(c);
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_GET_DIRECTORY;
    f.get_directory = &m;
    enum evx_status s = evx_courier_send(c, &f, NULL);
    c->directory_asked = !s;
    c->directory_asked_ms = 0;
    return s;
}

enum evx_status evx_courier_mention(struct evx_courier *c, uint64_t version)
{
    if (version > c->mentioned) c->mentioned = version;
    return version > newest(c) && c->state == COURIER_READY ? evx_courier_ask_directory(c) : EVX_OK;
}

// It is known that there is a newer one, and the broker does not hand it out.
static void notice_freeze(struct evx_courier *c)
{
    if (c->mentioned <= newest(c)) {
        // An old version that the log's beginning needs: its keepers, or another agency, have it.
        if (c->directory_wanted) evx_courier_halt(c, EVX_E_DIRECTORY_UNKNOWN);
        return;
    }
    evx_log(EVX_LOG_ERROR, "DIR-FROZEN", "held=%llu mentioned=%llu code=%s", (unsigned long long)newest(c),
            (unsigned long long)c->mentioned, evx_error_info(EVX_E_DIRECTORY_FROZEN)->code);
    c->fault = EVX_E_DIRECTORY_FROZEN;
    evx_courier_halt(c, EVX_E_DIRECTORY_FROZEN);
}

void evx_courier_directory_refused(struct evx_courier *c)
{
    c->directory_asked = false;
    notice_freeze(c);
}

bool evx_courier_directory_due(struct evx_courier *c, uint64_t now_ms)
{
    if (c->directory_asked && !c->directory_asked_ms) c->directory_asked_ms = now_ms;
    if (c->directory_asked && now_ms >= c->directory_asked_ms + COURIER_ANSWER_MS)
        evx_courier_directory_refused(c);
    // A question that ended with its connection is asked again: the log is read no further without it.
    bool missed = c->directory_wanted || c->mentioned > newest(c);
    if (missed && !c->directory_asked && now_ms >= c->directory_again_ms) {
        c->directory_again_ms = now_ms + AGAIN_MS;
        EVX_IGNORE(evx_courier_ask_directory(c), "asked again later");
    }
    if ((int64_t)now_ms < evx_directory_expires_ms(c->directory)) return true;
    if (!c->directory_asked && now_ms >= c->directory_again_ms) {
        c->directory_again_ms = now_ms + AGAIN_MS;
        EVX_IGNORE(evx_courier_ask_directory(c), "asked again later");
    }
    // Only the answer to that question can help; without it a person must.
    if (!c->directory_asked) evx_courier_halt(c, EVX_E_DIRECTORY_EXPIRED);
    return false;
}

// What a newer directory mends.
static void review_halt(struct evx_courier *c, uint64_t now_ms)
{
    bool fresh = (int64_t)now_ms < evx_directory_expires_ms(c->directory);
    bool mended = (c->halted == EVX_E_DIRECTORY_EXPIRED && fresh) ||
                  (c->halted == EVX_E_DIRECTORY_FROZEN && c->mentioned <= newest(c)) ||
                  (c->halted == EVX_E_DIRECTORY_UNKNOWN && !c->directory_wanted);
    if (mended) c->halted = c->fault = EVX_OK;
}

static enum evx_status take_older(struct evx_courier *c, struct evx_bytes note)
{
    struct evx_directory *d = NULL;
    enum evx_status s = evx_directory_history_add(c->history, note);
    if (!s) s = evx_directory_load(&d, note, NULL, NULL, NULL);
    if (!s) s = c->port.directory(c->port.user, d);
    evx_directory_destroy(&d);
    return s;
}

static enum evx_status take_newer(struct evx_courier *c, struct evx_bytes note)
{
    struct evx_directory *d = NULL;
    enum evx_status s = evx_directory_load(&d, note, c->directory, NULL, NULL);
    if (!s) s = evx_directory_history_add(c->history, note);
    if (!s) s = c->port.directory(c->port.user, d); // durable before use
    if (!s) s = evx_courier_use_directory(c, d);
    evx_directory_destroy(&d);
    return s;
}

enum evx_status evx_courier_on_directory(struct evx_courier *c, const Evx__V1__Frame *f,
                                         struct evx_bytes body, uint64_t now)
{
    const Evx__V1__DirectoryNote *m = f->directory;
    // A large note follows as parts.
    struct evx_bytes note = m->note.len ? evx_bytes(m->note.data, m->note.len) : body;
    if (m->version > c->directory_newest) c->directory_newest = m->version;
    uint64_t oldest = evx_directory_version(evx_directory_history_oldest(c->history));
    bool newer = m->version == newest(c) + 1, older = c->directory_wanted && m->version + 1 == oldest;
    if (!newer && !older) return EVX_OK; // old news, or one too far ahead
    c->directory_asked = false;
    enum evx_status s = newer ? take_newer(c, note) : take_older(c, note);
    if (s == EVX_E_IO || s == EVX_E_DISK_FULL || s == EVX_E_MEMORY) return s;
    if (s) return evx_courier_disbelieve(c, "directory", s);
    if (c->directory_wanted && evx_directory_history_version(c->history, c->directory_wanted)) {
        c->directory_wanted = 0;
        c->fetch.wanted = true;
    }
    review_halt(c, now);
    bool more = c->directory_wanted || newest(c) < c->directory_newest || newest(c) < c->mentioned;
    if (more) s = evx_courier_ask_directory(c);
    return s ? s : evx_courier_tick(c, now);
}

enum evx_status evx_courier_adopt(struct evx_courier *c, uint64_t index, const struct evx_log_directory *e)
{
    enum evx_status s = evx_directory_history_adopt(c->history, index, e);
    if (s == EVX_E_DIRECTORY_UNKNOWN) {
        c->directory_wanted = e->version;
        enum evx_status asked = evx_courier_mention(c, e->version);
        if (!asked) asked = evx_courier_ask_directory(c);
        return asked ? asked : s;
    }
    if (s == EVX_E_DIRECTORY_SPLIT || s == EVX_E_DIRECTORY_ROLLBACK) {
        evx_log(EVX_LOG_ERROR, "DIR-SPLIT", "index=%llu version=%llu code=%s", (unsigned long long)index,
                (unsigned long long)e->version, evx_error_info(s)->code);
        c->fault = s;
    }
    return s;
}

enum evx_status evx_courier_adopted(struct evx_courier *c, uint64_t index, const struct evx_log_directory *e)
{
    return evx_directory_history_adopt(c->history, index, e);
}
