// SPDX-License-Identifier: Apache-2.0
#include "broker/core_state.h"
#include "crypto/receipt.h"

void evx_handle_get_consistency(struct evx_core *core, struct evx_session *s, const Evx__V1__Frame *f,
                                const struct evx_core_input *in)
{
    const Evx__V1__GetConsistency *ask = f->get_consistency;
    struct evx_ledger *l = evx_rights_ledger(core, s, ask->inspection, EVX_WANT_PROOFS, in->now_ms);
    if (!l) return;
    struct evx_proof proof = {0};
    struct evx_digest old_root;
    enum evx_status status = EVX_E_CONSISTENCY;
    if (ask->from_size && ask->from_size <= ask->to_size && ask->to_size <= l->newest.size)
        status = evx_consistency_proof(&proof, ask->from_size, ask->to_size, evx_ledger_node, l);
    if (!status) status = evx_tree_root_at(&old_root, ask->from_size, evx_ledger_node, l);
    if (status) {
        evx_refuse(core, s,
                   &(struct evx_refusal){.code = status, .inspection = &l->id, .now_ms = in->now_ms});
        return;
    }
    ProtobufCBinaryData slot[EVX_LIMIT_PROOF_HASHES];
    evx_proof_to_slots(slot, &proof);
    Evx__V1__Consistency m = EVX__V1__CONSISTENCY__INIT;
    m.inspection = (ProtobufCBinaryData){sizeof l->id.b, l->id.b};
    m.from_size = ask->from_size;
    m.to_size = ask->to_size;
    m.n_path = proof.n;
    m.path = slot;
    m.old_root = (ProtobufCBinaryData){sizeof old_root.b, old_root.b};
    evx_reply(core, s, EVX__V1__FRAME__BODY_CONSISTENCY, &m, NULL);
}
