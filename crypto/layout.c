// SPDX-License-Identifier: Apache-2.0
#include "crypto/layout.h"

#include <string.h>

#define BUCKET       256u
#define SMALL_LIMIT  4096u
#define SEALED_CHUNK (EVX_LIMIT_CHUNK_BYTES + EVX_TAG_BYTES)

// The smallest bucket that holds n bytes; n > 0.
static size_t bucket(size_t n)
{
    if (n <= SMALL_LIMIT) return (n + BUCKET - 1) / BUCKET * BUCKET;
    unsigned exponent = 63 - (unsigned)__builtin_clzll(n);
    unsigned kept = 32 - (unsigned)__builtin_clz(exponent);
    size_t mask = ((size_t)1 << (exponent - kept)) - 1;
    return (n + mask) & ~mask;
}

size_t evx_padded_size(size_t n) { return bucket(n + 1); }

bool evx_padded_size_ok(size_t padded)
{
    return padded > 0 && padded <= EVX_PADDED_MAX && bucket(padded) == padded;
}

void evx_record_write(uint8_t out[EVX_RECORD_BYTES], const struct evx_record *r)
{
    evx_put_be32(out, r->number);
    evx_put_be16(out + 4, r->retention);
    evx_put_be16(out + 6, 0);
    evx_put_be32(out + 8, r->padded_bytes);
    evx_put_be32(out + 12, r->ciphertext_bytes);
    memcpy(out + 16, r->item_id.b, 16);
    memcpy(out + 32, r->commitment.b, 32);
    memcpy(out + 64, r->ciphertext_root.b, 32);
}

bool evx_record_read(struct evx_record *out, const uint8_t in[EVX_RECORD_BYTES])
{
    out->number = evx_get_be32(in);
    out->retention = evx_get_be16(in + 4);
    out->padded_bytes = evx_get_be32(in + 8);
    out->ciphertext_bytes = evx_get_be32(in + 12);
    memcpy(out->item_id.b, in + 16, 16);
    memcpy(out->commitment.b, in + 32, 32);
    memcpy(out->ciphertext_root.b, in + 64, 32);
    return evx_get_be16(in + 6) == 0;
}

// Few chunks, most often one: the root is then that chunk's leaf.
void evx_ciphertext_root(struct evx_digest *out, struct evx_bytes ciphertext)
{
    struct evx_digest leaf[EVX_PADDED_MAX / EVX_LIMIT_CHUNK_BYTES + 2];
    size_t n = 0;
    for (size_t at = 0; at < ciphertext.n && n < sizeof leaf / sizeof leaf[0]; at += SEALED_CHUNK, n++) {
        size_t left = ciphertext.n - at;
        struct evx_bytes chunk = {ciphertext.p + at, left < SEALED_CHUNK ? left : SEALED_CHUNK};
        evx_tree_leaf(&leaf[n], EVX_DOMAIN_CHUNK, chunk);
    }
    evx_tree_root(out, EVX_DOMAIN_CHUNK, leaf, n);
}

static bool alike(const struct evx_bytes *ciphertext, size_t n)
{
    if (n != EVX_LANES || ciphertext[0].n > SEALED_CHUNK) return false;
    for (size_t i = 1; i < n; i++)
        if (ciphertext[i].n != ciphertext[0].n) return false;
    return true;
}

void evx_ciphertext_roots(struct evx_digest *out, const struct evx_bytes *ciphertext, size_t n)
{
    const uint8_t *data[EVX_LANES];
    bool together = alike(ciphertext, n);
    for (size_t i = 0; i < n; i++) {
        data[i % EVX_LANES] = ciphertext[i].p;
        if (!together) evx_ciphertext_root(&out[i], ciphertext[i]);
    }
    if (together) evx_tree_leaves(out, EVX_DOMAIN_CHUNK, data, ciphertext[0].n);
}
