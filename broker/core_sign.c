// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "broker/core_state.h"

// A checkpoint at this size that the journal does not hold yet is stored with
// the next group.
static enum evx_status keep_note(struct evx_ledger *l, uint64_t size, const struct evx_digest *root,
                                 struct evx_bytes note)
{
    struct evx_journal_boundary b = {0};
    enum evx_status s = l->journal->ops->boundary(l->journal, size, &b);
    bool wanted = !s && b.size == size && !b.note.n && l->unsaved_n < EVX_LEDGER_NOTES;
    evx_journal_boundary_free(&b);
    if (s == EVX_E_NOT_FOUND) return EVX_OK;
    if (s || !wanted) return s;
    struct evx_ledger_signed *place = &l->unsaved[l->unsaved_n];
    s = evx_buf_append(&place->note, note.p, note.n);
    if (s) return s;
    place->size = size;
    place->root = *root;
    l->unsaved_n++;
    return EVX_OK;
}

static enum evx_status keep_newest(struct evx_ledger *l, uint64_t size, const struct evx_digest *root,
                                   struct evx_bytes note)
{
    l->newest.size = size;
    l->newest.root = *root;
    evx_buf_clear(&l->newest.note);
    return evx_buf_append(&l->newest.note, note.p, note.n);
}

static void answer_pending(struct evx_core *core, struct evx_ledger *l, const struct evx_ledger_signed *proof)
{
    size_t kept = 0;
    for (size_t i = 0; i < l->pendings; i++) {
        struct evx_ledger_pending *p = &l->pending[i];
        if (p->size != proof->size) {
            l->pending[kept++] = *p;
            continue;
        }
        struct evx_session *s = evx_session_find(core, p->session);
        if (!s) continue;
        s->credit_used -= p->bytes < s->credit_used ? p->bytes : s->credit_used;
        evx_reply_receipt(core, s, l, p, proof);
    }
    l->pendings = kept;
}

// The root is read back from the note that the signer made: it was computed there
// from the stored bytes, and receipts are checked against it.
static enum evx_status root_of(struct evx_digest *root, uint64_t size, struct evx_bytes note)
{
    struct evx_note n;
    struct evx_checkpoint c;
    enum evx_status s = evx_note_parse(&n, note);
    if (!s) s = evx_checkpoint_parse_text(&c, n.text);
    if (!s && c.size != size) s = EVX_E_CHECKPOINT;
    if (!s) *root = c.root;
    return s;
}

void evx_core_signed(struct evx_core *core, const struct evx_inspection_id *log, uint64_t size,
                     enum evx_status status, struct evx_bytes note, uint64_t now_ms)
{
    (void)now_ms;
    struct evx_ledger *l = evx_core_ledger(core, log);
    if (!l || core->fault) return;
    l->to_sign -= l->to_sign > 0;
    struct evx_digest root;
    if (!status) status = root_of(&root, size, note);
    if (!status) status = keep_note(l, size, &root, note);
    if (!status && size >= l->newest.size) status = keep_newest(l, size, &root, note);
    if (status) {
        evx_core_stop(core, status, "signer");
        return;
    }
    if (!l->ready && l->to_sign == 0) l->ready = true;
    answer_pending(
        core, l,
        &(struct evx_ledger_signed){.size = size, .root = root, .note = {(uint8_t *)note.p, note.n, note.n}});
    evx_core_tell_followers(core, l);
    if (l->unsaved_n == EVX_LEDGER_NOTES) evx_core_store_notes(core, l);
}
