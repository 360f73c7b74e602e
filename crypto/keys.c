// SPDX-License-Identifier: Apache-2.0
#include "crypto/keys.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "crypto/secret.h"
#include "proto/limits.h"

#define FINGERPRINT_DOMAIN "evx/key/v1\n"
#define SIGNED_BYTES       (EVX_LIMIT_HEADER_BYTES + 256)

#if defined(__SANITIZE_ADDRESS__)
#define MAY_TRACE true // the leak checker attaches to its own process
#else
#define MAY_TRACE false
#endif

enum evx_status evx_crypto_init(void)
{
    if (sodium_init() < 0) return EVX_E_RANDOMNESS;
    struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) return EVX_E_BUG;
    if (!MAY_TRACE && prctl(PR_SET_DUMPABLE, 0) != 0) return EVX_E_BUG;
    return EVX_OK;
}

void *evx_secret_alloc(size_t n)
{
    void *p = sodium_malloc(n);
    if (p) memset(p, 0, n);
    return p;
}

void evx_secret_free(void *p) { sodium_free(p); }

enum evx_status evx_sign_from_seed(struct evx_sign_secret **out, struct evx_sign_public *public_out,
                                   const uint8_t seed[32])
{
    *out = evx_secret_alloc(sizeof **out);
    *public_out = (struct evx_sign_public){{0}};
    if (!*out) return EVX_E_MEMORY;
    crypto_sign_seed_keypair(public_out->b, (*out)->b, seed);
    return EVX_OK;
}

enum evx_status evx_sign_generate(struct evx_sign_secret **out, struct evx_sign_public *public_out)
{
    *out = evx_secret_alloc(sizeof **out);
    *public_out = (struct evx_sign_public){{0}};
    if (!*out) return EVX_E_MEMORY;
    crypto_sign_keypair(public_out->b, (*out)->b);
    return EVX_OK;
}

void evx_sign_secret_destroy(struct evx_sign_secret **k)
{
    evx_secret_free(*k);
    *k = NULL;
}

enum evx_status evx_box_from_seed(struct evx_box_secret **out, struct evx_box_public *public_out,
                                  const uint8_t secret[32])
{
    *out = evx_secret_alloc(sizeof **out);
    *public_out = (struct evx_box_public){{0}};
    if (!*out) return EVX_E_MEMORY;
    memcpy((*out)->b, secret, sizeof(*out)->b);
    crypto_scalarmult_base(public_out->b, (*out)->b);
    return EVX_OK;
}

enum evx_status evx_box_generate(struct evx_box_secret **out, struct evx_box_public *public_out)
{
    *out = evx_secret_alloc(sizeof **out);
    *public_out = (struct evx_box_public){{0}};
    if (!*out) return EVX_E_MEMORY;
    crypto_box_keypair(public_out->b, (*out)->b);
    return EVX_OK;
}

void evx_box_secret_destroy(struct evx_box_secret **k)
{
    evx_secret_free(*k);
    *k = NULL;
}

void evx_box_secret_export(uint8_t out[32], const struct evx_box_secret *k)
{
    memcpy(out, k->b, sizeof k->b);
}

void evx_fingerprint_of(struct evx_fingerprint *out, enum evx_key_use use, const uint8_t public_key[32])
{
    uint8_t input[sizeof FINGERPRINT_DOMAIN - 1 + 1 + 32];
    memcpy(input, FINGERPRINT_DOMAIN, sizeof FINGERPRINT_DOMAIN - 1);
    input[sizeof FINGERPRINT_DOMAIN - 1] = (uint8_t)use;
    memcpy(input + sizeof FINGERPRINT_DOMAIN, public_key, 32);
    crypto_hash_sha256(out->b, input, sizeof input);
}

void evx_fingerprint_spoken(char out[EVX_SPOKEN_TEXT], const struct evx_fingerprint *f)
{
    for (size_t i = 0; i < 10; i++) {
        const uint8_t *p = f->b + 3 * i;
        unsigned group = ((unsigned)p[0] << 16 | (unsigned)p[1] << 8 | p[2]) % 100000;
        snprintf(out + 6 * i, 7, "%05u ", group);
    }
    out[59] = '\0';
}

// domain || message in one piece, as pure Ed25519 needs it. 0 if it is too long.
static size_t with_domain(uint8_t out[SIGNED_BYTES], const char *domain, struct evx_bytes message)
{
    size_t n = strlen(domain);
    if (n > SIGNED_BYTES || message.n > SIGNED_BYTES - n) return 0;
    memcpy(out, domain, n);
    if (message.n) memcpy(out + n, message.p, message.n);
    return n + message.n;
}

void evx_sign(struct evx_signature *out, const struct evx_sign_secret *k, const char *domain,
              struct evx_bytes message)
{
    uint8_t joined[SIGNED_BYTES];
    size_t n = with_domain(joined, domain, message);
    *out = (struct evx_signature){{0}};
    if (n) crypto_sign_detached(out->b, NULL, joined, n, k->b);
}

bool evx_verify(const struct evx_sign_public *k, const char *domain, struct evx_bytes message,
                const struct evx_signature *s)
{
    uint8_t joined[SIGNED_BYTES];
    size_t n = with_domain(joined, domain, message);
    return n && crypto_sign_verify_detached(s->b, joined, n, k->b) == 0;
}

void evx_sign_raw(struct evx_signature *out, const struct evx_sign_secret *k, struct evx_bytes message)
{
    crypto_sign_detached(out->b, NULL, message.p, message.n, k->b);
}

bool evx_verify_raw(const struct evx_sign_public *k, struct evx_bytes message, const struct evx_signature *s)
{
    return crypto_sign_verify_detached(s->b, message.p, message.n, k->b) == 0;
}

void evx_random(void *out, size_t n) { randombytes_buf(out, n); }

bool evx_equal_secret(const void *a, const void *b, size_t n) { return sodium_memcmp(a, b, n) == 0; }

void evx_wipe(void *p, size_t n) { sodium_memzero(p, n); }
