// SPDX-License-Identifier: Apache-2.0
//
// The broker's log keys. Old ones stay listed when the key changes, so that what
// they signed stays provable for ever.
#include <string.h>

#include "crypto/checkpoint.h"
#include "crypto/directory_inside.h"
#include "crypto/note_inside.h"

static bool is_log_key(const struct evx_directory *d, const struct evx_dir_key *k)
{
    const struct evx_dir_org *org = evx_directory_org(d, k->org);
    return k->use == EVX_KEY_LOG && org && org->role == EVX_ROLE_BROKER && org->active;
}

static enum evx_status vkey_of(struct evx_vkey *out, const struct evx_dir_key *k, const char *origin)
{
    struct evx_sign_public key;
    memcpy(key.b, k->public_key, sizeof key.b);
    return evx_vkey_make(out, origin, EVX_NOTE_ED25519, &key);
}

enum evx_status evx_directory_log_vkey(struct evx_vkey *out, const struct evx_directory *d,
                                       const struct evx_inspection_id *id)
{
    memset(out, 0, sizeof *out);
    const struct evx_dir_inspection *inspection = evx_directory_inspection(d, id);
    if (!inspection) return EVX_E_WRONG_INSPECTION;
    const struct evx_dir_key *best = NULL;
    for (size_t i = 0; i < d->keys; i++) {
        const struct evx_dir_key *k = &d->key[i];
        if (!is_log_key(d, k) || evx_directory_revoked(d, &k->fingerprint, "*", UINT64_MAX)) continue;
        if (!best || k->epoch > best->epoch) best = k;
    }
    return best ? vkey_of(out, best, inspection->origin) : EVX_E_UNKNOWN_KEY;
}

enum evx_status evx_directory_log_vkey_for(struct evx_vkey *out, const struct evx_directory *d,
                                           const struct evx_inspection_id *id, struct evx_bytes note)
{
    struct evx_note parsed;
    struct evx_checkpoint c;
    enum evx_status s = evx_directory_log_vkey(out, d, id);
    if (!s) s = evx_note_parse(&parsed, note);
    if (!s) s = evx_checkpoint_parse_text(&c, parsed.text);
    if (s) return s;
    const struct evx_dir_inspection *inspection = evx_directory_inspection(d, id);
    for (size_t i = 0; i < d->keys; i++) {
        const struct evx_dir_key *k = &d->key[i];
        struct evx_vkey v;
        if (!is_log_key(d, k) || vkey_of(&v, k, inspection->origin)) continue;
        if (!evx_note_bears(&parsed, &v)) continue;
        // A cut-off at index N lets a checkpoint stand whose last entry is before N.
        if (evx_directory_revoked(d, &k->fingerprint, inspection->origin, c.size ? c.size - 1 : 0))
            return EVX_E_REVOKED;
        *out = v;
        return EVX_OK;
    }
    return EVX_OK; // nobody's: opening it under the newest key says what is wrong
}
