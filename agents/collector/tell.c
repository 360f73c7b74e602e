// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/tell.h"

#include "agents/collector/audit_log.h"
#include "agents/collector/uses.h"
#include "proto/base/log.h"

#define NOTED_DIGEST "digest"   // records that the last digest covers
#define NOTED_USES   "uses-run" // records that the last round of reports went through

static enum evx_status queue(struct evx_agent *agent, const char *org, struct evx_bytes packed)
{
    const char *to[] = {org, NULL};
    struct evx_plain_item item = {.content = packed};
    struct evx_queued queued = {0};
    enum evx_status s = evx_agent_queue(agent, &item, 1, to, 0, 0, &queued);
    evx_queued_free(&queued);
    return s;
}

static enum evx_status take_time(void *user, const struct evx_audit_record *r, const struct evx_digest *hash)
{
    (void)hash;
    *(uint64_t *)user = r->time_ms;
    return EVX_OK;
}

struct due {
    uint64_t records; // in the file
    bool fresh;       // some are newer than what was noted
    bool due;         // and the oldest of those is old enough
};

static enum evx_status look(struct due *out, struct evx_audit *a, const char *name, uint64_t now_ms,
                            uint64_t age_ms)
{
    struct evx_digest head;
    uint64_t noted = 0, time_ms = now_ms;
    *out = (struct due){0};
    enum evx_status s = evx_audit_head(a, &out->records, &head);
    if (!s) s = evx_audit_noted(a, name, &noted);
    out->fresh = out->records != noted;
    if (!s && out->records > noted) s = evx_audit_record_at(a, noted + 1, take_time, &time_ms);
    out->due = out->fresh && (out->records < noted || (now_ms >= time_ms && now_ms - time_ms >= age_ms));
    return s;
}

enum evx_status evx_tell_digest(const struct evx_tell *t, uint64_t now_ms, bool now, bool *queued)
{
    *queued = false;
    struct due d;
    struct evx_buf packed = {0};
    uint64_t records = 0;
    enum evx_status s = look(&d, t->audit, NOTED_DIGEST, now_ms, EVX_TELL_DIGEST_MS);
    if (s || !(now ? d.fresh : d.due)) return s;
    s = evx_audit_digest(&packed, &records, t->audit);
    if (!s) s = queue(t->agent, evx_agent_organisation(t->agent), evx_buf_bytes(&packed));
    if (!s) s = evx_audit_note(t->audit, NOTED_DIGEST, records);
    *queued = !s;
    evx_buf_free(&packed);
    return s;
}

static enum evx_status send_report(void *user, const char *agency, struct evx_bytes packed_item)
{
    enum evx_status s = queue(user, agency, packed_item);
    if (s == EVX_E_RECIPIENT)
        evx_log(EVX_LOG_WARN, "COLL-UNTOLD", "agency=%s code=%s", agency, evx_error_info(s)->code);
    return s;
}

enum evx_status evx_tell_uses(const struct evx_tell *t, uint64_t now_ms, bool now, uint64_t since,
                              struct evx_told *told)
{
    *told = (struct evx_told){0};
    struct due d;
    enum evx_status s = look(&d, t->audit, NOTED_USES, now_ms, EVX_TELL_USES_MS);
    if (s || !(now || since || d.due)) return s;
    struct evx_uses u = {.audit = t->audit,
                         .store = t->store,
                         .directory = evx_agent_directory(t->agent),
                         .since = since,
                         .send = send_report,
                         .user = t->agent};
    s = evx_uses_report(&u);
    if (!s) s = evx_audit_note(t->audit, NOTED_USES, d.records);
    *told = (struct evx_told){u.reports, u.uses};
    return s;
}
