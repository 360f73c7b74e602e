// SPDX-License-Identifier: Apache-2.0
#include "crypto/merkle.h"

#include <sodium.h>
#include <string.h>

void evx_log_leaf(struct evx_digest *out, struct evx_bytes entry)
{
    crypto_hash_sha256_state s;
    const uint8_t prefix = 0x00;
    crypto_hash_sha256_init(&s);
    crypto_hash_sha256_update(&s, &prefix, 1);
    crypto_hash_sha256_update(&s, entry.p, entry.n);
    crypto_hash_sha256_final(&s, out->b);
}

void evx_log_node(struct evx_digest *out, const struct evx_digest *left, const struct evx_digest *right)
{
    uint8_t input[65] = {0x01};
    memcpy(input + 1, left->b, 32);
    memcpy(input + 33, right->b, 32);
    crypto_hash_sha256(out->b, input, sizeof input);
}

void evx_log_empty(struct evx_digest *out) { crypto_hash_sha256(out->b, NULL, 0); }

void evx_frontier_append(struct evx_frontier *f, const struct evx_digest *leaf,
                         void (*emit)(void *user, unsigned height, uint64_t number,
                                      const struct evx_digest *hash),
                         void *user)
{
    struct evx_digest hash = *leaf;
    unsigned height = 0;
    if (emit) emit(user, 0, f->size, &hash);
    for (; f->size >> height & 1; height++) {
        evx_log_node(&hash, &f->node[height], &hash);
        if (emit) emit(user, height + 1, f->size >> (height + 1), &hash);
    }
    f->node[height] = hash;
    f->size++;
}

void evx_frontier_root(struct evx_digest *out, const struct evx_frontier *f)
{
    if (f->size == 0) {
        evx_log_empty(out);
        return;
    }
    unsigned height = (unsigned)__builtin_ctzll(f->size);
    *out = f->node[height];
    for (height++; height < 64 && f->size >> height; height++)
        if (f->size >> height & 1) evx_log_node(out, &f->node[height], out);
}
