// SPDX-License-Identifier: Apache-2.0
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "crypto/seal.h"
#include "crypto/secret.h"

#define SEALED_DOMAIN "evx/store/v2\n"
#define DOMAIN_BYTES  (sizeof SEALED_DOMAIN - 1)
#define PLAIN_BYTES   (DOMAIN_BYTES + 8 + 32 + 32) // domain, generation, master half, wrapping half
#define OWN_CONTEXT   "evxstore"                   // subkeys used here
#define INDEX_CONTEXT "evxindex"                   // subkeys handed out
#define NONCE_BYTES   crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_BYTES     crypto_aead_xchacha20poly1305_ietf_ABYTES

_Static_assert(EVX_REWRAP_BYTES == NONCE_BYTES + 32 + TAG_BYTES, "re-wrapped key");

struct evx_store_key {
    uint64_t generation;
    uint8_t master[32], wrapping[32];
    uint8_t rows[32];                // of the master half
    uint8_t rewrap[32], passing[32]; // of the wrapping half
};

enum evx_status evx_store_key_of(struct evx_store_key **out, const uint8_t master[32], uint64_t generation,
                                 const uint8_t wrapping[32])
{
    *out = evx_secret_alloc(sizeof **out);
    if (!*out) return EVX_E_MEMORY;
    (*out)->generation = generation;
    memcpy((*out)->master, master, 32);
    memcpy((*out)->wrapping, wrapping, 32);
    crypto_kdf_derive_from_key((*out)->rewrap, 32, 1, OWN_CONTEXT, wrapping);
    crypto_kdf_derive_from_key((*out)->rows, 32, 2, OWN_CONTEXT, master);
    crypto_kdf_derive_from_key((*out)->passing, 32, 3, OWN_CONTEXT, wrapping);
    return EVX_OK;
}

enum evx_status evx_store_key_from(struct evx_store_key **out, const uint8_t key[32])
{
    return evx_store_key_of(out, key, 0, key);
}

enum evx_status evx_store_key_generate(struct evx_store_key **out)
{
    uint8_t key[64];
    evx_random(key, sizeof key);
    enum evx_status s = evx_store_key_of(out, key, 1, key + 32);
    evx_wipe(key, sizeof key);
    return s;
}

enum evx_status evx_store_key_next(struct evx_store_key **out, const struct evx_store_key *k)
{
    uint8_t wrapping[32];
    *out = NULL;
    if (k->generation == UINT64_MAX) return EVX_E_TOO_LARGE;
    evx_random(wrapping, sizeof wrapping);
    enum evx_status s = evx_store_key_of(out, k->master, k->generation + 1, wrapping);
    evx_wipe(wrapping, sizeof wrapping);
    return s;
}

void evx_store_key_destroy(struct evx_store_key **k)
{
    evx_secret_free(*k);
    *k = NULL;
}

uint64_t evx_store_key_generation(const struct evx_store_key *k) { return k->generation; }

enum evx_status evx_store_key_seal(struct evx_buf *out, const struct evx_store_key *k,
                                   const struct evx_box_public *to)
{
    uint8_t plain[PLAIN_BYTES];
    memcpy(plain, SEALED_DOMAIN, DOMAIN_BYTES);
    evx_put_be64(plain + DOMAIN_BYTES, k->generation);
    memcpy(plain + DOMAIN_BYTES + 8, k->master, 32);
    memcpy(plain + DOMAIN_BYTES + 40, k->wrapping, 32);
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
    uint8_t plain[PLAIN_BYTES];
    *out = NULL;
    if (sealed.n != sizeof plain + crypto_box_SEALBYTES) return EVX_E_WRAP;
    enum evx_status s = EVX_E_WRAP;
    if (crypto_box_seal_open(plain, sealed.p, sealed.n, public_key->b, secret->b) == 0) {
        bool ours = memcmp(plain, SEALED_DOMAIN, DOMAIN_BYTES) == 0;
        const uint8_t *p = plain + DOMAIN_BYTES;
        s = ours ? evx_store_key_of(out, p + 8, evx_get_be64(p), p + 40) : EVX_E_WRAP_CONTEXT;
    }
    evx_wipe(plain, sizeof plain);
    return s;
}

void evx_store_subkey(uint8_t out[32], const struct evx_store_key *k, uint64_t number)
{
    crypto_kdf_derive_from_key(out, 32, number, INDEX_CONTEXT, k->master);
}

void evx_store_passing_subkey(uint8_t out[32], const struct evx_store_key *k, uint64_t number)
{
    crypto_kdf_derive_from_key(out, 32, number, INDEX_CONTEXT, k->wrapping);
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

static enum evx_status encrypt(struct evx_buf *out, const uint8_t key[32], const char *domain,
                               struct evx_bytes plain)
{
    enum evx_status s = evx_buf_reserve(out, NONCE_BYTES + plain.n + TAG_BYTES);
    if (s) return s;
    uint8_t *at = out->p + out->n;
    evx_random(at, NONCE_BYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt(at + NONCE_BYTES, NULL, plain.p, plain.n,
                                               (const uint8_t *)domain, strlen(domain), NULL, at, key);
    out->n += NONCE_BYTES + plain.n + TAG_BYTES;
    return EVX_OK;
}

static enum evx_status decrypt(struct evx_buf *out, const uint8_t key[32], const char *domain,
                               struct evx_bytes sealed)
{
    if (sealed.n < NONCE_BYTES + TAG_BYTES) return EVX_E_STORE_DAMAGED;
    size_t n = sealed.n - NONCE_BYTES - TAG_BYTES;
    enum evx_status s = evx_buf_reserve(out, n + 1);
    if (s) return s;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(out->p + out->n, NULL, NULL, sealed.p + NONCE_BYTES,
                                                   sealed.n - NONCE_BYTES, (const uint8_t *)domain,
                                                   strlen(domain), sealed.p, key) != 0)
        return EVX_E_STORE_DAMAGED;
    out->n += n;
    return EVX_OK;
}

enum evx_status evx_store_encrypt(struct evx_buf *out, const struct evx_store_key *k, const char *domain,
                                  struct evx_bytes plain)
{
    return encrypt(out, k->rows, domain, plain);
}

enum evx_status evx_store_decrypt(struct evx_buf *out, const struct evx_store_key *k, const char *domain,
                                  struct evx_bytes sealed)
{
    return decrypt(out, k->rows, domain, sealed);
}

enum evx_status evx_store_encrypt_passing(struct evx_buf *out, const struct evx_store_key *k,
                                          const char *domain, struct evx_bytes plain)
{
    return encrypt(out, k->passing, domain, plain);
}

enum evx_status evx_store_decrypt_passing(struct evx_buf *out, const struct evx_store_key *k,
                                          const char *domain, struct evx_bytes sealed)
{
    return decrypt(out, k->passing, domain, sealed);
}
