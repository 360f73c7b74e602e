// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "broker/core_state.h"
#include "broker/witnesses.h"

// The caller's own entry at (stream, sequence), as a receipt in the making.
static enum evx_status find(struct evx_ledger *l, const struct evx_session *s, const Evx__V1__GetReceipt *m,
                            struct evx_ledger_pending *p)
{
    if (m->stream.len != 16) return EVX_E_UNKNOWN_STREAM;
    struct evx_stream_key stream = {.org = s->org};
    memcpy(stream.id.b, m->stream.data, sizeof stream.id.b);
    struct evx_journal_entry e = {0};
    struct evx_bytes header;
    const struct evx_signature *signature;
    enum evx_status status = l->journal->ops->find(l->journal, &stream, m->sequence, &p->index);
    if (!status) status = l->journal->ops->read(l->journal, p->index, &e);
    if (!status)
        status = evx_log_entry_parse(&p->received_ms, &header, &signature, evx_buf_bytes(&e.log_entry));
    if (!status) evx_consignment_id(&p->id, header);
    p->leaf = e.leaf;
    evx_journal_entry_free(&e);
    if (!status && m->consignment.len && memcmp(m->consignment.data, p->id.b, sizeof p->id.b))
        status = EVX_E_NOT_FOUND;
    return status == EVX_E_NOT_FOUND ? EVX_E_UNKNOWN_STREAM : status;
}

// The original, or one under a checkpoint that was signed at the size asked for.
static enum evx_status choose(struct evx_ledger *l, uint64_t index, uint64_t under_size,
                              struct evx_ledger_signed *out)
{
    if (under_size == 0) return evx_ledger_original(l, index, out);
    enum evx_status status = under_size > index ? evx_witnesses_note(l, under_size, out) : EVX_E_NOT_FOUND;
    return status == EVX_E_NOT_FOUND ? EVX_E_COSIGN_LATE : status;
}

void evx_handle_get_receipt(struct evx_core *core, struct evx_session *s, const Evx__V1__Frame *f,
                            const struct evx_core_input *in)
{
    struct evx_ledger *l =
        evx_rights_ledger(core, s, f->get_receipt->inspection, EVX_WANT_ENTRIES, in->now_ms);
    if (!l) return;
    struct evx_ledger_pending p = {.session = s->number, .duplicate = true};
    struct evx_ledger_signed original = {0};
    enum evx_status status = find(l, s, f->get_receipt, &p);
    if (!status) status = choose(l, p.index, f->get_receipt->under_size, &original);
    p.size = original.size;
    if (!status)
        evx_reply_receipt(core, s, l, &p, &original);
    else if (status == EVX_E_NOT_FOUND && !evx_ledger_wait(l, &p))
        status = EVX_OK;
    evx_buf_free(&original.note);
    if (status)
        evx_refuse(core, s,
                   &(struct evx_refusal){.code = status, .inspection = &l->id, .now_ms = in->now_ms});
}
