// SPDX-License-Identifier: Apache-2.0
//
// What the directory says about a consignment whose bytes are in order.
#include <string.h>

#include "crypto/consignment.h"

struct question {
    const Evx__V1__Header *header;
    const struct evx_admission *admission;
    const struct evx_directory *directory;
    const struct evx_dir_inspection *inspection;
    const struct evx_dir_key *key;
    const struct evx_dir_org *sender;
};

static void fingerprint_from(struct evx_fingerprint *out, const ProtobufCBinaryData *named)
{
    memcpy(out->b, named->data, sizeof out->b);
}

// Who sent it; NULL when the directory does not know the key.
static void find_sender(struct question *q)
{
    struct evx_fingerprint f;
    fingerprint_from(&f, &q->header->sender);
    q->key = evx_directory_key(q->directory, &f);
    if (q->key && q->key->use == EVX_KEY_SIG) q->sender = evx_directory_org(q->directory, q->key->org);
}

static unsigned rights_of(const struct question *q)
{
    return q->sender ? evx_directory_rights(q->directory, &q->inspection->id, q->sender->id) : 0;
}

static enum evx_status check_inspection(struct question *q)
{
    struct evx_inspection_id id;
    memcpy(id.b, q->header->inspection.data, sizeof id.b);
    q->inspection = evx_directory_inspection(q->directory, &id);
    if (!q->inspection) return EVX_E_WRONG_INSPECTION;
    bool accepts = evx_directory_accepts(q->inspection, rights_of(q), q->admission->now_ms);
    return accepts ? EVX_OK : EVX_E_WINDOW_CLOSED;
}

static enum evx_status check_sender(struct question *q)
{
    if (!q->sender) return EVX_E_UNKNOWN_KEY;
    if (!q->sender->active || !(rights_of(q) & EVX_RIGHT_SEND)) return EVX_E_NOT_ENTITLED;
    if (q->admission->now_ms < q->key->from_ms || q->admission->now_ms >= q->key->until_ms)
        return EVX_E_EXPIRED_KEY;
    const char *origin = q->inspection->origin;
    bool revoked = evx_directory_revoked(q->directory, &q->key->fingerprint, origin, q->admission->log_index);
    return revoked ? EVX_E_REVOKED : EVX_OK;
}

static bool sealed_under(const Evx__V1__Header *h, const struct evx_directory *d)
{
    return memcmp(h->directory_hash.data, evx_directory_hash(d)->b, 32) == 0;
}

static enum evx_status check_directory(const struct question *q)
{
    const struct evx_directory *older = q->admission->older;
    uint64_t named = q->header->directory_version, newest = evx_directory_version(q->directory);
    if (named > newest) return EVX_E_DIRECTORY_UNKNOWN;
    if (named == newest) return sealed_under(q->header, q->directory) ? EVX_OK : EVX_E_DIRECTORY_UNKNOWN;
    if (!older || named != evx_directory_version(older)) return EVX_E_STALE_DIRECTORY;
    return sealed_under(q->header, older) ? EVX_OK : EVX_E_DIRECTORY_UNKNOWN;
}

// An inspectorate answers and asks: it may write to every member. Everybody
// else writes to those who are there to receive.
static bool may_read(const struct question *q, const ProtobufCBinaryData *recipient)
{
    struct evx_fingerprint f;
    fingerprint_from(&f, recipient);
    const struct evx_dir_key *key = evx_directory_key(q->directory, &f);
    if (!key || key->use != EVX_KEY_ENC) return false;
    const struct evx_dir_org *org = evx_directory_org(q->directory, key->org);
    if (!org || !org->active) return false;
    if (evx_directory_revoked(q->directory, &f, q->inspection->origin, q->admission->log_index)) return false;
    unsigned rights = evx_directory_rights(q->directory, &q->inspection->id, org->id);
    return q->sender->role == EVX_ROLE_INSPECTORATE ? rights != 0 : (rights & EVX_RIGHT_RECEIVE) != 0;
}

static enum evx_status check_recipients(const struct question *q)
{
    for (size_t i = 0; i < q->header->n_recipient; i++)
        if (!may_read(q, &q->header->recipient[i])) return EVX_E_RECIPIENT;
    return EVX_OK;
}

enum evx_status evx_consignment_admit(const struct evx_consignment *c, const struct evx_admission *a)
{
    struct question q = {.header = c->header, .admission = a, .directory = a->directory};
    if (a->now_ms >= evx_directory_expires_ms(a->directory)) return EVX_E_DIRECTORY_EXPIRED;
    find_sender(&q);
    enum evx_status s = check_inspection(&q);
    if (s == EVX_OK) s = check_sender(&q);
    if (s == EVX_OK && c->header->suite < evx_directory_min_suite(q.directory)) s = EVX_E_SUITE;
    if (s == EVX_OK) s = check_directory(&q);
    if (s == EVX_OK) s = check_recipients(&q);
    return s;
}
