// SPDX-License-Identifier: Apache-2.0
#include "crypto/directory.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/directory_inside.h"

const char *evx_role_name(enum evx_role r)
{
    static const char *const names[] = {"police",        "social-care",  "school", "health",
                                        "youth-justice", "inspectorate", "broker", "witness"};
    return (unsigned)r < sizeof names / sizeof names[0] ? names[r] : "unknown";
}

struct evx_directory *evx_directory_ref(struct evx_directory *d)
{
    if (d) atomic_fetch_add_explicit(&d->references, 1, memory_order_relaxed);
    return d;
}

void evx_directory_destroy(struct evx_directory **d)
{
    struct evx_directory *gone = *d;
    *d = NULL;
    if (!gone || atomic_fetch_sub_explicit(&gone->references, 1, memory_order_acq_rel) != 1) return;
    evx_buf_free(&gone->note);
    free(gone->root);
    free(gone->org);
    free(gone->key);
    free(gone->by_fingerprint);
    free(gone->inspection);
    free(gone->member);
    free(gone->revocation);
    free(gone->names);
    free(gone);
}

uint64_t evx_directory_version(const struct evx_directory *d) { return d->version; }
const struct evx_digest *evx_directory_hash(const struct evx_directory *d) { return &d->hash; }
struct evx_bytes evx_directory_note(const struct evx_directory *d) { return evx_buf_bytes(&d->note); }
const char *evx_directory_exchange(const struct evx_directory *d) { return d->exchange; }
int64_t evx_directory_expires_ms(const struct evx_directory *d) { return d->expires_ms; }
uint32_t evx_directory_min_suite(const struct evx_directory *d) { return d->min_suite; }
uint32_t evx_directory_quorum(const struct evx_directory *d) { return d->quorum; }
const struct evx_digest *evx_directory_previous(const struct evx_directory *d) { return &d->previous; }
int64_t evx_directory_issued_ms(const struct evx_directory *d) { return d->issued_ms; }
uint32_t evx_directory_threshold(const struct evx_directory *d) { return d->threshold; }
size_t evx_directory_roots(const struct evx_directory *d) { return d->roots; }
size_t evx_directory_revocations(const struct evx_directory *d) { return d->revocations; }
size_t evx_directory_orgs(const struct evx_directory *d) { return d->orgs; }
size_t evx_directory_keys(const struct evx_directory *d) { return d->keys; }
size_t evx_directory_inspections(const struct evx_directory *d) { return d->inspections; }

const struct evx_vkey *evx_directory_root_at(const struct evx_directory *d, size_t i)
{
    return i < d->roots ? &d->root[i] : NULL;
}

const struct evx_dir_revocation *evx_directory_revocation_at(const struct evx_directory *d, size_t i)
{
    return i < d->revocations ? &d->revocation[i] : NULL;
}

const struct evx_dir_org *evx_directory_org_at(const struct evx_directory *d, size_t i)
{
    return i < d->orgs ? &d->org[i] : NULL;
}

const struct evx_dir_key *evx_directory_key_at(const struct evx_directory *d, size_t i)
{
    return i < d->keys ? &d->key[i] : NULL;
}

const struct evx_dir_inspection *evx_directory_inspection_at(const struct evx_directory *d, size_t i)
{
    return i < d->inspections ? &d->inspection[i] : NULL;
}

static int compare_org(const void *id, const void *org)
{
    return strcmp(id, ((const struct evx_dir_org *)org)->id);
}

const struct evx_dir_org *evx_directory_org(const struct evx_directory *d, const char *id)
{
    return d->orgs ? bsearch(id, d->org, d->orgs, sizeof *d->org, compare_org) : NULL;
}

const struct evx_dir_key *evx_directory_key(const struct evx_directory *d, const struct evx_fingerprint *f)
{
    size_t low = 0, high = d->keys;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct evx_dir_key *k = &d->key[d->by_fingerprint[middle]];
        int order = memcmp(f->b, k->fingerprint.b, sizeof f->b);
        if (order == 0) return k;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static bool revoked_everywhere(const struct evx_directory *d, const struct evx_fingerprint *f)
{
    return evx_directory_revoked(d, f, "*", UINT64_MAX) != NULL;
}

// First key of an organisation: keys stand in the order of their organisations.
static size_t first_key_of(const struct evx_directory *d, const char *org)
{
    size_t low = 0, high = d->keys;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(d->key[middle].org, org) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct evx_dir_key *evx_directory_key_of(const struct evx_directory *d, const char *org,
                                               enum evx_key_use use, int64_t now_ms)
{
    const struct evx_dir_key *best = NULL;
    for (size_t i = first_key_of(d, org); i < d->keys && strcmp(d->key[i].org, org) == 0; i++) {
        const struct evx_dir_key *k = &d->key[i];
        if (k->use != use || (best && best->epoch > k->epoch)) continue;
        if (now_ms < k->from_ms || now_ms >= k->until_ms) continue;
        if (!revoked_everywhere(d, &k->fingerprint)) best = k;
    }
    return best;
}

static int compare_inspection(const void *id, const void *inspection)
{
    return memcmp(id, ((const struct evx_dir_inspection *)inspection)->id.b,
                  sizeof(struct evx_inspection_id));
}

const struct evx_dir_inspection *evx_directory_inspection(const struct evx_directory *d,
                                                          const struct evx_inspection_id *id)
{
    if (!d->inspections) return NULL;
    return bsearch(id->b, d->inspection, d->inspections, sizeof *d->inspection, compare_inspection);
}

// First member of an inspection at or after position `org`.
static size_t first_member(const struct evx_directory *d, const struct evx_inspection_id *id, uint32_t org)
{
    size_t low = 0, high = d->members;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct evx_dir_member *m = &d->member[middle];
        int order = memcmp(m->inspection.b, id->b, sizeof id->b);
        if (order < 0 || (order == 0 && m->org < org))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_member(const struct evx_directory *d, size_t i, const struct evx_inspection_id *id)
{
    return i < d->members && memcmp(d->member[i].inspection.b, id->b, sizeof id->b) == 0;
}

unsigned evx_directory_rights(const struct evx_directory *d, const struct evx_inspection_id *id,
                              const char *org)
{
    const struct evx_dir_org *o = evx_directory_org(d, org);
    if (!o) return 0;
    uint32_t position = (uint32_t)(o - d->org);
    size_t i = first_member(d, id, position);
    return is_member(d, i, id) && d->member[i].org == position ? d->member[i].rights : 0;
}

bool evx_directory_accepts(const struct evx_dir_inspection *i, unsigned rights, int64_t now_ms)
{
    if (!i->open || now_ms < i->opens_ms) return false;
    return now_ms < i->closes_ms || (rights & EVX_RIGHT_RECEIVE);
}

size_t evx_directory_members(const struct evx_directory *d, const struct evx_inspection_id *id,
                             unsigned rights, const struct evx_dir_org **out, size_t cap)
{
    size_t n = 0;
    for (size_t i = first_member(d, id, 0); is_member(d, i, id); i++) {
        if ((d->member[i].rights & rights) != rights) continue;
        if (n < cap) out[n] = &d->org[d->member[i].org];
        n++;
    }
    return n;
}

const struct evx_dir_revocation *evx_directory_revoked(const struct evx_directory *d,
                                                       const struct evx_fingerprint *f, const char *origin,
                                                       uint64_t index)
{
    size_t low = 0, high = d->revocations;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(d->revocation[middle].fingerprint.b, f->b, sizeof f->b) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < d->revocations; low++) {
        const struct evx_dir_revocation *r = &d->revocation[low];
        if (memcmp(r->fingerprint.b, f->b, sizeof f->b) != 0) break;
        bool here = strcmp(r->origin, "*") == 0 || strcmp(r->origin, origin) == 0;
        if (here && index >= r->index) return r;
    }
    return NULL;
}
