// SPDX-License-Identifier: Apache-2.0
#include "broker/core_state.h"
#include "broker/witnesses.h"

static ProtobufCBinaryData field(const struct evx_buf *note)
{
    return (ProtobufCBinaryData){note->n, note->p};
}

static enum evx_status send(struct evx_core *core, struct evx_session *s, struct evx_ledger *l,
                            const struct evx_ledger_signed *newest, enum evx_status refused, uint64_t now_ms)
{
    const struct evx_ledger_signed *candidate;
    enum evx_status status = evx_witnesses_candidate(l, now_ms, &candidate);
    if (status) return status;
    Evx__V1__Checkpoint m = EVX__V1__CHECKPOINT__INIT;
    m.inspection = (ProtobufCBinaryData){sizeof l->id.b, l->id.b};
    m.checkpoint = field(&newest->note);
    if (l->witnessed.size && l->witnessed.size != newest->size) m.witnessed = field(&l->witnessed.note);
    if (candidate->size != newest->size) m.candidate = field(&candidate->note);
    m.refused = (uint32_t)refused;
    evx_reply(core, s, EVX__V1__FRAME__BODY_CHECKPOINT, &m, NULL);
    return EVX_OK;
}

void evx_reply_checkpoint(struct evx_core *core, struct evx_session *s, struct evx_ledger *l,
                          enum evx_status refused, uint64_t now_ms)
{
    struct evx_ledger_signed newest = {0};
    enum evx_status status = evx_witnesses_note(l, l->newest.size, &newest);
    if (status == EVX_E_NOT_FOUND) { // nothing is in the log yet: its note has no place in the journal
        status = evx_buf_append(&newest.note, l->newest.note.p, l->newest.note.n);
        newest.size = l->newest.size;
    }
    if (!status) status = send(core, s, l, &newest, refused, now_ms);
    evx_buf_free(&newest.note);
    if (status)
        evx_refuse(core, s, &(struct evx_refusal){.code = status, .inspection = &l->id, .now_ms = now_ms});
}

void evx_handle_get_checkpoint(struct evx_core *core, struct evx_session *s, const Evx__V1__Frame *f,
                               const struct evx_core_input *in)
{
    struct evx_ledger *l =
        evx_rights_ledger(core, s, f->get_checkpoint->inspection, EVX_WANT_PROOFS, in->now_ms);
    if (l) evx_reply_checkpoint(core, s, l, EVX_OK, in->now_ms);
}
