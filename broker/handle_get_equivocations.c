// SPDX-License-Identifier: Apache-2.0
#include "broker/core_state.h"

// For inspectorates alone: agencies learn nothing of each other, not even this.
void evx_handle_get_equivocations(struct evx_core *core, struct evx_session *s, const Evx__V1__Frame *f,
                                  const struct evx_core_input *in)
{
    const Evx__V1__GetEquivocations *ask = f->get_equivocations;
    struct evx_ledger *l = evx_rights_ledger(core, s, ask->inspection, EVX_WANT_ENTRIES, in->now_ms);
    if (!l) return;
    struct evx_refusal r = {.inspection = &l->id, .now_ms = in->now_ms};
    struct evx_buf first = {0}, second = {0};
    Evx__V1__Equivocation m = EVX__V1__EQUIVOCATION__INIT;
    if (s->role != EVX_ROLE_INSPECTORATE)
        r.code = EVX_E_NOT_ALLOWED;
    else
        r.code = l->journal->ops->equivocation(l->journal, ask->after, &m.number, &first, &second);
    if (r.code && r.code != EVX_E_NOT_FOUND) {
        evx_refuse(core, s, &r);
    } else {
        m.inspection = (ProtobufCBinaryData){sizeof l->id.b, l->id.b};
        m.first = (ProtobufCBinaryData){first.n, first.p};
        m.second = (ProtobufCBinaryData){second.n, second.p};
        evx_reply(core, s, EVX__V1__FRAME__BODY_EQUIVOCATION, &m, NULL);
    }
    evx_buf_free(&first);
    evx_buf_free(&second);
}
