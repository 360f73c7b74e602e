// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/opening.h"

#include <stdlib.h>

#include "agents/collector/audit_parts.h"

void evx_opening_tag(struct evx_digest *out, const uint8_t opening_key[32], const struct evx_digest *hash)
{
    evx_keyed_hash(out, opening_key, EVX_AUDIT_OPENING_LABEL, evx_bytes(hash->b, sizeof hash->b));
}

void evx_opening_close(struct evx_opening **o)
{
    if (!o || !*o) return;
    evx_buf_free(&(*o)->list);
    free(*o);
    *o = NULL;
}

static bool made_for(const struct evx_opening *o, const struct evx_store_key *key)
{
    uint8_t opening_key[32];
    struct evx_digest tag;
    evx_store_subkey(opening_key, key, EVX_AUDIT_SUBKEY_OPENINGS);
    evx_opening_tag(&tag, opening_key, &o->hash);
    evx_wipe(opening_key, sizeof opening_key);
    return evx_equal_secret(tag.b, o->tag.b, sizeof tag.b);
}

static enum evx_status look_up(struct evx_opening *o)
{
    struct evx_digest hash;
    enum evx_status s = evx_audit_hash_at(o->audit, o->number, &hash);
    if (s) return s == EVX_E_NOT_FOUND ? EVX_E_READ_UNRECORDED : s;
    o->found = evx_equal_secret(hash.b, o->hash.b, sizeof hash.b);
    return o->found ? EVX_OK : EVX_E_READ_UNRECORDED;
}

enum evx_status evx_opening_covers(struct evx_opening *o, const struct evx_store_key *key,
                                   struct evx_store_ref ref)
{
    if (!o || !key || !made_for(o, key)) return EVX_E_READ_UNRECORDED;
    enum evx_status s = o->found ? EVX_OK : look_up(o);
    if (s) return s;
    return evx_reflist_covers(evx_buf_bytes(&o->list), ref) ? EVX_OK : EVX_E_READ_UNRECORDED;
}
