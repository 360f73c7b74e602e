// SPDX-License-Identifier: Apache-2.0
#include "broker/core_state.h"

void evx_handle_get_checkpoint(struct evx_core *core, struct evx_session *s, const Evx__V1__Frame *f,
                               const struct evx_core_input *in)
{
    struct evx_ledger *l =
        evx_rights_ledger(core, s, f->get_checkpoint->inspection, EVX_WANT_PROOFS, in->now_ms);
    if (!l) return;
    struct evx_buf note = {0};
    enum evx_status status = evx_buf_append(&note, l->newest.note.p, l->newest.note.n);
    if (!status) status = l->journal->ops->cosignatures(l->journal, l->newest.size, &note);
    if (!status) {
        Evx__V1__Checkpoint m = EVX__V1__CHECKPOINT__INIT;
        m.inspection = (ProtobufCBinaryData){sizeof l->id.b, l->id.b};
        m.checkpoint = (ProtobufCBinaryData){note.n, note.p};
        evx_reply(core, s, EVX__V1__FRAME__BODY_CHECKPOINT, &m, NULL);
    }
    evx_buf_free(&note);
    if (status)
        evx_refuse(core, s,
                   &(struct evx_refusal){.code = status, .inspection = &l->id, .now_ms = in->now_ms});
}
