// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "crypto/receipt.h"

#define DOMAIN "evx/rejection/v1\n"

enum evx_status evx_rejection_sign(struct evx_buf *body, struct evx_signature *signature,
                                   const Evx__V1__RejectionBody *m, const struct evx_sign_secret *k)
{
    size_t before = body->n;
    memset(signature, 0, sizeof *signature);
    enum evx_status s = evx_rejection_body_pack(body, m);
    if (s) return s;
    evx_sign(signature, k, DOMAIN, evx_bytes(body->p + before, body->n - before));
    return EVX_OK;
}

// The broker's signing key that this fingerprint names, if it is good now.
static enum evx_status signer_key(struct evx_sign_public *out, const ProtobufCBinaryData *named,
                                  const struct evx_directory *d, int64_t now_ms)
{
    struct evx_fingerprint f;
    if (named->len != sizeof f.b) return EVX_E_MALFORMED;
    memcpy(f.b, named->data, sizeof f.b);
    const struct evx_dir_key *key = evx_directory_key(d, &f);
    if (!key || key->use != EVX_KEY_SIG) return EVX_E_UNKNOWN_KEY;
    const struct evx_dir_org *org = evx_directory_org(d, key->org);
    if (!org || org->role != EVX_ROLE_BROKER) return EVX_E_IDENTITY;
    if (now_ms < key->from_ms || now_ms >= key->until_ms) return EVX_E_EXPIRED_KEY;
    if (evx_directory_revoked(d, &f, "*", UINT64_MAX)) return EVX_E_REVOKED;
    memcpy(out->b, key->public_key, sizeof out->b);
    return EVX_OK;
}

enum evx_status evx_rejection_open(Evx__V1__RejectionBody **out, const Evx__V1__Rejection *m,
                                   const struct evx_directory *d, int64_t now_ms)
{
    struct evx_sign_public key;
    struct evx_signature signature;
    *out = NULL;
    enum evx_status s = signer_key(&key, &m->signer, d, now_ms);
    if (s) return s;
    if (m->signature.len != sizeof signature.b) return EVX_E_MALFORMED;
    memcpy(signature.b, m->signature.data, sizeof signature.b);
    struct evx_bytes body = {m->body.data, m->body.len};
    if (!evx_verify(&key, DOMAIN, body, &signature)) return EVX_E_SIGNATURE;
    return evx_rejection_body_unpack(out, body);
}
