// SPDX-License-Identifier: Apache-2.0
#include "broker/core_state.h"

#include <stdlib.h>
#include <string.h>

#include "broker/enrolment.h"

static struct evx_session **place_of(struct evx_core *core, uint32_t number)
{
    struct evx_session **p = &core->session[number % EVX_SESSION_BUCKETS];
    while (*p && (*p)->number != number)
        p = &(*p)->next;
    return p;
}

struct evx_session *evx_session_find(struct evx_core *core, uint32_t number)
{
    return *place_of(core, number);
}

struct evx_session *evx_session_get(struct evx_core *core, uint32_t number)
{
    struct evx_session **p = place_of(core, number);
    if (*p) return *p;
    *p = calloc(1, sizeof **p);
    if (!*p) return NULL;
    (*p)->number = number;
    core->counters.sessions++;
    return *p;
}

static void free_session(struct evx_session *s)
{
    evx_buf_free(&s->fetch.note);
    free(s);
}

void evx_session_remove(struct evx_core *core, uint32_t number)
{
    struct evx_session **p = place_of(core, number);
    struct evx_session *s = *p;
    if (!s) return;
    *p = s->next;
    free_session(s);
    core->counters.sessions--;
}

void evx_sessions_free(struct evx_core *core)
{
    for (size_t i = 0; i < EVX_SESSION_BUCKETS; i++)
        while (core->session[i]) {
            struct evx_session *s = core->session[i];
            core->session[i] = s->next;
            free_session(s);
        }
}

enum evx_status evx_session_identify(struct evx_core *core, struct evx_session *s,
                                     const struct evx_fingerprint *identity, uint64_t now_ms)
{
    const struct evx_dir_key *key;
    enum evx_status status = evx_enrolled(&key, core->directory, identity, (int64_t)now_ms);
    if (status) return status;
    // One connection has one key for life; anything else is a defect of the transport.
    if (s->org[0] && memcmp(s->identity.b, identity->b, sizeof identity->b)) return EVX_E_IDENTITY;
    s->identity = *identity;
    memcpy(s->org, key->org, sizeof s->org);
    s->role = evx_directory_org(core->directory, key->org)->role;
    return EVX_OK;
}

static void review(struct evx_core *core, struct evx_session *s, uint64_t now_ms)
{
    if (s->dropped || !s->org[0]) return;
    const struct evx_dir_key *key;
    enum evx_status status = evx_enrolled(&key, core->directory, &s->identity, (int64_t)now_ms);
    if (status) {
        s->dropped = true;
        evx_core_say(core, EVX_LOG_WARN, "SESS-ENDED", "org=%s session=%u code=%s", s->org, s->number,
                     evx_error_info(status)->code);
        core->ports.drop(core->ports.user, s->number);
        return;
    }
    if (s->follows && !evx_rights_hold(core, s, s->follows, EVX_WANT_ENTRIES)) s->follows = NULL;
    if (s->state != EVX_SESSION_SERVING || evx_rights_hold(core, s, s->fetch.ledger, EVX_WANT_ENTRIES))
        return;
    s->state = EVX_SESSION_READY;
    evx_refuse(core, s,
               &(struct evx_refusal){
                   .code = EVX_E_NOT_ALLOWED, .inspection = &s->fetch.ledger->id, .now_ms = now_ms});
}

void evx_sessions_review(struct evx_core *core, uint64_t now_ms)
{
    for (size_t i = 0; i < EVX_SESSION_BUCKETS; i++)
        for (struct evx_session *s = core->session[i]; s; s = s->next)
            review(core, s, now_ms);
}
