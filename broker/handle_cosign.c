// SPDX-License-Identifier: Apache-2.0
#include "broker/core_state.h"

#include <string.h>

// The line must be this witness's own signature on the newest checkpoint.
static enum evx_status check_line(const struct evx_core *core, const struct evx_session *s,
                                  const struct evx_ledger *l, struct evx_bytes line, uint64_t now_ms)
{
    const struct evx_dir_key *key =
        evx_directory_key_of(core->directory, s->org, EVX_KEY_WIT, (int64_t)now_ms);
    if (!key) return EVX_E_UNKNOWN_KEY;
    struct evx_sign_public public_key;
    memcpy(public_key.b, key->public_key, sizeof public_key.b);
    struct evx_vkey vkey;
    struct evx_buf note = {0};
    struct evx_note parsed;
    enum evx_status status = evx_vkey_make(&vkey, s->org, EVX_NOTE_COSIGNATURE, &public_key);
    if (!status) status = evx_buf_append(&note, l->newest.note.p, l->newest.note.n);
    if (!status) status = evx_buf_append(&note, line.p, line.n);
    if (!status) status = evx_note_parse(&parsed, evx_buf_bytes(&note));
    if (!status && !evx_note_verified_by(&parsed, &vkey, NULL)) status = EVX_E_NOTE_SIGNATURE;
    evx_buf_free(&note);
    return status;
}

static enum evx_status store_line(struct evx_core *core, const struct evx_session *s, struct evx_ledger *l,
                                  struct evx_bytes line)
{
    struct evx_journal *j = l->journal;
    enum evx_status status =
        core->free_bytes < core->config.reserve_bytes ? EVX_E_STORAGE_FULL : j->ops->begin(j);
    if (status) return status;
    status = j->ops->put_cosignature(j, l->newest.size, s->org, line);
    if (!status) status = j->ops->commit(j);
    if (status) j->ops->rollback(j);
    if (status && status != EVX_E_DISK_FULL) evx_core_stop(core, status, "cosign");
    return status == EVX_E_DISK_FULL ? EVX_E_STORAGE_FULL : status;
}

// Answered with the checkpoint as it now stands, the new line in it.
void evx_handle_cosign(struct evx_core *core, struct evx_session *s, const Evx__V1__Frame *f,
                       const struct evx_core_input *in)
{
    const Evx__V1__Cosign *m = f->cosign;
    struct evx_ledger *l = evx_rights_ledger(core, s, m->inspection, EVX_WANT_COSIGN, in->now_ms);
    if (!l) return;
    struct evx_bytes line = evx_bytes(m->line.data, m->line.len);
    enum evx_status status = m->size == l->newest.size ? EVX_OK : EVX_E_CHECKPOINT;
    if (!status) status = check_line(core, s, l, line, in->now_ms);
    if (!status) status = store_line(core, s, l, line);
    if (status) {
        evx_refuse(core, s,
                   &(struct evx_refusal){.code = status, .inspection = &l->id, .now_ms = in->now_ms});
        return;
    }
    Evx__V1__GetCheckpoint again = EVX__V1__GET_CHECKPOINT__INIT;
    again.inspection = m->inspection;
    Evx__V1__Frame ask = EVX__V1__FRAME__INIT;
    ask.body_case = EVX__V1__FRAME__BODY_GET_CHECKPOINT;
    ask.get_checkpoint = &again;
    evx_handle_get_checkpoint(core, s, &ask, in);
}
