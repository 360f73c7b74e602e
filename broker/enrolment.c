// SPDX-License-Identifier: Apache-2.0
#include "broker/enrolment.h"

enum evx_status evx_enrolled(const struct evx_dir_key **out, const struct evx_directory *d,
                             const struct evx_fingerprint *transport, int64_t now_ms)
{
    *out = NULL;
    const struct evx_dir_key *key = evx_directory_key(d, transport);
    if (!key || key->use != EVX_KEY_TRN) return EVX_E_UNKNOWN_KEY;
    const struct evx_dir_org *org = evx_directory_org(d, key->org);
    if (!org) return EVX_E_UNKNOWN_KEY;
    if (!org->active) return EVX_E_NOT_ENTITLED;
    // A transport key signs nothing that stands in a log: revoked is revoked.
    if (evx_directory_revoked(d, transport, "*", UINT64_MAX)) return EVX_E_REVOKED;
    if (now_ms < key->from_ms || now_ms >= key->until_ms) return EVX_E_EXPIRED_KEY;
    *out = key;
    return EVX_OK;
}
