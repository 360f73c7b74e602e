// SPDX-License-Identifier: Apache-2.0
#include "broker/core_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "crypto/receipt.h"

void evx_core_say(struct evx_core *core, enum evx_log_level level, const char *id, const char *format, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    core->ports.log(core->ports.user, level, id, text);
}

void evx_core_stop(struct evx_core *core, enum evx_status fault, const char *where)
{
    if (core->fault) return;
    core->fault = fault;
    const struct evx_error_info *e = evx_error_info(fault);
    evx_core_say(core, EVX_LOG_ERROR, "CORE-STOP", "code=%s at=%s what=\"%s\" remedy=\"%s\"", e->code, where,
                 e->what, e->remedy);
}

// A peer that asks and never reads would grow the queue without end.
static bool too_far_behind(struct evx_core *core, struct evx_session *s)
{
    if (s->queued <= EVX_LIMIT_SESSION_BACKLOG) return false;
    s->dropped = true;
    evx_core_say(core, EVX_LOG_WARN, "SESS-BACKLOG", "org=%s session=%u queued=%llu", s->org, s->number,
                 (unsigned long long)s->queued);
    core->ports.drop(core->ports.user, s->number);
    return true;
}

void evx_reply(struct evx_core *core, struct evx_session *s, Evx__V1__Frame__BodyCase which, void *message,
               struct evx_buf *body)
{
    if (s->dropped || core->fault) return;
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = which;
    f.hello = message; // every member of the union is a pointer
    struct evx_buf frame = {0};
    enum evx_status status = evx_frame_pack(&frame, &f);
    if (status) {
        evx_core_say(core, EVX_LOG_ERROR, "SESS-UNSENT", "org=%s kind=%d code=%s", s->org, (int)which,
                     evx_error_info(status)->code);
        evx_buf_free(&frame);
        return;
    }
    s->queued += frame.n + (body ? body->n : 0);
    core->ports.send(core->ports.user, s->number, &frame, body);
    EVX_IGNORE(too_far_behind(core, s), "noted in the session");
}

static void count_refusal(struct evx_core *core, enum evx_status code)
{
    for (size_t i = 0;
         i < evx_error_count() && i < sizeof core->counters.rejected / sizeof *core->counters.rejected; i++)
        if (evx_error_at(i)->status == code) core->counters.rejected[i]++;
}

static void log_refusal(struct evx_core *core, struct evx_session *s, const struct evx_refusal *r)
{
    if (!evx_pace_ok(&s->refusals, r->now_ms, EVX_LIMIT_LOG_RATE)) return;
    const struct evx_error_info *e = evx_error_info(r->code);
    char id[17] = "-";
    if (r->consignment) evx_hex(id, r->consignment->b, 8);
    enum evx_log_level level = e->class == EVX_CLASS_AUTH ? EVX_LOG_WARN : EVX_LOG_INFO;
    evx_core_say(core, level, "SESS-REFUSED", "org=%s session=%u code=%s name=%s consignment=%s",
                 s->org[0] ? s->org : "-", s->number, e->code, e->name, id);
}

static void fill_body(Evx__V1__RejectionBody *m, const struct evx_refusal *r)
{
    evx__v1__rejection_body__init(m);
    m->code = (uint32_t)r->code;
    m->expected_sequence = r->expected_sequence;
    m->time_ms = r->now_ms;
    if (r->consignment)
        m->consignment = (ProtobufCBinaryData){sizeof r->consignment->b, (uint8_t *)r->consignment->b};
    if (r->inspection)
        m->inspection = (ProtobufCBinaryData){sizeof r->inspection->b, (uint8_t *)r->inspection->b};
}

void evx_refuse(struct evx_core *core, struct evx_session *s, const struct evx_refusal *r)
{
    count_refusal(core, r->code);
    log_refusal(core, s, r);
    Evx__V1__RejectionBody m;
    fill_body(&m, r);
    struct evx_buf body = {0};
    struct evx_signature signature;
    enum evx_status status = evx_rejection_sign(&body, &signature, &m, core->config.sign);
    if (!status) {
        Evx__V1__Rejection f = EVX__V1__REJECTION__INIT;
        f.body = (ProtobufCBinaryData){body.n, body.p};
        f.signer = (ProtobufCBinaryData){sizeof core->config.signer.b, core->config.signer.b};
        f.signature = (ProtobufCBinaryData){sizeof signature.b, signature.b};
        evx_reply(core, s, EVX__V1__FRAME__BODY_REJECTION, &f, NULL);
    }
    evx_buf_free(&body);
}

void evx_refuse_code(struct evx_core *core, struct evx_session *s, enum evx_status code, uint64_t now_ms)
{
    evx_refuse(core, s, &(struct evx_refusal){.code = code, .now_ms = now_ms});
}

void evx_reply_receipt(struct evx_core *core, struct evx_session *s, struct evx_ledger *ledger,
                       const struct evx_ledger_pending *p, const struct evx_ledger_signed *proof)
{
    struct evx_receipt r = {.consignment = p->id,
                            .inspection = ledger->id,
                            .index = p->index,
                            .received_ms = p->received_ms,
                            .checkpoint = proof->note}; // borrowed: r is not freed
    enum evx_status status = evx_ledger_proof(&r.path, ledger, p->index, &p->leaf, proof->size, &proof->root);
    if (status) {
        evx_core_stop(core, status, "proof");
        return;
    }
    Evx__V1__Receipt m = EVX__V1__RECEIPT__INIT;
    ProtobufCBinaryData slot[EVX_LIMIT_PROOF_HASHES];
    evx_receipt_to_frame(&m, slot, &r);
    m.duplicate = p->duplicate;
    evx_reply(core, s, EVX__V1__FRAME__BODY_RECEIPT, &m, NULL);
}
