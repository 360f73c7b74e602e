// SPDX-License-Identifier: Apache-2.0
//
// Before the first submission of a session: does the broker know more of our stream than
// we do? Then this machine was restored or copied, and its sequence numbers are spent.
#include <string.h>

#include "agents/client/courier_state.h"
#include "proto/base/log.h"

enum evx_status evx_courier_ask_stream(struct evx_courier *c)
{
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
    bool ours = evx_courier_is_ours(c, &m->inspection) && m->stream.len == sizeof c->stream.id.b &&
                memcmp(m->stream.data, c->stream.id.b, sizeof c->stream.id.b) == 0;
    if (!ours) return evx_courier_disbelieve(c, "stream-head", EVX_E_PROTOCOL);
    if (c->stream_checked) return EVX_OK;
    if (m->frozen) {
        evx_courier_halt(c, EVX_E_FROZEN);
        return EVX_OK;
    }
    enum evx_status s = EVX_OK;
    if (is_our_past(c, m))
        c->stream_checked = true;
    else
        s = evx_courier_renew(c, c->stream.sequence ? &c->stream.last : NULL);
    return s ? s : evx_courier_tick(c, now);
}

enum evx_status evx_courier_ask_directory(struct evx_courier *c)
{
    if (c->directory_asked) return EVX_OK;
    Evx__V1__GetDirectory m = EVX__V1__GET_DIRECTORY__INIT;
    m.version = evx_directory_version(c->directory) + 1;
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_GET_DIRECTORY;
    f.get_directory = &m;
    enum evx_status s = evx_courier_send(c, &f, NULL);
    c->directory_asked = !s;
    return s;
}

enum evx_status evx_courier_on_directory(struct evx_courier *c, const Evx__V1__Frame *f,
                                         struct evx_bytes body, uint64_t now)
{
    const Evx__V1__DirectoryNote *m = f->directory;
    // A large note follows as parts.
    struct evx_bytes note = m->note.len ? evx_bytes(m->note.data, m->note.len) : body;
    if (m->version > c->directory_newest) c->directory_newest = m->version;
    if (m->version != evx_directory_version(c->directory) + 1)
        return EVX_OK; // old news, or one too far ahead
    c->directory_asked = false;
    struct evx_directory *d = NULL;
    enum evx_status s = evx_directory_load(&d, note, c->directory, NULL, NULL);
    if (s) return evx_courier_disbelieve(c, "directory", s);
    s = c->port.directory(c->port.user, d); // durable before use
    if (!s) s = evx_courier_use_directory(c, d);
    evx_directory_destroy(&d);
    if (!s && evx_directory_version(c->directory) < c->directory_newest) s = evx_courier_ask_directory(c);
    return s ? s : evx_courier_tick(c, now);
}
