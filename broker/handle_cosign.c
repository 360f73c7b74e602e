// SPDX-License-Identifier: Apache-2.0
#include "broker/core_state.h"
#include "broker/witnesses.h"

static enum evx_status take_line(struct evx_core *core, const struct evx_session *s, struct evx_ledger *l,
                                 const Evx__V1__Cosign *m, uint64_t now_ms)
{
    struct evx_bytes line = evx_bytes(m->line.data, m->line.len);
    if (core->free_bytes < core->config.reserve_bytes) return EVX_E_STORAGE_FULL;
    enum evx_status status = evx_witnesses_add(l, s->org, m->size, line, now_ms);
    if (status == EVX_E_IO || status == EVX_E_STORE_DAMAGED) evx_core_stop(core, status, "cosign");
    if (l->lines == EVX_LEDGER_LINES) evx_core_store_notes(core, l);
    return status;
}

// Answered with the checkpoints as they now stand, and why the line was not kept: a
// witness that is late has done nothing wrong, and its deliveries go on.
void evx_handle_cosign(struct evx_core *core, struct evx_session *s, const Evx__V1__Frame *f,
                       const struct evx_core_input *in)
{
    struct evx_ledger *l = evx_rights_ledger(core, s, f->cosign->inspection, EVX_WANT_COSIGN, in->now_ms);
    if (!l) return;
    evx_reply_checkpoint(core, s, l, take_line(core, s, l, f->cosign, in->now_ms), in->now_ms);
}
