// SPDX-License-Identifier: Apache-2.0
#include "broker/core_state.h"

#include <string.h>

struct evx_ledger *evx_core_ledger(const struct evx_core *core, const struct evx_inspection_id *id)
{
    struct evx_ledger *l = core->ledgers;
    while (l && memcmp(l->id.b, id->b, sizeof id->b))
        l = l->next;
    return l;
}

// A member may see proofs; entries are for those who send or receive; a
// witness adds its signature and sees nothing else.
static bool allowed(unsigned rights, enum evx_want want)
{
    switch (want) {
    case EVX_WANT_PROOFS: return rights != 0;
    case EVX_WANT_ENTRIES: return (rights & (EVX_RIGHT_SEND | EVX_RIGHT_RECEIVE)) != 0;
    case EVX_WANT_COSIGN: return (rights & EVX_RIGHT_WITNESS) != 0;
    }
    return false;
}

bool evx_rights_hold(const struct evx_core *core, const struct evx_session *s, const struct evx_ledger *l,
                     enum evx_want want)
{
    return evx_directory_inspection(core->directory, &l->id) &&
           allowed(evx_directory_rights(core->directory, &l->id, s->org), want);
}

struct evx_ledger *evx_rights_ledger(struct evx_core *core, struct evx_session *s,
                                     ProtobufCBinaryData inspection, enum evx_want want, uint64_t now_ms)
{
    struct evx_inspection_id id;
    if (inspection.len != sizeof id.b) {
        evx_refuse_code(core, s, EVX_E_MALFORMED, now_ms);
        return NULL;
    }
    memcpy(id.b, inspection.data, sizeof id.b);
    struct evx_refusal r = {.inspection = &id, .now_ms = now_ms};
    struct evx_ledger *l = evx_core_ledger(core, &id);
    if (!l || !evx_directory_inspection(core->directory, &id))
        r.code = EVX_E_WRONG_INSPECTION;
    else if (!allowed(evx_directory_rights(core->directory, &id, s->org), want))
        r.code = EVX_E_NOT_ALLOWED;
    else if (!l->ready)
        r.code = EVX_E_BUSY;
    if (!r.code) return l;
    evx_refuse(core, s, &r);
    return NULL;
}
