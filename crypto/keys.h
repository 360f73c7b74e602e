// SPDX-License-Identifier: Apache-2.0
//
// Keys. One-member structs, one type per use, so that the compiler refuses a
// mix-up. Public halves are plain data; secret halves live in locked memory
// (sodium_malloc) and are opaque.
#ifndef EVX_CRYPTO_KEYS_H
#define EVX_CRYPTO_KEYS_H

#include <stdbool.h>

#include "proto/base/bytes.h"

enum evx_key_use {
    EVX_KEY_SIG = 1, // Ed25519: signs consignments
    EVX_KEY_ENC = 2, // X25519: opens consignments; one per epoch
    EVX_KEY_TRN = 3, // Curve25519: CURVE transport
    EVX_KEY_WIT = 4, // Ed25519: cosigns checkpoints
    EVX_KEY_LOG = 5, // Ed25519: signs checkpoints
    EVX_KEY_ROOT = 6 // Ed25519: signs directories, kept offline
};

struct evx_sign_public {
    uint8_t b[32];
};
struct evx_box_public {
    uint8_t b[32];
};
struct evx_signature {
    uint8_t b[64];
};
struct evx_fingerprint {
    uint8_t b[32];
}; // SHA-256("evx/key/v1\n" || use u8 || public key)
struct evx_digest {
    uint8_t b[32];
}; // SHA-256 or BLAKE2b-256, as the field says
struct evx_item_id {
    uint8_t b[16];
};
struct evx_stream_id {
    uint8_t b[16];
};
struct evx_inspection_id {
    uint8_t b[16];
};

struct evx_sign_secret; // Ed25519, any of SIG WIT LOG ROOT
struct evx_box_secret;  // X25519, ENC or TRN

// Must be called once, before any thread starts. RANDOMNESS if the library
// cannot be initialised. Also switches core dumps off for the process.
EVX_MUST_CHECK enum evx_status evx_crypto_init(void);

EVX_MUST_CHECK enum evx_status evx_sign_generate(struct evx_sign_secret **out,
                                                 struct evx_sign_public *public_out);
EVX_MUST_CHECK enum evx_status evx_sign_from_seed(struct evx_sign_secret **out,
                                                  struct evx_sign_public *public_out, const uint8_t seed[32]);
void evx_sign_secret_destroy(struct evx_sign_secret **k);

EVX_MUST_CHECK enum evx_status evx_box_generate(struct evx_box_secret **out,
                                                struct evx_box_public *public_out);
EVX_MUST_CHECK enum evx_status evx_box_from_seed(struct evx_box_secret **out,
                                                 struct evx_box_public *public_out, const uint8_t secret[32]);
void evx_box_secret_destroy(struct evx_box_secret **k);
// Copies the 32 secret bytes out, for CURVE only; wipe them at once.
void evx_box_secret_export(uint8_t out[32], const struct evx_box_secret *k);

void evx_fingerprint_of(struct evx_fingerprint *out, enum evx_key_use use, const uint8_t public_key[32]);
// What people read to each other over the telephone: 10 groups of 5 digits.
#define EVX_SPOKEN_TEXT 61
void evx_fingerprint_spoken(char out[EVX_SPOKEN_TEXT], const struct evx_fingerprint *f);

// Ed25519 (pure) over domain || message. `domain` is text such as
// "evx/header/v1\n". Total at most a few KiB; larger things are hashed first.
void evx_sign(struct evx_signature *out, const struct evx_sign_secret *k, const char *domain,
              struct evx_bytes message);
EVX_MUST_CHECK bool evx_verify(const struct evx_sign_public *k, const char *domain, struct evx_bytes message,
                               const struct evx_signature *s);
// The same without a domain: C2SP notes sign the note text itself.
void evx_sign_raw(struct evx_signature *out, const struct evx_sign_secret *k, struct evx_bytes message);
EVX_MUST_CHECK bool evx_verify_raw(const struct evx_sign_public *k, struct evx_bytes message,
                                   const struct evx_signature *s);

void evx_random(void *out, size_t n);
bool evx_equal_secret(const void *a, const void *b, size_t n); // constant time
void evx_wipe(void *p, size_t n);

void evx_sha256(struct evx_digest *out, struct evx_bytes a);
void evx_sha256_2(struct evx_digest *out, const char *domain, struct evx_bytes a);
void evx_blake2b(struct evx_digest *out, struct evx_bytes a); // BLAKE2b-256
// Streaming BLAKE2b-256 for files.
struct evx_blake2b_state {
    _Alignas(64) uint8_t opaque[384];
};
void evx_blake2b_begin(struct evx_blake2b_state *s);
void evx_blake2b_update(struct evx_blake2b_state *s, struct evx_bytes a);
void evx_blake2b_end(struct evx_digest *out, struct evx_blake2b_state *s);
// Keyed BLAKE2b-256 (blind indexes, subject tokens).
void evx_keyed_hash(struct evx_digest *out, const uint8_t key[32], const char *domain, struct evx_bytes a);

#endif
