// SPDX-License-Identifier: Apache-2.0
#include "broker/core_state.h"

static bool may_have_everything(enum evx_role role) { return role == EVX_ROLE_INSPECTORATE; }

static uint64_t granted(uint64_t asked)
{
    return asked == 0 || asked > EVX_LIMIT_FETCH_BYTES ? EVX_LIMIT_FETCH_BYTES : asked;
}

void evx_handle_fetch(struct evx_core *core, struct evx_session *s, const Evx__V1__Frame *frame,
                      const struct evx_core_input *in)
{
    const Evx__V1__Fetch *m = frame->fetch;
    struct evx_ledger *l = evx_rights_ledger(core, s, m->inspection, EVX_WANT_ENTRIES, in->now_ms);
    if (!l) return;
    struct evx_fetch *f = &s->fetch;
    struct evx_buf note = f->note;
    evx_buf_clear(&note);
    *f = (struct evx_fetch){.ledger = l,
                            .everything = may_have_everything(s->role),
                            .follow = m->follow,
                            .from = m->from_index,
                            .next = m->from_index,
                            .size = l->newest.size,
                            .root = l->newest.root,
                            .note = note,
                            .bytes_left = granted(m->max_bytes),
                            .entries_left = m->max_entries ? m->max_entries : UINT32_MAX};
    s->follows = NULL;
    if (evx_buf_append(&f->note, l->newest.note.p, l->newest.note.n)) {
        evx_refuse_code(core, s, EVX_E_BUSY, in->now_ms);
        return;
    }
    s->state = EVX_SESSION_SERVING;
}

void evx_handle_fetch_again(struct evx_core *core, struct evx_session *s, const Evx__V1__Frame *frame,
                            const struct evx_core_input *in)
{
    (void)frame;
    evx_refuse_code(core, s, EVX_E_BUSY, in->now_ms);
}
