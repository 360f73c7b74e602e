// SPDX-License-Identifier: Apache-2.0
//
// Trees inside a consignment: the shape of RFC 6962 over BLAKE2b-256.
#include <sodium.h>
#include <string.h>

#include "crypto/layout.h"
#include "crypto/merkle.h"

#define DOMAIN_BYTES 32  // every domain used here is shorter
#define SHORT_LEAF   256 // up to here a leaf is hashed in one piece on the stack

struct prefix {
    uint8_t b[DOMAIN_BYTES + 1 + 64];
    size_t n;
};

static void prefix_of(struct prefix *p, const char *domain, uint8_t kind)
{
    size_t n = strlen(domain);
    if (n > DOMAIN_BYTES) n = DOMAIN_BYTES;
    memcpy(p->b, domain, n);
    p->b[n] = kind;
    p->n = n + 1;
}

static void leaf_of(struct evx_digest *out, const struct prefix *leaf, struct evx_bytes data)
{
    if (data.n <= SHORT_LEAF) {
        uint8_t joined[DOMAIN_BYTES + 1 + SHORT_LEAF];
        memcpy(joined, leaf->b, leaf->n);
        if (data.n) memcpy(joined + leaf->n, data.p, data.n);
        crypto_generichash(out->b, sizeof out->b, joined, leaf->n + data.n, NULL, 0);
        return;
    }
    crypto_generichash_state s;
    crypto_generichash_init(&s, NULL, 0, sizeof out->b);
    crypto_generichash_update(&s, leaf->b, leaf->n);
    crypto_generichash_update(&s, data.p, data.n);
    crypto_generichash_final(&s, out->b, sizeof out->b);
}

// The node's input is completed in the prefix itself.
static void node_of(struct evx_digest *out, struct prefix *node, const struct evx_digest *left,
                    const struct evx_digest *right)
{
    memcpy(node->b + node->n, left->b, 32);
    memcpy(node->b + node->n + 32, right->b, 32);
    crypto_generichash(out->b, sizeof out->b, node->b, node->n + 64, NULL, 0);
}

// Complete subtrees of the leaves so far, greatest first.
struct stack {
    struct evx_digest node[64];
    uint64_t leaves;
    size_t depth;
};

static void push(struct stack *s, struct prefix *node, const struct evx_digest *leaf)
{
    s->node[s->depth++] = *leaf;
    s->leaves++;
    for (uint64_t n = s->leaves; !(n & 1); n >>= 1) {
        s->depth--;
        node_of(&s->node[s->depth - 1], node, &s->node[s->depth - 1], &s->node[s->depth]);
    }
}

static void root_of(struct evx_digest *out, struct stack *s, struct prefix *node, const char *domain)
{
    if (s->depth == 0) {
        evx_blake2b(out, evx_bytes_of_text(domain));
        return;
    }
    *out = s->node[s->depth - 1];
    for (size_t i = s->depth - 1; i > 0; i--)
        node_of(out, node, &s->node[i - 1], out);
}

void evx_tree_leaf(struct evx_digest *out, const char *domain, struct evx_bytes data)
{
    struct prefix leaf;
    prefix_of(&leaf, domain, 0x00);
    leaf_of(out, &leaf, data);
}

void evx_tree_leaves(struct evx_digest out[EVX_LANES], const char *domain,
                     const uint8_t *const data[EVX_LANES], size_t bytes)
{
    struct prefix leaf;
    prefix_of(&leaf, domain, 0x00);
    evx_blake2b_lanes(out, evx_bytes(leaf.b, leaf.n), data, bytes);
}

static void push_lanes(struct stack *s, struct prefix *node, const struct prefix *leaf,
                       const uint8_t *records, size_t record_bytes)
{
    struct evx_digest hash[EVX_LANES];
    const uint8_t *data[EVX_LANES];
    for (size_t i = 0; i < EVX_LANES; i++)
        data[i] = records + i * record_bytes;
    evx_blake2b_lanes(hash, evx_bytes(leaf->b, leaf->n), data, record_bytes);
    for (size_t i = 0; i < EVX_LANES; i++)
        push(s, node, &hash[i]);
}

void evx_tree_root_of_records(struct evx_digest *out, const char *domain, const uint8_t *records,
                              size_t record_bytes, size_t n)
{
    struct prefix leaf, node;
    struct stack s;
    s.leaves = 0, s.depth = 0;
    prefix_of(&leaf, domain, 0x00);
    prefix_of(&node, domain, 0x01);
    size_t i = 0;
    for (; n - i >= EVX_LANES; i += EVX_LANES)
        push_lanes(&s, &node, &leaf, records + i * record_bytes, record_bytes);
    for (; i < n; i++) {
        struct evx_digest hash;
        leaf_of(&hash, &leaf, evx_bytes(records + i * record_bytes, record_bytes));
        push(&s, &node, &hash);
    }
    root_of(out, &s, &node, domain);
}

void evx_tree_root(struct evx_digest *out, const char *domain, const struct evx_digest *leaf, size_t n)
{
    struct prefix node;
    struct stack s;
    s.leaves = 0, s.depth = 0;
    prefix_of(&node, domain, 0x01);
    for (size_t i = 0; i < n; i++)
        push(&s, &node, &leaf[i]);
    root_of(out, &s, &node, domain);
}

// The greatest power of two below n; n > 1.
static size_t split(size_t n) { return (size_t)1 << (63 - __builtin_clzll(n - 1)); }

enum evx_status evx_tree_proof(struct evx_proof *out, const char *domain, const struct evx_digest *leaf,
                               size_t n, size_t index)
{
    struct evx_digest down[64];
    size_t depth = 0, first = 0;
    out->n = 0;
    if (index >= n) return EVX_E_BUG;
    for (; n > 1; depth++) {
        size_t k = split(n);
        bool left = index < k;
        evx_tree_root(&down[depth], domain, leaf + first + (left ? k : 0), left ? n - k : k);
        if (!left) first += k, index -= k;
        n = left ? k : n - k;
    }
    for (out->n = 0; out->n < depth; out->n++)
        out->hash[out->n] = down[depth - 1 - out->n];
    return EVX_OK;
}

enum evx_status evx_tree_proof_verify(const struct evx_proof *p, const char *domain, size_t index, size_t n,
                                      const struct evx_digest *leaf, const struct evx_digest *root)
{
    if (index >= n || p->n > EVX_LIMIT_PROOF_HASHES) return EVX_E_STRUCTURE;
    struct prefix node;
    prefix_of(&node, domain, 0x01);
    size_t at = index, last = n - 1;
    struct evx_digest hash = *leaf;
    for (size_t i = 0; i < p->n; i++, at >>= 1, last >>= 1) {
        if (last == 0) return EVX_E_STRUCTURE;
        if (!(at & 1) && at != last) {
            node_of(&hash, &node, &hash, &p->hash[i]);
            continue;
        }
        node_of(&hash, &node, &p->hash[i], &hash);
        while (!(at & 1) && at != 0)
            at >>= 1, last >>= 1;
    }
    return last == 0 && memcmp(hash.b, root->b, 32) == 0 ? EVX_OK : EVX_E_STRUCTURE;
}
