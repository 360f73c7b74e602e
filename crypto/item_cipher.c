// SPDX-License-Identifier: Apache-2.0
#include "crypto/item_cipher.h"

#include <sodium.h>
#include <string.h>

#include "crypto/layout.h"

#define KEK_CONTEXT  "evxkek_1"
#define ITEM_CONTEXT "evxitem1"
#define PAD_MARK     0x80

_Static_assert(sizeof KEK_CONTEXT - 1 == crypto_kdf_CONTEXTBYTES, "context");
_Static_assert(sizeof ITEM_CONTEXT - 1 == crypto_kdf_CONTEXTBYTES, "context");

void evx_item_key_of(struct evx_item_key *ik, const struct evx_consignment_key *kek, uint32_t number)
{
    crypto_kdf_derive_from_key(ik->b, sizeof ik->b, (uint64_t)number + 1, KEK_CONTEXT, kek->b);
}

// k_enc || kc from one derivation of 64 bytes.
void evx_item_secrets_of(struct evx_item_secrets *out, const struct evx_item_key *ik)
{
    uint8_t both[64];
    crypto_kdf_derive_from_key(both, sizeof both, 1, ITEM_CONTEXT, ik->b);
    memcpy(out->k_enc, both, 32);
    memcpy(out->commitment.b, both + 32, 32);
    evx_wipe(both, sizeof both);
}

struct chunk_terms {
    uint8_t nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];
    uint8_t bound[20];
};

static void terms_begin(struct chunk_terms *t, const uint8_t nonce[16], uint32_t number)
{
    memset(t->nonce, 0, sizeof t->nonce);
    memcpy(t->bound, nonce, 16);
    evx_put_be32(t->bound + 16, number);
}

static void terms_at(struct chunk_terms *t, size_t chunk, bool final)
{
    evx_put_be64(t->nonce + 3, chunk);
    t->nonce[11] = final;
}

// The part of content || mark || zeros that chunk bytes [at, at + n) hold.
static void pad_into(uint8_t *out, struct evx_bytes content, size_t at, size_t n)
{
    size_t take = at < content.n ? content.n - at : 0;
    if (take > n) take = n;
    if (take) memcpy(out, content.p + at, take);
    memset(out + take, 0, n - take);
    if (at <= content.n && content.n < at + n) out[content.n - at] = PAD_MARK;
}

void evx_item_encrypt(uint8_t *out, struct evx_bytes content, size_t padded, const uint8_t nonce[16],
                      uint32_t number, const uint8_t k_enc[32])
{
    struct chunk_terms t;
    terms_begin(&t, nonce, number);
    size_t chunk = 0;
    for (size_t at = 0; at < padded; at += EVX_LIMIT_CHUNK_BYTES, chunk++) {
        size_t n = padded - at < EVX_LIMIT_CHUNK_BYTES ? padded - at : EVX_LIMIT_CHUNK_BYTES;
        terms_at(&t, chunk, at + n == padded);
        pad_into(out, content, at, n);
        crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, out, n, t.bound, sizeof t.bound, NULL, t.nonce,
                                                  k_enc);
        out += n + EVX_TAG_BYTES;
    }
}

// Length of the content inside the padding; SIZE_MAX if the padding is wrong.
static size_t content_size(const uint8_t *p, size_t padded)
{
    size_t n = padded;
    while (n > 0 && p[n - 1] == 0)
        n--;
    if (n == 0 || p[n - 1] != PAD_MARK) return SIZE_MAX;
    return evx_padded_size(n - 1) == padded ? n - 1 : SIZE_MAX;
}

static bool decrypt_chunks(uint8_t *out, struct evx_bytes ciphertext, size_t padded, struct chunk_terms *t,
                           const uint8_t k_enc[32])
{
    const uint8_t *in = ciphertext.p;
    size_t chunk = 0;
    for (size_t at = 0; at < padded; at += EVX_LIMIT_CHUNK_BYTES, chunk++) {
        size_t n = padded - at < EVX_LIMIT_CHUNK_BYTES ? padded - at : EVX_LIMIT_CHUNK_BYTES;
        terms_at(t, chunk, at + n == padded);
        if (crypto_aead_chacha20poly1305_ietf_decrypt(out + at, NULL, NULL, in, n + EVX_TAG_BYTES, t->bound,
                                                      sizeof t->bound, t->nonce, k_enc) != 0)
            return false;
        in += n + EVX_TAG_BYTES;
    }
    return true;
}

enum evx_status evx_item_decrypt(struct evx_buf *plain, struct evx_bytes ciphertext, size_t padded,
                                 const uint8_t nonce[16], uint32_t number, const uint8_t k_enc[32])
{
    struct chunk_terms t;
    if (!evx_padded_size_ok(padded) || ciphertext.n != evx_ciphertext_size(padded)) return EVX_E_STRUCTURE;
    enum evx_status s = evx_buf_reserve(plain, padded);
    if (s) return s;
    terms_begin(&t, nonce, number);
    uint8_t *out = plain->p + plain->n;
    if (!decrypt_chunks(out, ciphertext, padded, &t, k_enc)) {
        evx_wipe(out, padded);
        return EVX_E_CIPHERTEXT;
    }
    size_t n = content_size(out, padded);
    if (n == SIZE_MAX) {
        evx_wipe(out, padded);
        return EVX_E_PADDING;
    }
    plain->n += n;
    return EVX_OK;
}
