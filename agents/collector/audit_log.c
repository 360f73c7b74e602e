// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/audit_log.h"

#include <string.h>

struct comparing {
    struct evx_audit_against_log *out;
    struct evx_audit *audit;
    const char *organisation;
};

static void blame(struct evx_audit_against_log *out, const struct evx_store_access *d, bool missing)
{
    if (out->first) {
        if (d->records > out->last) out->last = d->records;
        return;
    }
    out->first = missing ? out->records + 1 : out->vouched + 1;
    out->last = d->records;
    out->missing = missing;
    out->index = d->index;
}

// A digest over fewer records than one before it is no contradiction: both must hold.
static enum evx_status compare(void *user, const struct evx_store_access *d)
{
    struct comparing *c = user;
    struct evx_digest hash;
    if (strcmp(d->sender, c->organisation) != 0) return EVX_OK;
    c->out->digests++;
    if (!d->records) return EVX_OK;
    enum evx_status s = evx_audit_hash_at(c->audit, d->records, &hash);
    if (s && s != EVX_E_NOT_FOUND) return s;
    bool missing = s == EVX_E_NOT_FOUND;
    if (missing || memcmp(hash.b, d->head.b, sizeof hash.b) != 0)
        blame(c->out, d, missing && d->records > c->out->records);
    else if (d->records > c->out->vouched)
        c->out->vouched = d->records;
    return EVX_OK;
}

enum evx_status evx_audit_verify_against_log(struct evx_audit_against_log *out, struct evx_audit *a,
                                             struct evx_store *s, const char *organisation)
{
    *out = (struct evx_audit_against_log){0};
    struct evx_digest head;
    struct comparing c = {out, a, organisation};
    enum evx_status status = evx_audit_head(a, &out->records, &head);
    if (!status) status = evx_store_access_digests(s, compare, &c);
    if (status) return status;
    return out->first ? EVX_E_AUDIT_BEHIND : EVX_OK;
}

enum evx_status evx_audit_digest(struct evx_buf *out, uint64_t *records, struct evx_audit *a)
{
    struct evx_digest head;
    Evx__V1__AccessDigest m = EVX__V1__ACCESS_DIGEST__INIT;
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    enum evx_status s = evx_audit_head(a, records, &head);
    if (s) return s;
    m.records = *records;
    m.head = (ProtobufCBinaryData){sizeof head.b, head.b};
    item.body_case = EVX__V1__ITEM__BODY_ACCESS;
    item.access = &m;
    evx_buf_clear(out);
    return evx_item_pack(out, &item);
}
