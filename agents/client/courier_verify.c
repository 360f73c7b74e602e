// SPDX-License-Identifier: Apache-2.0
//
// One entry of the log, checked again from our own copy of the directory: the broker's
// word counts for nothing. Whose fault it is when something is wrong decides what
// happens: a sender's is reported with the entry, the broker's stops the fetch, because
// refusing an entry makes its sender forget it.
#include <string.h>

#include "agents/client/courier_state.h"

struct courier_keys {
    const struct evx_directory *directory;
    const struct evx_fingerprint *own;
    size_t own_n;
};

static bool addressed_to_us(const struct evx_courier *c, const Evx__V1__Header *h)
{
    for (size_t i = 0; i < h->n_recipient; i++)
        for (size_t k = 0; k < c->own_n; k++)
            if (h->recipient[i].len == sizeof c->own[k].b &&
                memcmp(h->recipient[i].data, c->own[k].b, sizeof c->own[k].b) == 0)
                return true;
    return false;
}

static uint32_t newest_own_epoch(const struct courier_keys *k)
{
    uint32_t newest = 0;
    for (size_t i = 0; i < k->own_n; i++) {
        const struct evx_dir_key *key = evx_directory_key(k->directory, &k->own[i]);
        if (key && key->epoch > newest) newest = key->epoch;
    }
    return newest;
}

// Sealed to a key of ours that came after all that were loaded: this process began before
// a rotation. To go on would be to refuse what can be opened in a moment. What was sealed
// to older keys that are gone stays closed, and nothing waits for it.
static bool needs_newer_key(const struct evx_courier *c, const Evx__V1__Header *h)
{
    const struct courier_keys k = {evx_directory_history_newest(c->history), c->own, c->own_n};
    for (size_t i = 0; i < h->n_recipient; i++) {
        struct evx_fingerprint f;
        if (h->recipient[i].len != sizeof f.b) continue;
        memcpy(f.b, h->recipient[i].data, sizeof f.b);
        const struct evx_dir_key *key = evx_directory_key(k.directory, &f);
        bool ours = key && key->use == EVX_KEY_ENC && strcmp(key->org, c->organisation) == 0;
        if (ours && key->epoch > newest_own_epoch(&k)) return true;
    }
    return false;
}

// The key that the header names, in the directory that ruled there; where none is known to
// have ruled, in the newest, so that its signature can be checked at least.
static enum evx_status signer(struct evx_courier *c, struct verified_entry *v, const Evx__V1__Header *h,
                              uint64_t index)
{
    struct evx_fingerprint f;
    struct evx_ruling r;
    memcpy(f.b, h->sender.data, sizeof f.b); // a header with another length does not unpack
    const struct evx_directory *newest = evx_directory_history_newest(c->history);
    bool ruled = evx_directory_history_ruling(&r, c->history, index) == EVX_OK;
    const struct evx_dir_key *key = evx_directory_key(ruled ? r.newest : newest, &f);
    if (!key || key->use != EVX_KEY_SIG) return EVX_E_UNKNOWN_KEY;
    v->key = key;
    v->sender = key->org;
    return EVX_OK;
}

static enum evx_status signature(const struct verified_entry *v, struct evx_bytes header,
                                 const struct evx_signature *s)
{
    struct evx_sign_public k;
    memcpy(k.b, v->key->public_key, sizeof k.b);
    return evx_verify(&k, "evx/header/v1\n", header, s) ? EVX_OK : EVX_E_SIGNATURE;
}

// What its signature covers: whoever uses a newer directory than is known here shows that
// there is one.
static enum evx_status admit(struct evx_courier *c, struct verified_entry *v, const Evx__V1__Header *h,
                             uint64_t index)
{
    const struct evx_consignment k = {.header = (Evx__V1__Header *)h};
    v->fault = evx_directory_history_admit(c->history, &k, v->received_ms, index);
    return evx_courier_mention(c, h->directory_version);
}

// The body must open and be exactly what was logged; if not, the broker damaged or swapped it.
static enum evx_status open_body(struct evx_courier *c, struct verified_entry *v, uint64_t index,
                                 struct evx_bytes header, const struct evx_signature *s,
                                 struct evx_bytes body)
{
    const struct evx_consignment *k = &v->consignment;
    enum evx_status e = evx_consignment_open(&v->consignment, body, v->key);
    if (e == EVX_E_MEMORY) return e;
    bool same =
        !e && evx_bytes_equal(k->header_bytes, header) && memcmp(k->signature->b, s->b, sizeof s->b) == 0;
    if (!same) return EVX_E_STORE_DAMAGED;
    return admit(c, v, k->header, index);
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
    if (!e && !v->ours && needs_newer_key(c, h)) e = EVX_E_KEY_MISSING;
    if (!e && body.n == 0 && !expired && v->ours) e = EVX_E_PROTOCOL; // withheld from us
    if (!e) v->fault = signer(c, v, h, index);
    // With a body the signature is checked while opening it.
    if (!e && !v->fault && body.n) e = open_body(c, v, index, header, s, body);
    if (!e && !v->fault && !body.n) v->fault = signature(v, header, s);
    if (!e && !v->fault && !body.n) e = admit(c, v, h, index);
    if (!e && !v->fault && expired) v->fault = EVX_E_ERASED;
    evx_header_free(h);
    return e;
}
