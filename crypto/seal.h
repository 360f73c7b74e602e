// SPDX-License-Identifier: Apache-2.0
//
// Sealing and opening. One signature and one key wrap per recipient for a whole
// consignment, one key per item: so one item can be disclosed or erased alone.
// docs/protocol.md "Seal"; properties P1-P6.
//
//   KEK           32 random bytes per consignment
//   ik            = kdf(KEK, item number)          item key, kept by the collector
//   k_enc || kc   = kdf(ik, 1), 64 bytes           kc stands in the record (P4)
//   ciphertext    64 KiB chunks, ChaCha20-Poly1305, nonce = be(chunk, 11) || final,
//                 AD = consignment nonce || item number
#ifndef EVX_CRYPTO_SEAL_H
#define EVX_CRYPTO_SEAL_H

#include "crypto/chain.h"
#include "crypto/consignment.h"

struct evx_item_key {
    uint8_t b[32];
}; // secret: wipe after use

// What to seal. Lengths within limits.h, else TOO_LARGE.
struct evx_plain_item {
    struct evx_bytes content; // packed evx.v1.Item
    uint16_t retention;
    struct evx_item_id id; // all zero: a random one is made
};

// Holds the sender's signing key, and per recipient an ephemeral X25519 key
// that is used for a while (at most `max_uses` consignments or `max_age_ms`)
// so that a wrap costs a hash and an AEAD instead of two scalar multiplications.
// Not thread safe; one per sealing thread.
struct evx_sealer;
EVX_MUST_CHECK enum evx_status evx_sealer_new(struct evx_sealer **out,
                                              const struct evx_sign_secret *sign, // borrowed
                                              const struct evx_sign_public *sign_public);
void evx_sealer_destroy(struct evx_sealer **s);

struct evx_seal_context {
    const struct evx_directory *directory;
    struct evx_inspection_id inspection;
    const struct evx_dir_key *const *recipient; // ENC keys, any order, no duplicates
    size_t recipients;
    Evx__V1__Marking marking;
    Evx__V1__Purpose purpose;
    uint32_t flags;
    const struct evx_digest *reset_of; // with FLAG_STREAM_RESET: last known id of the old stream, or NULL
    uint64_t now_ms;
    struct evx_chain_link link; // stream, sequence, previous (crypto/chain.h)
    const uint8_t *nonce;       // 16 bytes to force one (tests, simulator); NULL = random
    const uint8_t *kek;         // 32 bytes to force one; NULL = random
    const uint8_t *ephemeral;   // 32 bytes to force every wrap's X25519 secret; NULL = the sealer's own
};

// Appends a complete consignment to *out and gives its id and the item ids (in
// item_ids, `items` of them, may be NULL).
EVX_MUST_CHECK enum evx_status evx_seal(struct evx_buf *out, struct evx_digest *id,
                                        struct evx_item_id *item_ids, struct evx_sealer *s,
                                        const struct evx_seal_context *context,
                                        const struct evx_plain_item *item, size_t items);

// Opens wraps for one recipient key; caches the shared secret of recent
// ephemerals. Not thread safe.
struct evx_opener;
EVX_MUST_CHECK enum evx_status evx_opener_new(struct evx_opener **out);
void evx_opener_destroy(struct evx_opener **o);
// Adds an ENC key (borrowed secret) that this opener can use.
EVX_MUST_CHECK enum evx_status evx_opener_add_key(struct evx_opener *o, const struct evx_box_secret *secret,
                                                  const struct evx_box_public *public_key);

// The consignment key of an opened consignment. NOT_RECIPIENT, WRAP,
// WRAP_CONTEXT. Wipe *kek after use.
struct evx_consignment_key {
    uint8_t b[32];
};
EVX_MUST_CHECK enum evx_status evx_open_wrap(struct evx_consignment_key *kek, struct evx_opener *o,
                                             const struct evx_consignment *c);
void evx_item_key_of(struct evx_item_key *ik, const struct evx_consignment_key *kek, uint32_t number);

// Opens one item into *plain (replaced), the padding removed. Needs nothing but
// the record, its ciphertext, the consignment nonce and the item key, so that a
// third party can do it (P3). KEY_COMMITMENT before anything is decrypted,
// STRUCTURE (ciphertext root), CIPHERTEXT, PADDING; *plain is empty on failure.
EVX_MUST_CHECK enum evx_status evx_open_item(struct evx_buf *plain, const struct evx_record *record,
                                             struct evx_bytes ciphertext, const uint8_t nonce[16],
                                             const struct evx_item_key *ik);
// The same, trusting that the ciphertext root was already checked
// (evx_consignment_open does): saves one hash over the ciphertext.
EVX_MUST_CHECK enum evx_status evx_open_item_checked(struct evx_buf *plain, const struct evx_record *record,
                                                     struct evx_bytes ciphertext, const uint8_t nonce[16],
                                                     const struct evx_item_key *ik);

// Re-wrapping at rest: an item key under a store key. 72 bytes: nonce 24 ||
// XChaCha20-Poly1305(ik), AD = item id.
//
// A store key has two halves. The master half stays for ever: it proves rows and
// hides what inspectors write. The wrapping half has a generation: item keys and
// whatever is derived from opened evidence stand under it, and a new generation
// makes every older copy of them unreadable.
#define EVX_REWRAP_BYTES 72
struct evx_store_key; // locked memory
// A new store key, generation 1.
EVX_MUST_CHECK enum evx_status evx_store_key_generate(struct evx_store_key **out);
// The same master half with a new wrapping half, one generation on.
EVX_MUST_CHECK enum evx_status evx_store_key_next(struct evx_store_key **out, const struct evx_store_key *k);
EVX_MUST_CHECK enum evx_status evx_store_key_of(struct evx_store_key **out, const uint8_t master[32],
                                                uint64_t generation, const uint8_t wrapping[32]);
// Both halves from one secret, generation 0: for a key that lives and dies in one piece.
EVX_MUST_CHECK enum evx_status evx_store_key_from(struct evx_store_key **out, const uint8_t key[32]);
void evx_store_key_destroy(struct evx_store_key **k);
uint64_t evx_store_key_generation(const struct evx_store_key *k);
// The store key itself, sealed to the organisation's ENC key, for keeping in a file.
EVX_MUST_CHECK enum evx_status evx_store_key_seal(struct evx_buf *out, const struct evx_store_key *k,
                                                  const struct evx_box_public *to);
EVX_MUST_CHECK enum evx_status evx_store_key_unseal(struct evx_store_key **out, struct evx_bytes sealed,
                                                    const struct evx_box_secret *secret,
                                                    const struct evx_box_public *public_key);
// A 32-byte subkey of the master half (blind indexes), derived by name.
void evx_store_subkey(uint8_t out[32], const struct evx_store_key *k, uint64_t number);
// The same of the wrapping half: another one in every generation.
void evx_store_passing_subkey(uint8_t out[32], const struct evx_store_key *k, uint64_t number);
EVX_MUST_CHECK enum evx_status evx_rewrap(uint8_t out[EVX_REWRAP_BYTES], const struct evx_store_key *k,
                                          const struct evx_item_key *ik, const struct evx_item_id *id);
EVX_MUST_CHECK enum evx_status evx_unwrap(struct evx_item_key *ik, const struct evx_store_key *k,
                                          const uint8_t wrapped[EVX_REWRAP_BYTES],
                                          const struct evx_item_id *id);
// Bytes at rest under the master half: nonce 24 || AEAD, `domain` as AD.
EVX_MUST_CHECK enum evx_status evx_store_encrypt(struct evx_buf *out, const struct evx_store_key *k,
                                                 const char *domain, struct evx_bytes plain);
EVX_MUST_CHECK enum evx_status evx_store_decrypt(struct evx_buf *out, const struct evx_store_key *k,
                                                 const char *domain, struct evx_bytes sealed);
// The same under the wrapping half: for what is derived from evidence and can be made again.
EVX_MUST_CHECK enum evx_status evx_store_encrypt_passing(struct evx_buf *out, const struct evx_store_key *k,
                                                         const char *domain, struct evx_bytes plain);
EVX_MUST_CHECK enum evx_status evx_store_decrypt_passing(struct evx_buf *out, const struct evx_store_key *k,
                                                         const char *domain, struct evx_bytes sealed);

#endif
