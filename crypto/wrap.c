// SPDX-License-Identifier: Apache-2.0
#include "crypto/wrap.h"

#include <sodium.h>
#include <string.h>

#include "crypto/layout.h"

#define DOMAIN       "evx/wrap/v1\n"
#define DOMAIN_BYTES (sizeof DOMAIN - 1)
#define AT_EPHEMERAL 32
#define AT_SEALED    64
#define AT_KEK       56

static const uint8_t zero_nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];

bool evx_wrap_shared(uint8_t shared[32], const uint8_t secret[32], const uint8_t other_public[32])
{
    return crypto_scalarmult(shared, secret, other_public) == 0;
}

static void derive(uint8_t key[32], const uint8_t shared[32], const uint8_t ephemeral_public[32],
                   const uint8_t recipient_public[32], const uint8_t nonce[16])
{
    uint8_t input[DOMAIN_BYTES + 32 + 32 + 16];
    memcpy(input, DOMAIN, DOMAIN_BYTES);
    memcpy(input + DOMAIN_BYTES, ephemeral_public, 32);
    memcpy(input + DOMAIN_BYTES + 32, recipient_public, 32);
    memcpy(input + DOMAIN_BYTES + 64, nonce, 16);
    crypto_generichash(key, 32, input, sizeof input, shared, 32);
}

static void bind(uint8_t out[64], const struct evx_wrap_terms *t)
{
    memcpy(out, t->sender.b, 32);
    memcpy(out + 32, t->recipient.b, 32);
}

void evx_wrap_payload(uint8_t out[EVX_WRAP_PAYLOAD], const struct evx_wrap_terms *t)
{
    static const uint8_t head[8] = {'E', 'V', 'X', 'W', EVX_PROTOCOL_VERSION, EVX_SUITE, 0, 0};
    memcpy(out, head, sizeof head);
    memcpy(out + 8, t->sender.b, 32);
    memcpy(out + 40, t->nonce, 16);
    memcpy(out + AT_KEK, t->kek, 32);
    memcpy(out + 88, t->recipient.b, 32);
}

void evx_wrap_seal(uint8_t out[EVX_WRAP_BYTES], const uint8_t payload[EVX_WRAP_PAYLOAD],
                   const struct evx_wrap_terms *ad, const uint8_t shared[32],
                   const uint8_t ephemeral_public[32], const uint8_t recipient_public[32])
{
    uint8_t key[32], bound[64];
    derive(key, shared, ephemeral_public, recipient_public, ad->nonce);
    bind(bound, ad);
    memcpy(out, ad->recipient.b, 32);
    memcpy(out + AT_EPHEMERAL, ephemeral_public, 32);
    crypto_aead_chacha20poly1305_ietf_encrypt(out + AT_SEALED, NULL, payload, EVX_WRAP_PAYLOAD, bound,
                                              sizeof bound, NULL, zero_nonce, key);
    evx_wipe(key, sizeof key);
}

enum evx_status evx_wrap_open(struct evx_wrap_terms *t, const uint8_t wrap[EVX_WRAP_BYTES],
                              const uint8_t shared[32], const uint8_t recipient_public[32])
{
    uint8_t key[32], bound[64], payload[EVX_WRAP_PAYLOAD], expected[EVX_WRAP_PAYLOAD];
    if (memcmp(wrap, t->recipient.b, 32) != 0) return EVX_E_WRAP_CONTEXT;
    derive(key, shared, wrap + AT_EPHEMERAL, recipient_public, t->nonce);
    bind(bound, t);
    enum evx_status s = EVX_OK;
    if (crypto_aead_chacha20poly1305_ietf_decrypt(payload, NULL, NULL, wrap + AT_SEALED,
                                                  EVX_WRAP_PAYLOAD + EVX_TAG_BYTES, bound, sizeof bound,
                                                  zero_nonce, key) != 0) {
        s = EVX_E_WRAP;
        goto out;
    }
    memcpy(t->kek, payload + AT_KEK, 32);
    evx_wrap_payload(expected, t);
    if (!evx_equal_secret(expected, payload, sizeof payload)) {
        evx_wipe(t->kek, sizeof t->kek);
        s = EVX_E_WRAP_CONTEXT;
    }
out:
    evx_wipe(key, sizeof key);
    evx_wipe(payload, sizeof payload);
    evx_wipe(expected, sizeof expected);
    return s;
}
