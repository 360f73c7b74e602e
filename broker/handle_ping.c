// SPDX-License-Identifier: Apache-2.0
#include "broker/core_state.h"

void evx_handle_ping(struct evx_core *core, struct evx_session *s, const Evx__V1__Frame *f,
                     const struct evx_core_input *in)
{
    (void)in;
    Evx__V1__Pong m = EVX__V1__PONG__INIT;
    m.nonce = f->ping->nonce;
    evx_reply(core, s, EVX__V1__FRAME__BODY_PONG, &m, NULL);
}
