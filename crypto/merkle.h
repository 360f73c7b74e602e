// SPDX-License-Identifier: Apache-2.0
//
// RFC 6962 Merkle trees over SHA-256, as the log uses them, and the same shape
// over BLAKE2b-256 with a domain, as consignments use it (items, wraps, chunks).
// Pure functions; hashes are 32 bytes.
#ifndef EVX_CRYPTO_MERKLE_H
#define EVX_CRYPTO_MERKLE_H

#include "crypto/keys.h"
#include "proto/limits.h"

// --- the log's tree (SHA-256) ---
void evx_log_leaf(struct evx_digest *out, struct evx_bytes entry);       // SHA-256(0x00 || entry)
void evx_log_node(struct evx_digest *out, const struct evx_digest *left, // SHA-256(0x01 || l || r)
                  const struct evx_digest *right);
void evx_log_empty(struct evx_digest *out);

// The right edge of a tree: enough to append and to know the root.
struct evx_frontier {
    uint64_t size;
    struct evx_digest node[64]; // node[i] is the full subtree of height i when bit i of size is set
};
// Appends a leaf hash. `emit` (may be NULL) is told of every complete subtree:
// its height (0 = the leaf), its number from the left, and its hash.
void evx_frontier_append(struct evx_frontier *f, const struct evx_digest *leaf,
                         void (*emit)(void *user, unsigned height, uint64_t number,
                                      const struct evx_digest *hash),
                         void *user);
void evx_frontier_root(struct evx_digest *out, const struct evx_frontier *f);

// Reads a complete subtree's hash, as emitted above.
typedef enum evx_status (*evx_node_reader)(void *user, unsigned height, uint64_t number,
                                           struct evx_digest *out);

struct evx_proof {
    size_t n;
    struct evx_digest hash[EVX_LIMIT_PROOF_HASHES];
};
// index < size. Errors are the reader's own.
EVX_MUST_CHECK enum evx_status evx_inclusion_proof(struct evx_proof *out, uint64_t index, uint64_t size,
                                                   evx_node_reader read, void *user);
// 0 < old_size <= new_size.
EVX_MUST_CHECK enum evx_status evx_consistency_proof(struct evx_proof *out, uint64_t old_size,
                                                     uint64_t new_size, evx_node_reader read, void *user);
// The root over the first `size` entries; size > 0.
EVX_MUST_CHECK enum evx_status evx_tree_root_at(struct evx_digest *out, uint64_t size, evx_node_reader read,
                                                void *user);
// INCLUSION / CONSISTENCY unless the proof holds exactly.
EVX_MUST_CHECK enum evx_status evx_inclusion_verify(const struct evx_proof *p, uint64_t index, uint64_t size,
                                                    const struct evx_digest *leaf,
                                                    const struct evx_digest *root);
EVX_MUST_CHECK enum evx_status evx_consistency_verify(const struct evx_proof *p, uint64_t old_size,
                                                      uint64_t new_size, const struct evx_digest *old_root,
                                                      const struct evx_digest *new_root);

// The root over the first old_size entries of the tree that has new_root, as a
// consistency proof for it shows; *root is that root where the proof leaves it out
// (old_size a power of two) and is replaced otherwise. CONSISTENCY unless the proof
// leads from it to new_root: then it shows nothing.
EVX_MUST_CHECK enum evx_status evx_consistency_old_root(struct evx_digest *root, const struct evx_proof *p,
                                                        uint64_t old_size, uint64_t new_size,
                                                        const struct evx_digest *new_root);

// --- trees inside a consignment (BLAKE2b-256) ---
// leaf = BLAKE2b-256(domain || 0x00 || data), node = BLAKE2b-256(domain || 0x01 || l || r)
void evx_tree_leaf(struct evx_digest *out, const char *domain, struct evx_bytes data);
// Root over n leaves of equal size laid out one after the other.
void evx_tree_root_of_records(struct evx_digest *out, const char *domain, const uint8_t *records,
                              size_t record_bytes, size_t n);
void evx_tree_root(struct evx_digest *out, const char *domain, const struct evx_digest *leaf, size_t n);
EVX_MUST_CHECK enum evx_status evx_tree_proof(struct evx_proof *out, const char *domain,
                                              const struct evx_digest *leaf, size_t n, size_t index);
EVX_MUST_CHECK enum evx_status evx_tree_proof_verify(const struct evx_proof *p, const char *domain,
                                                     size_t index, size_t n, const struct evx_digest *leaf,
                                                     const struct evx_digest *root);

#endif
