// SPDX-License-Identifier: Apache-2.0
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "crypto/seal.h"
#include "crypto/secret.h"

#define SEALED_DOMAIN "evx/store/v1\n"
#define DOMAIN_BYTES  (sizeof SEALED_DOMAIN - 1)
#define OWN_CONTEXT   "evxstore" // subkeys used here
#define INDEX_CONTEXT "evxindex" // subkeys handed out
#define NONCE_BYTES   crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_BYTES     crypto_aead_xchacha20poly1305_ietf_ABYTES

_Static_assert(EVX_REWRAP_BYTES == NONCE_BYTES + 32 + TAG_BYTES, "re-wrapped key");

struct evx_store_key {
    uint8_t master[32];
    uint8_t rewrap[32];
    uint8_t rows[32];
};

enum evx_status evx_store_key_from(struct evx_store_key **out, const uint8_t key[32])
{
    *out = evx_secret_alloc(sizeof **out);
    if (!*out) return EVX_E_MEMORY;
    memcpy((*out)->master, key, 32);
    crypto_kdf_derive_from_key((*out)->rewrap, 32, 1, OWN_CONTEXT, key);
    crypto_kdf_derive_from_key((*out)->rows, 32, 2, OWN_CONTEXT, key);
    return EVX_OK;
}

enum evx_status evx_store_key_generate(struct evx_store_key **out)
{
    uint8_t key[32];
    evx_random(key, sizeof key);
    enum evx_status s = evx_store_key_from(out, key);
    evx_wipe(key, sizeof key);
    return s;
}

void evx_store_key_destroy(struct evx_store_key **k)
{
    evx_secret_free(*k);
    *k = NULL;
}

enum evx_status evx_store_key_seal(struct evx_buf *out, const struct evx_store_key *k,
                                   const struct evx_box_public *to)
{
    uint8_t plain[DOMAIN_BYTES + 32];
    memcpy(plain, SEALED_DOMAIN, DOMAIN_BYTES);
    memcpy(plain + DOMAIN_BYTES, k->master, 32);
    enum evx_status s = evx_buf_reserve(out, sizeof plain + crypto_box_SEALBYTES);
    if (s == EVX_OK && crypto_box_seal(out->p + out->n, plain, sizeof plain, to->b) != 0) s = EVX_E_RECIPIENT;
    if (s == EVX_OK) out->n += sizeof plain + crypto_box_SEALBYTES;
    evx_wipe(plain, sizeof plain);
    return s;
}

enum evx_status evx_store_key_unseal(struct evx_store_key **out, struct evx_bytes sealed,
                                     const struct evx_box_secret *secret,
                                     const struct evx_box_public *public_key)
{
    uint8_t plain[DOMAIN_BYTES + 32];
    *out = NULL;
    if (sealed.n != sizeof plain + crypto_box_SEALBYTES) return EVX_E_WRAP;
    enum evx_status s = EVX_E_WRAP;
    if (crypto_box_seal_open(plain, sealed.p, sealed.n, public_key->b, secret->b) == 0) {
        bool ours = memcmp(plain, SEALED_DOMAIN, DOMAIN_BYTES) == 0;
        s = ours ? evx_store_key_from(out, plain + DOMAIN_BYTES) : EVX_E_WRAP_CONTEXT;
    }
    evx_wipe(plain, sizeof plain);
    return s;
}

void evx_store_subkey(uint8_t out[32], const struct evx_store_key *k, uint64_t number)
{
    crypto_kdf_derive_from_key(out, 32, number, INDEX_CONTEXT, k->master);
}

// Nonces are drawn many at a time: each draw is a system call, and keys are
// wrapped by the hundred. A forked child must not draw from its parent's.
static void next_nonce(uint8_t out[NONCE_BYTES])
{
    static _Thread_local struct {
        uint8_t nonce[64][NONCE_BYTES];
        size_t left;
        pid_t owner;
    } stock;
    if (stock.left == 0 || stock.owner != getpid()) {
        evx_random(stock.nonce, sizeof stock.nonce);
        stock.left = sizeof stock.nonce / sizeof stock.nonce[0];
        stock.owner = getpid();
    }
    memcpy(out, stock.nonce[--stock.left], NONCE_BYTES);
}

enum evx_status evx_rewrap(uint8_t out[EVX_REWRAP_BYTES], const struct evx_store_key *k,
                           const struct evx_item_key *ik, const struct evx_item_id *id)
{
    next_nonce(out);
    crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE_BYTES, NULL, ik->b, sizeof ik->b, id->b,
                                               sizeof id->b, NULL, out, k->rewrap);
    return EVX_OK;
}

enum evx_status evx_unwrap(struct evx_item_key *ik, const struct evx_store_key *k,
                           const uint8_t wrapped[EVX_REWRAP_BYTES], const struct evx_item_id *id)
{
    memset(ik, 0, sizeof *ik);
    int bad = crypto_aead_xchacha20poly1305_ietf_decrypt(ik->b, NULL, NULL, wrapped + NONCE_BYTES,
                                                         EVX_REWRAP_BYTES - NONCE_BYTES, id->b, sizeof id->b,
                                                         wrapped, k->rewrap);
    return bad ? EVX_E_STORE_DAMAGED : EVX_OK;
}

enum evx_status evx_store_encrypt(struct evx_buf *out, const struct evx_store_key *k, const char *domain,
                                  struct evx_bytes plain)
{
    enum evx_status s = evx_buf_reserve(out, NONCE_BYTES + plain.n + TAG_BYTES);
    if (s) return s;
    uint8_t *at = out->p + out->n;
    evx_random(at, NONCE_BYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt(at + NONCE_BYTES, NULL, plain.p, plain.n,
                                               (const uint8_t *)domain, strlen(domain), NULL, at, k->rows);
    out->n += NONCE_BYTES + plain.n + TAG_BYTES;
    return EVX_OK;
}

enum evx_status evx_store_decrypt(struct evx_buf *out, const struct evx_store_key *k, const char *domain,
                                  struct evx_bytes sealed)
{
    if (sealed.n < NONCE_BYTES + TAG_BYTES) return EVX_E_STORE_DAMAGED;
    size_t n = sealed.n - NONCE_BYTES - TAG_BYTES;
    enum evx_status s = evx_buf_reserve(out, n + 1);
    if (s) return s;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(out->p + out->n, NULL, NULL, sealed.p + NONCE_BYTES,
                                                   sealed.n - NONCE_BYTES, (const uint8_t *)domain,
                                                   strlen(domain), sealed.p, k->rows) != 0)
        return EVX_E_STORE_DAMAGED;
    out->n += n;
    return EVX_OK;
}
