// SPDX-License-Identifier: Apache-2.0
//
// One key wrap: the consignment key for one recipient, bound to sender,
// recipient and consignment. For the files of this folder and its tests only.
//
//   0    32  recipient's fingerprint
//   32   32  ephemeral X25519 public key
//   64  136  ChaCha20-Poly1305 of the payload below, tag last
//
// Payload, 120 bytes: "EVXW" · version u8 · suite u8 · zero u16 · sender's
// fingerprint 32 · consignment nonce 16 · consignment key 32 · recipient's
// fingerprint 32. The key is used once, so the nonce is zero.
#ifndef EVX_CRYPTO_WRAP_H
#define EVX_CRYPTO_WRAP_H

#include "crypto/consignment.h"

#define EVX_WRAP_PAYLOAD 120

// Who wraps what for whom. `kek` is secret and is wiped by the caller.
struct evx_wrap_terms {
    struct evx_fingerprint sender;
    struct evx_fingerprint recipient;
    uint8_t nonce[16];
    uint8_t kek[32];
};

// False if the recipient's key gives an all-zero secret.
EVX_MUST_CHECK bool evx_wrap_shared(uint8_t shared[32], const uint8_t secret[32],
                                    const uint8_t other_public[32]);
// The payload of these terms.
void evx_wrap_payload(uint8_t out[EVX_WRAP_PAYLOAD], const struct evx_wrap_terms *t);
// Seals any payload; ad_* are what the cipher binds.
void evx_wrap_seal(uint8_t out[EVX_WRAP_BYTES], const uint8_t payload[EVX_WRAP_PAYLOAD],
                   const struct evx_wrap_terms *ad, const uint8_t shared[32],
                   const uint8_t ephemeral_public[32], const uint8_t recipient_public[32]);
// Opens a wrap that must have been made for these terms (kek is ignored on the
// way in, and set on success). WRAP, WRAP_CONTEXT.
EVX_MUST_CHECK enum evx_status evx_wrap_open(struct evx_wrap_terms *t, const uint8_t wrap[EVX_WRAP_BYTES],
                                             const uint8_t shared[32], const uint8_t recipient_public[32]);

#endif
