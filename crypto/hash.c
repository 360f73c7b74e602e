// SPDX-License-Identifier: Apache-2.0
#include <sodium.h>
#include <string.h>

#include "crypto/keys.h"

_Static_assert(sizeof(struct evx_blake2b_state) >= sizeof(crypto_generichash_state), "state too small");
_Static_assert(_Alignof(struct evx_blake2b_state) >= 64, "state under-aligned");

void evx_sha256(struct evx_digest *out, struct evx_bytes a) { crypto_hash_sha256(out->b, a.p, a.n); }

void evx_sha256_2(struct evx_digest *out, const char *domain, struct evx_bytes a)
{
    crypto_hash_sha256_state s;
    crypto_hash_sha256_init(&s);
    crypto_hash_sha256_update(&s, (const uint8_t *)domain, strlen(domain));
    crypto_hash_sha256_update(&s, a.p, a.n);
    crypto_hash_sha256_final(&s, out->b);
}

void evx_blake2b(struct evx_digest *out, struct evx_bytes a)
{
    crypto_generichash(out->b, sizeof out->b, a.p, a.n, NULL, 0);
}

void evx_blake2b_begin(struct evx_blake2b_state *s)
{
    crypto_generichash_init((crypto_generichash_state *)s->opaque, NULL, 0, sizeof(struct evx_digest));
}

void evx_blake2b_update(struct evx_blake2b_state *s, struct evx_bytes a)
{
    crypto_generichash_update((crypto_generichash_state *)s->opaque, a.p, a.n);
}

void evx_blake2b_end(struct evx_digest *out, struct evx_blake2b_state *s)
{
    crypto_generichash_final((crypto_generichash_state *)s->opaque, out->b, sizeof out->b);
}

void evx_keyed_hash(struct evx_digest *out, const uint8_t key[32], const char *domain, struct evx_bytes a)
{
    crypto_generichash_state s;
    crypto_generichash_init(&s, key, 32, sizeof out->b);
    crypto_generichash_update(&s, (const uint8_t *)domain, strlen(domain));
    crypto_generichash_update(&s, a.p, a.n);
    crypto_generichash_final(&s, out->b, sizeof out->b);
    sodium_memzero(&s, sizeof s);
}
