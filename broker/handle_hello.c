// SPDX-License-Identifier: Apache-2.0
#include "broker/core_state.h"

#define PROTOCOL_VERSION 1

void evx_handle_hello(struct evx_core *core, struct evx_session *s, const Evx__V1__Frame *f,
                      const struct evx_core_input *in)
{
    if (f->hello->version != PROTOCOL_VERSION) {
        evx_refuse_code(core, s, EVX_E_VERSION, in->now_ms);
        return;
    }
    if (s->state == EVX_SESSION_NEW) s->state = EVX_SESSION_READY;
    evx_core_say(core, EVX_LOG_INFO, "SESS-HELLO", "org=%s session=%u program=\"%.64s\" directory=%llu",
                 s->org, s->number, f->hello->program, (unsigned long long)f->hello->directory_version);
    Evx__V1__Welcome m = EVX__V1__WELCOME__INIT;
    m.version = PROTOCOL_VERSION;
    m.credit_bytes = EVX_LIMIT_SESSION_CREDIT;
    m.directory_version = evx_directory_version(core->directory);
    m.now_ms = in->now_ms;
    evx_reply(core, s, EVX__V1__FRAME__BODY_WELCOME, &m, NULL);
}
