// SPDX-License-Identifier: Apache-2.0
//
// The bytes of a consignment and how to check them without any secret. The
// broker, the collector and every verifier use exactly this code.
//
//   0        4   "EVX1"
//   4        4   header length H (big endian)
//   8        H   header (evx.v1.Header, canonical)
//   8+H      64  Ed25519 over "evx/header/v1\n" || header
//   +64      200 x recipients   wraps, in the header's order
//   …        96 x item_count    item records, number 0, 1, 2 …
//   …        ciphertext_bytes   the items' ciphertexts, in order
//
// Item record, 96 bytes: number u32 · retention class u16 · zero u16 · padded
// plaintext length u32 · ciphertext length u32 · item id 16 · key commitment 32
// · ciphertext root 32.
#ifndef EVX_CRYPTO_CONSIGNMENT_H
#define EVX_CRYPTO_CONSIGNMENT_H

#include "crypto/directory.h"
#include "crypto/merkle.h"
#include "proto/msg/codec.h"

#define EVX_WRAP_BYTES   200
#define EVX_RECORD_BYTES 96

struct evx_record {
    uint32_t number;
    uint16_t retention;
    uint32_t padded_bytes;
    uint32_t ciphertext_bytes;
    struct evx_item_id item_id;
    struct evx_digest commitment;
    struct evx_digest ciphertext_root;
};

// Borrows from the bytes it was opened from; header is owned.
struct evx_consignment {
    struct evx_bytes whole;
    struct evx_bytes header_bytes;
    const struct evx_signature *signature; // points into whole
    Evx__V1__Header *header;
    struct evx_digest id; // SHA-256("evx/consignment/v1\n" || header)
    struct evx_bytes wraps;
    struct evx_bytes records;
    struct evx_bytes ciphertexts;
};

// Cuts out header and signature only: size limits and magic. No unpacking.
EVX_MUST_CHECK enum evx_status evx_consignment_peek(struct evx_bytes *header_bytes,
                                                    const struct evx_signature **signature,
                                                    struct evx_bytes whole);
void evx_consignment_id(struct evx_digest *out, struct evx_bytes header_bytes);

// Steps 1-4 of the written order: size, signature under `key`, header
// unpacked and checked, structure (lengths, wraps root, records, items root,
// every chunk hash). `key` is the signing key of the identity the bytes came
// from; that the header names its fingerprint is part of it (IDENTITY).
// TOO_LARGE, MALFORMED, VERSION, SUITE, SIGNATURE, IDENTITY, STRUCTURE.
EVX_MUST_CHECK enum evx_status evx_consignment_open(struct evx_consignment *out, struct evx_bytes whole,
                                                    const struct evx_dir_key *key);
// The same without hashing the ciphertexts: for bytes that were verified when
// they were stored and whose stored hash has just been checked.
EVX_MUST_CHECK enum evx_status evx_consignment_open_trusted(struct evx_consignment *out,
                                                            struct evx_bytes whole);
// The same for a copy that may have lost its wraps: all of them zero. Items, header
// and signature prove what they did; the wraps' root in the header has no counterpart.
EVX_MUST_CHECK enum evx_status evx_consignment_open_kept(struct evx_consignment *out, struct evx_bytes whole);
void evx_consignment_close(struct evx_consignment *c); // frees the header

// Step 5: the directory's word on it. Not expired at now_ms (DIRECTORY_EXPIRED),
// inspection known and open at now_ms (WRONG_INSPECTION, WINDOW_CLOSED), sender's organisation active and
// entitled to send (NOT_ENTITLED), key valid now (EXPIRED_KEY) and not revoked at `log_index` (REVOKED),
// suite >= minimum, directory version and hash accepted (STALE_DIRECTORY, DIRECTORY_UNKNOWN), every recipient
// an ENC key of a member that may receive, or of any member when the sender is an inspectorate (RECIPIENT).
// `accept_version` and its hash name the oldest version still good.
struct evx_admission {
    const struct evx_directory *directory; // the newest
    const struct evx_directory *older;     // still accepted, or NULL
    int64_t now_ms;
    uint64_t log_index; // where it would stand
};
EVX_MUST_CHECK enum evx_status evx_consignment_admit(const struct evx_consignment *c,
                                                     const struct evx_admission *a);

// i < header->item_count. The record at i, and its ciphertext.
void evx_consignment_record(struct evx_record *out, struct evx_bytes *ciphertext,
                            const struct evx_consignment *c, size_t i);
// Walks all items once (constant work per step).
struct evx_item_cursor {
    size_t i;
    size_t offset;
};
bool evx_consignment_next(struct evx_item_cursor *cursor, struct evx_record *out,
                          struct evx_bytes *ciphertext, const struct evx_consignment *c);

// The log entry: 0x01 || received_ms (u64) || header || signature.
EVX_MUST_CHECK enum evx_status evx_log_entry(struct evx_buf *out, uint64_t received_ms,
                                             struct evx_bytes header_bytes,
                                             const struct evx_signature *signature);
EVX_MUST_CHECK enum evx_status evx_log_entry_parse(uint64_t *received_ms, struct evx_bytes *header_bytes,
                                                   const struct evx_signature **signature,
                                                   struct evx_bytes entry);
#define EVX_LOG_ENTRY_CONSIGNMENT 0x01

#endif
