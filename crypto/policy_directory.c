// SPDX-License-Identifier: Apache-2.0
//
// The policy that a directory states: its members with the right to witness,
// each organisation one voice however many keys it has.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/directory_inside.h"
#include "crypto/policy_inside.h"

struct maker {
    struct evx_policy *p;
    const struct evx_directory *d;
    const struct evx_dir_inspection *inspection;
    size_t *voice; // names, one an organisation
    size_t voices;
};

// An exchange's ids hold no '/', so these names meet nobody else's.
#define ORG_GROUP "any"
#define ALL_GROUP "witnesses/all"

static bool may_witness(const struct maker *m, const struct evx_dir_key *k)
{
    if (k->use != EVX_KEY_WIT || !evx_directory_org(m->d, k->org)->active) return false;
    if (!(evx_directory_rights(m->d, &m->inspection->id, k->org) & EVX_RIGHT_WITNESS)) return false;
    return !evx_directory_revoked(m->d, &k->fingerprint, m->inspection->origin, UINT64_MAX);
}

static enum evx_status add_key(struct maker *m, const struct evx_dir_key *k)
{
    struct evx_policy_witness w = {.from_ms = k->from_ms, .until_ms = k->until_ms};
    struct evx_sign_public key;
    memcpy(key.b, k->public_key, sizeof key.b);
    snprintf(w.name, sizeof w.name, "%s/%u", k->org, k->epoch);
    enum evx_status s = evx_vkey_make(&w.key, k->org, EVX_NOTE_COSIGNATURE, &key);
    return s ? s : evx_policy_add_witness(m->p, &w);
}

// The keys of one organisation, the names from `first` on, as one voice.
static enum evx_status close_org(struct maker *m, const char *org, size_t first)
{
    size_t n = m->p->names - first;
    if (n == 0) return EVX_OK;
    m->voice[m->voices] = first;
    if (n > 1) {
        size_t member[EVX_LIMIT_POLICY_WITNESSES];
        char name[EVX_NOTE_NAME_BYTES];
        for (size_t i = 0; i < n; i++)
            member[i] = first + i;
        snprintf(name, sizeof name, "%s/" ORG_GROUP, org);
        enum evx_status s = evx_policy_add_group(m->p, evx_bytes_of_text(name), member, n, 1);
        if (s) return s;
        m->voice[m->voices] = m->p->names - 1;
    }
    m->voices++;
    return EVX_OK;
}

// Keys stand in the order of their organisations.
static enum evx_status add_voices(struct maker *m)
{
    enum evx_status s = EVX_OK;
    for (size_t i = 0; i < m->d->keys && !s;) {
        const char *org = m->d->key[i].org;
        size_t first = m->p->names;
        for (; i < m->d->keys && strcmp(m->d->key[i].org, org) == 0 && !s; i++)
            if (may_witness(m, &m->d->key[i])) s = add_key(m, &m->d->key[i]);
        if (!s) s = close_org(m, org, first);
    }
    return s;
}

static enum evx_status set_quorum(struct maker *m, size_t needed)
{
    m->p->beyond = needed > m->voices ? needed : 0;
    if (needed == 0 || m->voices == 0) return EVX_OK;
    size_t sayable = needed < m->voices ? needed : m->voices;
    enum evx_status s =
        evx_policy_add_group(m->p, evx_bytes_of_text(ALL_GROUP), m->voice, m->voices, sayable);
    if (!s) m->p->quorum = m->p->names - 1;
    return s;
}

static bool signs_logs(const struct maker *m, const struct evx_dir_key *k)
{
    const struct evx_dir_org *org = evx_directory_org(m->d, k->org);
    return k->use == EVX_KEY_LOG && org->role == EVX_ROLE_BROKER && org->active;
}

// Old keys stay listed, so old checkpoints stay good, up to the place where a key was revoked.
static enum evx_status add_log_key(struct maker *m, const struct evx_dir_key *k)
{
    struct evx_vkey v;
    struct evx_sign_public key;
    const char *origin = m->inspection->origin;
    const struct evx_dir_revocation *r = evx_directory_revoked(m->d, &k->fingerprint, origin, UINT64_MAX);
    if (evx_directory_revoked(m->d, &k->fingerprint, origin, 0)) return EVX_OK;
    memcpy(key.b, k->public_key, sizeof key.b);
    enum evx_status s = evx_vkey_make(&v, origin, EVX_NOTE_ED25519, &key);
    return s ? s : evx_policy_add_log(m->p, &v, r ? r->index : UINT64_MAX);
}

static enum evx_status make(struct maker *m)
{
    struct evx_vkey newest;
    enum evx_status s = evx_directory_log_vkey(&newest, m->d, &m->inspection->id); // that there is one
    if (!s) s = evx_policy_new(&m->p);
    for (size_t i = 0; i < m->d->keys && !s; i++)
        if (signs_logs(m, &m->d->key[i])) s = add_log_key(m, &m->d->key[i]);
    if (!s) s = add_voices(m);
    return s ? s : set_quorum(m, evx_directory_quorum(m->d));
}

enum evx_status evx_policy_from_directory(struct evx_policy **out, const struct evx_directory *d,
                                          const struct evx_inspection_id *inspection)
{
    struct maker m = {.d = d, .inspection = evx_directory_inspection(d, inspection)};
    *out = NULL;
    if (!m.inspection) return EVX_E_WRONG_INSPECTION;
    m.voice = calloc(EVX_LIMIT_POLICY_WITNESSES, sizeof *m.voice);
    enum evx_status s = m.voice ? make(&m) : EVX_E_MEMORY;
    free(m.voice);
    if (s)
        evx_policy_destroy(&m.p);
    else
        *out = m.p;
    return s;
}
