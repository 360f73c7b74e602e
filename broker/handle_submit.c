// SPDX-License-Identifier: Apache-2.0
#include "broker/core_state.h"

#include <stdlib.h>
#include <string.h>

// What can be said before a byte of the consignment is looked at.
static enum evx_status check_sizes(struct evx_core *core, struct evx_session *s, const Evx__V1__Submit *m,
                                   const struct evx_core_input *in)
{
    uint64_t n = in->body ? in->body->n : 0;
    if (m->bytes > EVX_LIMIT_CONSIGNMENT_BYTES || n > EVX_LIMIT_CONSIGNMENT_BYTES) return EVX_E_TOO_LARGE;
    if (m->bytes != n || n == 0) return EVX_E_MALFORMED;
    if (s->credit_used + n > EVX_LIMIT_SESSION_CREDIT) return EVX_E_QUOTA;
    if (core->held_bytes + n > EVX_LIMIT_INFLIGHT_BYTES) return EVX_E_BUSY;
    return EVX_OK;
}

static struct evx_verify_job *make_job(struct evx_core *core, struct evx_session *s, const Evx__V1__Submit *m,
                                       struct evx_buf *body)
{
    struct evx_verify_job *job = calloc(1, sizeof *job);
    if (!job) return NULL;
    job->session = s->number;
    memcpy(job->org, s->org, sizeof job->org);
    memcpy(job->named.b, m->consignment.data, sizeof job->named.b);
    job->directory = evx_directory_ref(core->directory);
    job->body = *body;
    job->bytes = body->n;
    *body = (struct evx_buf){0};
    return job;
}

void evx_handle_submit(struct evx_core *core, struct evx_session *s, const Evx__V1__Frame *f,
                       const struct evx_core_input *in)
{
    const Evx__V1__Submit *m = f->submit;
    struct evx_digest named;
    memcpy(named.b, m->consignment.data, sizeof named.b);
    struct evx_refusal r = {.consignment = &named, .now_ms = in->now_ms};
    r.code = check_sizes(core, s, m, in);
    struct evx_verify_job *job = r.code ? NULL : make_job(core, s, m, in->body);
    if (!job) {
        if (!r.code) r.code = EVX_E_BUSY;
        evx_refuse(core, s, &r);
        return;
    }
    s->credit_used += job->bytes;
    core->held_bytes += job->bytes;
    core->ports.verify(core->ports.user, job);
}

void evx_core_free_job(struct evx_core *core, struct evx_verify_job *job)
{
    core->held_bytes -= job->bytes < core->held_bytes ? job->bytes : core->held_bytes;
    core->ports.release(core->ports.user, job->bytes);
    evx_verify_job_destroy(&job);
}

void evx_core_answer_job(struct evx_core *core, struct evx_verify_job *job, uint64_t now_ms)
{
    struct evx_session *s = evx_session_find(core, job->session);
    if (s) {
        s->credit_used -= job->bytes < s->credit_used ? job->bytes : s->credit_used;
        struct evx_refusal r = {.code = job->verdict,
                                .consignment = &job->named,
                                .expected_sequence = job->expected_sequence,
                                .now_ms = now_ms};
        struct evx_inspection_id inspection;
        if (job->consignment.header) {
            memcpy(inspection.b, job->consignment.header->inspection.data, sizeof inspection.b);
            r.inspection = &inspection;
        }
        evx_refuse(core, s, &r);
    }
    evx_core_free_job(core, job);
}

void evx_core_verified(struct evx_core *core, struct evx_verify_job *job, uint64_t now_ms)
{
    job->verdict = job->status;
    struct evx_ledger *l = NULL;
    if (!job->verdict) {
        struct evx_inspection_id id;
        memcpy(id.b, job->consignment.header->inspection.data, sizeof id.b);
        l = evx_core_ledger(core, &id);
        if (!l) job->verdict = EVX_E_WRONG_INSPECTION;
    }
    if (l && !l->ready) job->verdict = EVX_E_BUSY;
    if (core->fault)
        evx_core_free_job(core, job);
    else if (job->verdict)
        evx_core_answer_job(core, job, now_ms);
    else
        evx_ledger_queue(l, job);
}
