// SPDX-License-Identifier: Apache-2.0
//
// The single-item bundle (P3): everything that lets a third party check ONE
// item, and nothing of any other. A file in POSIX ustar form, so that `tar xf`
// takes it apart and every step can be done by hand. docs/protocol.md "Bundle".
//
//   evx-bundle   "evx.bundle/v1\nitem N\nindex I\n"
//   entry        the log entry: received-at time, header, sender's signature
//   proof        tlog-proof of that entry, checkpoint with cosignatures
//   record       96 bytes: the item's record
//   record.path  its path in the tree of the consignment's items, a hash a line
//   ciphertext   of this item
//   key          the item key, 32 bytes: who holds the bundle can read the item
//   directory    the signed directory that the sender sealed under
//   policy       the C2SP policy that this directory gives; may be left out
//
// One spelling: members in that order, fixed metadata, only signature lines of
// keys that the directory names, each once and in order. Whatever the writer
// would not have written byte for byte is refused.
#ifndef EVX_CRYPTO_BUNDLE_H
#define EVX_CRYPTO_BUNDLE_H

#include "crypto/policy.h"
#include "crypto/receipt.h"
#include "crypto/seal.h"

#define EVX_BUNDLE_MAGIC "evx-bundle" // how a bundle file begins, a NUL after it

// Borrows from the bytes it was parsed from.
struct evx_bundle {
    uint32_t number; // of the item in its consignment
    uint64_t index;  // of the consignment in the log
    struct evx_bytes entry, proof, record, record_path, ciphertext, key, directory;
    struct evx_bytes policy; // n = 0: left out
};
// Appends the archive. BUNDLE_FORMAT for members that no bundle has, TOO_LARGE, MEMORY.
EVX_MUST_CHECK enum evx_status evx_bundle_write(struct evx_buf *out, const struct evx_bundle *b);
// Takes it apart; nothing is verified yet but the spelling. BUNDLE_FORMAT, TOO_LARGE, MEMORY.
EVX_MUST_CHECK enum evx_status evx_bundle_parse(struct evx_bundle *out, struct evx_bytes file);

// What a bundle is made of, by whoever holds consignment and item key. All borrowed.
struct evx_bundle_source {
    const struct evx_directory *directory; // the one sealed under, with its signatures
    struct evx_bytes entry;
    const struct evx_receipt *receipt; // index, path and checkpoint are used
    const struct evx_consignment *consignment;
    uint32_t number;
    const struct evx_item_key *key;
};
// Appends a bundle. Signature lines of keys that the directory does not name
// are left out. It is not verified here. STRUCTURE (no such item), NOTE_FORMAT,
// BUNDLE_FORMAT, MEMORY.
EVX_MUST_CHECK enum evx_status evx_bundle_make(struct evx_buf *out, const struct evx_bundle_source *source);

// Why the directory inside is believed. Everything that is given must hold.
struct evx_bundle_trust {
    const struct evx_digest *pin;          // SHA-256 of its text, NULL = not given
    const struct evx_vkey *root;           // `roots` of them, of which `threshold` must have signed it
    size_t roots, threshold;               // 0 roots = not given
    const struct evx_directory *directory; // trusted already: the same one, or its roots signed it; NULL
};

enum evx_bundle_gap {
    EVX_BUNDLE_GAP_ROOTS = 1,       // you pinned nothing: it holds only if its own directory is the true one
    EVX_BUNDLE_GAP_WITNESSES = 2,   // fewer cosignatures than the directory demands, or none at all
    EVX_BUNDLE_GAP_REVOCATIONS = 4, // no later directory was given: later revocations are not known
};

// What was proved, and by whose word.
struct evx_bundle_result {
    struct evx_inspection_id inspection;
    char sender[EVX_ORG_ID_BYTES]; // organisation, by the directory
    struct evx_fingerprint signer; // its signing key
    struct evx_digest consignment;
    struct evx_item_id item;
    uint32_t number, items; // the item is number `number` (from 0) of `items`
    uint64_t index;
    uint64_t received_ms; // the broker's claim
    uint64_t sealed_ms;   // the sender's claim
    struct evx_grade grade;
    struct evx_digest directory_hash;
    uint64_t directory_version;
    uint64_t revocations_version; // the newest directory whose revocations were looked at
    unsigned gaps;                // evx_bundle_gap bits
    struct evx_buf content;       // the packed evx.v1.Item; may be personal
};
// Wipes the content.
void evx_bundle_result_free(struct evx_bundle_result *r);

// In this order, the first that fails is the answer and *out is empty:
//   the directory is signed by its own roots (DIRECTORY_FORMAT, DIRECTORY_SIGNATURES,
//     NOTE_FORMAT), has no other lines (BUNDLE_FORMAT) and is trusted (BUNDLE_TRUST)
//   entry and header have their form (MALFORMED, VERSION, SUITE), the header names this
//     directory (BUNDLE_DIRECTORY)
//   inspection listed (WRONG_INSPECTION), sender's key listed (UNKNOWN_KEY), its
//     signature (SIGNATURE), the organisation active and entitled to send (NOT_ENTITLED), the
//     key valid when it was received (EXPIRED_KEY), not revoked at the index (REVOKED)
//   the proof's checkpoint is the inspection's log's (CHECKPOINT, NOTE_FORMAT, NOTE_SIGNATURE), the
//     entry stands at the index (INCLUSION), no strange or wrong cosignature (BUNDLE_FORMAT,
//     NOTE_SIGNATURE), the policy is that of the directory (POLICY)
//   the record is the header's item of that number (BUNDLE_ITEM)
//   key commitment, before anything is decrypted (KEY_COMMITMENT), the ciphertext's root
//     (STRUCTURE), ciphertext (CIPHERTEXT), padding (PADDING), content (MALFORMED, ITEM_CONTENT)
// Pure; MEMORY besides.
EVX_MUST_CHECK enum evx_status evx_bundle_verify(struct evx_bundle_result *out, const struct evx_bundle *b,
                                                 const struct evx_bundle_trust *trust);

#endif
