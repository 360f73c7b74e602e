// SPDX-License-Identifier: Apache-2.0
//
// One entry of the log, checked again from our own copy of the directory: the broker's
// word counts for nothing. Whose fault it is when something is wrong decides what
// happens: a sender's is reported with the entry, the broker's stops the fetch, because
// refusing an entry makes its sender forget it.
#include <string.h>

#include "agents/client/courier_state.h"

static const struct evx_directory *directory_for(struct evx_courier *c, uint64_t version)
{
    const struct evx_directory *d = c->port.directory_at(c->port.user, version);
    return d ? d : c->directory;
}

static bool addressed_to_us(const struct evx_courier *c, const Evx__V1__Header *h)
{
    for (size_t i = 0; i < h->n_recipient; i++)
        for (size_t k = 0; k < c->own_n; k++)
            if (h->recipient[i].len == sizeof c->own[k].b &&
                memcmp(h->recipient[i].data, c->own[k].b, sizeof c->own[k].b) == 0)
                return true;
    return false;
}

// The key that the header names, if the directory knows it and it may sign here.
static enum evx_status signer(struct evx_courier *c, struct verified_entry *v, const Evx__V1__Header *h,
                              uint64_t index)
{
    struct evx_fingerprint f;
    if (h->sender.len != sizeof f.b) return EVX_E_MALFORMED;
    memcpy(f.b, h->sender.data, sizeof f.b);
    const struct evx_dir_key *key = evx_directory_key(directory_for(c, h->directory_version), &f);
    if (!key) key = evx_directory_key(c->directory, &f);
    if (!key || key->use != EVX_KEY_SIG) return EVX_E_UNKNOWN_KEY;
    v->key = key;
    v->sender = key->org;
    return evx_directory_revoked(c->directory, &f, c->log.name, index) ? EVX_E_REVOKED : EVX_OK;
}

static enum evx_status signature(const struct verified_entry *v, struct evx_bytes header,
                                 const struct evx_signature *s)
{
    struct evx_sign_public k;
    memcpy(k.b, v->key->public_key, sizeof k.b);
    return evx_verify(&k, "evx/header/v1\n", header, s) ? EVX_OK : EVX_E_SIGNATURE;
}

// The body must be exactly what was logged; if not, the broker damaged or swapped it.
static enum evx_status body_matches(const struct evx_consignment *k, struct evx_bytes header,
                                    const struct evx_signature *s)
{
    bool same = evx_bytes_equal(k->header_bytes, header) && memcmp(k->signature->b, s->b, sizeof s->b) == 0;
    return same ? EVX_OK : EVX_E_STORE_DAMAGED;
}

// A sender may be one version behind the newest that the log has shown, as at the broker.
static enum evx_status fresh_enough(struct evx_courier *c, uint64_t version)
{
    if (version + 1 < c->highest_version) return EVX_E_STALE_DIRECTORY;
    if (version > c->highest_version) c->highest_version = version;
    return EVX_OK;
}

static enum evx_status admit(struct evx_courier *c, struct verified_entry *v, uint64_t index)
{
    const Evx__V1__Header *h = v->consignment.header;
    struct evx_admission a = {.directory = directory_for(c, h->directory_version),
                              .now_ms = (int64_t)v->received_ms,
                              .log_index = index};
    enum evx_status s = fresh_enough(c, h->directory_version);
    return s ? s : evx_consignment_admit(&v->consignment, &a);
}

static enum evx_status open_body(struct evx_courier *c, struct verified_entry *v, uint64_t index,
                                 struct evx_bytes header, const struct evx_signature *s,
                                 struct evx_bytes body)
{
    enum evx_status e = evx_consignment_open(&v->consignment, body, v->key);
    if (e == EVX_E_MEMORY) return e;
    if (e) return EVX_E_STORE_DAMAGED;
    e = body_matches(&v->consignment, header, s);
    if (!e) v->fault = admit(c, v, index);
    return e;
}

enum evx_status evx_courier_verify_entry(struct evx_courier *c, struct verified_entry *v, uint64_t index,
                                         struct evx_bytes log_entry, struct evx_bytes body, bool expired)
{
    *v = (struct verified_entry){.sender = ""};
    struct evx_bytes header;
    const struct evx_signature *s;
    Evx__V1__Header *h = NULL;
    enum evx_status e = evx_log_entry_parse(&v->received_ms, &header, &s, log_entry);
    if (!e) e = evx_header_unpack(&h, header);
    if (e) return e == EVX_E_MEMORY ? e : EVX_E_STORE_DAMAGED;
    if (!evx_courier_is_ours(c, &h->inspection)) e = EVX_E_STORE_DAMAGED;
    v->ours = addressed_to_us(c, h);
    if (!e && body.n == 0 && !expired && v->ours) e = EVX_E_PROTOCOL; // withheld from us
    if (!e) v->fault = signer(c, v, h, index);
    // With a body the signature is checked while opening it.
    if (!e && !v->fault && body.n) e = open_body(c, v, index, header, s, body);
    if (!e && !v->fault && !body.n) v->fault = signature(v, header, s);
    if (!e && !v->fault && expired) v->fault = EVX_E_ERASED;
    evx_header_free(h);
    return e;
}
