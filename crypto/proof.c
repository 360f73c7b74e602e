// SPDX-License-Identifier: Apache-2.0
//
// Proofs about the log's tree: made as RFC 6962 section 2.1 defines them,
// checked as RFC 9162 sections 2.1.3.2 and 2.1.4.2 say.
#include <string.h>

#include "crypto/merkle.h"

struct source {
    evx_node_reader read;
    void *user;
};

// The greatest power of two below n; n > 1.
static uint64_t split(uint64_t n) { return (uint64_t)1 << (63 - __builtin_clzll(n - 1)); }

static bool same(const struct evx_digest *a, const struct evx_digest *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

// Hash over leaves [first, first + n): complete subtrees from the smallest, at
// the right, to the greatest. `first` is a multiple of the greatest.
static enum evx_status range_hash(struct evx_digest *out, const struct source *source, uint64_t first,
                                  uint64_t n)
{
    bool started = false;
    uint64_t end = first + n;
    for (unsigned height = 0; height < 64 && n >> height; height++) {
        if (!(n >> height & 1)) continue;
        struct evx_digest node;
        end -= (uint64_t)1 << height;
        enum evx_status s = source->read(source->user, height, end >> height, &node);
        if (s) return s;
        if (started)
            evx_log_node(out, &node, out);
        else
            *out = node;
        started = true;
    }
    return EVX_OK;
}

enum evx_status evx_tree_root_at(struct evx_digest *out, uint64_t size, evx_node_reader read, void *user)
{
    struct source source = {read, user};
    *out = (struct evx_digest){0};
    return size ? range_hash(out, &source, 0, size) : EVX_E_BUG;
}

static enum evx_status push_range(struct evx_proof *p, const struct source *source, uint64_t first,
                                  uint64_t n)
{
    if (p->n == EVX_LIMIT_PROOF_HASHES) return EVX_E_BUG;
    return range_hash(&p->hash[p->n++], source, first, n);
}

// Proofs are found from the root down and written from the leaf up.
static void reverse(struct evx_proof *p)
{
    for (size_t i = 0; i < p->n / 2; i++) {
        struct evx_digest swap = p->hash[i];
        p->hash[i] = p->hash[p->n - 1 - i];
        p->hash[p->n - 1 - i] = swap;
    }
}

enum evx_status evx_inclusion_proof(struct evx_proof *out, uint64_t index, uint64_t size,
                                    evx_node_reader read, void *user)
{
    struct source source = {read, user};
    out->n = 0;
    if (index >= size) return EVX_E_BUG;
    uint64_t first = 0;
    while (size > 1) {
        uint64_t k = split(size);
        bool left = index < k;
        enum evx_status s =
            left ? push_range(out, &source, first + k, size - k) : push_range(out, &source, first, k);
        if (s) return s;
        if (!left) first += k, index -= k;
        size = left ? k : size - k;
    }
    reverse(out);
    return EVX_OK;
}

enum evx_status evx_consistency_proof(struct evx_proof *out, uint64_t old_size, uint64_t new_size,
                                      evx_node_reader read, void *user)
{
    struct source source = {read, user};
    out->n = 0;
    if (old_size == 0 || old_size > new_size) return EVX_E_BUG;
    uint64_t first = 0;
    enum evx_status s = EVX_OK;
    while (old_size != new_size && s == EVX_OK) {
        uint64_t k = split(new_size);
        if (old_size <= k) {
            s = push_range(out, &source, first + k, new_size - k);
            new_size = k;
        } else {
            s = push_range(out, &source, first, k);
            first += k, old_size -= k, new_size -= k;
        }
    }
    // The verifier knows the old root, which is this subtree if it begins at 0.
    if (s == EVX_OK && first > 0) s = push_range(out, &source, first, new_size);
    reverse(out);
    return s;
}

enum evx_status evx_inclusion_verify(const struct evx_proof *p, uint64_t index, uint64_t size,
                                     const struct evx_digest *leaf, const struct evx_digest *root)
{
    if (index >= size || p->n > EVX_LIMIT_PROOF_HASHES) return EVX_E_INCLUSION;
    uint64_t at = index, last = size - 1;
    struct evx_digest hash = *leaf;
    for (size_t i = 0; i < p->n; i++, at >>= 1, last >>= 1) {
        if (last == 0) return EVX_E_INCLUSION;
        if (!(at & 1) && at != last) {
            evx_log_node(&hash, &hash, &p->hash[i]);
            continue;
        }
        evx_log_node(&hash, &p->hash[i], &hash);
        while (!(at & 1) && at != 0)
            at >>= 1, last >>= 1;
    }
    return last == 0 && same(&hash, root) ? EVX_OK : EVX_E_INCLUSION;
}

// Walks both roots up together; `first` is the subtree they share.
static bool both_lead_up(const struct evx_digest *hash, size_t n, uint64_t at, uint64_t last,
                         struct evx_digest *old_hash, struct evx_digest *new_hash)
{
    for (size_t i = 0; i < n; i++, at >>= 1, last >>= 1) {
        if (last == 0) return false;
        if (!(at & 1) && at != last) {
            evx_log_node(new_hash, new_hash, &hash[i]);
            continue;
        }
        evx_log_node(old_hash, &hash[i], old_hash);
        evx_log_node(new_hash, &hash[i], new_hash);
        while (!(at & 1) && at != 0)
            at >>= 1, last >>= 1;
    }
    return last == 0;
}

enum evx_status evx_consistency_old_root(struct evx_digest *root, const struct evx_proof *p,
                                         uint64_t old_size, uint64_t new_size,
                                         const struct evx_digest *new_root)
{
    if (old_size == 0 || old_size >= new_size || p->n == 0 || p->n > EVX_LIMIT_PROOF_HASHES)
        return EVX_E_CONSISTENCY;
    bool whole = (old_size & (old_size - 1)) == 0; // the old tree is a subtree of the new one
    struct evx_digest old_hash = whole ? *root : p->hash[0], new_hash = old_hash;
    size_t skip = whole ? 0 : 1;
    uint64_t at = old_size - 1, last = new_size - 1;
    while (at & 1)
        at >>= 1, last >>= 1;
    if (!both_lead_up(p->hash + skip, p->n - skip, at, last, &old_hash, &new_hash)) return EVX_E_CONSISTENCY;
    if (!same(&new_hash, new_root)) return EVX_E_CONSISTENCY;
    *root = old_hash;
    return EVX_OK;
}

enum evx_status evx_consistency_verify(const struct evx_proof *p, uint64_t old_size, uint64_t new_size,
                                       const struct evx_digest *old_root, const struct evx_digest *new_root)
{
    if (old_size == 0) return EVX_E_CONSISTENCY;
    if (old_size == new_size) return p->n == 0 && same(old_root, new_root) ? EVX_OK : EVX_E_CONSISTENCY;
    struct evx_digest shown = *old_root;
    enum evx_status s = evx_consistency_old_root(&shown, p, old_size, new_size, new_root);
    return s == EVX_OK && same(&shown, old_root) ? EVX_OK : EVX_E_CONSISTENCY;
}
