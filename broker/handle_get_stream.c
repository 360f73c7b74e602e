// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "broker/core_state.h"

// A stream is asked for by its own organisation: others learn nothing of it.
void evx_handle_get_stream(struct evx_core *core, struct evx_session *s, const Evx__V1__Frame *f,
                           const struct evx_core_input *in)
{
    const Evx__V1__GetStream *ask = f->get_stream;
    struct evx_ledger *l = evx_rights_ledger(core, s, ask->inspection, EVX_WANT_ENTRIES, in->now_ms);
    if (!l) return;
    struct evx_stream_key stream = {.org = s->org};
    memcpy(stream.id.b, ask->stream.data, sizeof stream.id.b);
    struct evx_chain_head head;
    enum evx_status status = evx_ledger_head(l, &stream, &head);
    if (status) {
        evx_refuse(core, s,
                   &(struct evx_refusal){.code = status, .inspection = &l->id, .now_ms = in->now_ms});
        return;
    }
    Evx__V1__StreamHead m = EVX__V1__STREAM_HEAD__INIT;
    m.inspection = (ProtobufCBinaryData){sizeof l->id.b, l->id.b};
    m.stream = ask->stream;
    m.sequence = head.sequence;
    if (head.sequence) m.last = (ProtobufCBinaryData){sizeof head.last.b, head.last.b};
    m.frozen = head.frozen;
    evx_reply(core, s, EVX__V1__FRAME__BODY_STREAM_HEAD, &m, NULL);
}
