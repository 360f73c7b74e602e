// SPDX-License-Identifier: Apache-2.0
#include "crypto/keys.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/resource.h>

static void setup(void) { cr_assert_eq(evx_crypto_init(), EVX_OK); }

static void from_hex(uint8_t *out, size_t n, const char *hex) { cr_assert(evx_unhex(out, n, hex)); }

Test(keys, no_core_dumps, .init = setup, .timeout = 10)
{
    struct rlimit limit;
    cr_assert_eq(getrlimit(RLIMIT_CORE, &limit), 0);
    cr_assert_eq(limit.rlim_cur, 0);
    cr_assert_eq(limit.rlim_max, 0);
}

// RFC 8032 section 7.1, tests 1 and 2.
Test(keys, ed25519_published_vectors, .init = setup, .timeout = 10)
{
    static const struct {
        const char *seed, *public_key, *message, *signature;
    } cases[] = {
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25"
         "bf5f0"
         "595bbe24655141438e7a100b"},
        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387"
         "b2eae"
         "b4302aeeb00d291612bb0c00"},
    };
    for (size_t i = 0; i < 2; i++) {
        uint8_t seed[32], expected[32], message[8];
        struct evx_sign_secret *k;
        struct evx_sign_public public_key;
        struct evx_signature wanted, got;
        size_t n = strlen(cases[i].message) / 2;
        from_hex(seed, 32, cases[i].seed);
        from_hex(expected, 32, cases[i].public_key);
        from_hex(message, n, cases[i].message);
        from_hex(wanted.b, 64, cases[i].signature);
        cr_assert_eq(evx_sign_from_seed(&k, &public_key, seed), EVX_OK);
        cr_assert_eq(memcmp(public_key.b, expected, 32), 0);
        evx_sign_raw(&got, k, evx_bytes(message, n));
        cr_assert_eq(memcmp(got.b, wanted.b, 64), 0);
        cr_assert(evx_verify_raw(&public_key, evx_bytes(message, n), &wanted));
        evx_sign_secret_destroy(&k);
        cr_assert_null(k);
    }
}

// RFC 7748 section 5.2, after one iteration: secret and base point are both 9.
Test(keys, x25519_published_public_key, .init = setup, .timeout = 10)
{
    uint8_t secret[32] = {9}, expected[32], exported[32];
    struct evx_box_secret *k;
    struct evx_box_public public_key;
    from_hex(expected, 32, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
    cr_assert_eq(evx_box_from_seed(&k, &public_key, secret), EVX_OK);
    cr_assert_eq(memcmp(public_key.b, expected, 32), 0);
    evx_box_secret_export(exported, k);
    cr_assert_eq(memcmp(exported, secret, 32), 0);
    evx_box_secret_destroy(&k);
    cr_assert_null(k);
}

Test(keys, a_signature_is_bound_to_domain_message_and_key, .init = setup, .timeout = 10)
{
    struct evx_sign_secret *k, *other;
    struct evx_sign_public public_key, other_public;
    struct evx_signature s;
    struct evx_bytes message = evx_bytes_of_text("some header");
    cr_assert_eq(evx_sign_generate(&k, &public_key), EVX_OK);
    cr_assert_eq(evx_sign_generate(&other, &other_public), EVX_OK);
    evx_sign(&s, k, "evx/header/v1\n", message);
    cr_assert(evx_verify(&public_key, "evx/header/v1\n", message, &s));
    cr_assert_not(evx_verify(&public_key, "evx/rejection/v1\n", message, &s));
    cr_assert_not(evx_verify(&public_key, "evx/header/v1\n", evx_bytes_of_text("some headex"), &s));
    cr_assert_not(evx_verify(&other_public, "evx/header/v1\n", message, &s));
    cr_assert_not(evx_verify_raw(&public_key, message, &s));
    for (size_t i = 0; i < 64; i++) {
        s.b[i] ^= 1;
        cr_assert_not(evx_verify(&public_key, "evx/header/v1\n", message, &s));
        s.b[i] ^= 1;
    }
    evx_sign_secret_destroy(&k);
    evx_sign_secret_destroy(&other);
}

Test(keys, too_long_a_message_is_never_signed, .init = setup, .timeout = 10)
{
    static uint8_t message[8192];
    static const struct evx_signature zero;
    struct evx_sign_secret *k;
    struct evx_sign_public public_key;
    struct evx_signature s;
    cr_assert_eq(evx_sign_generate(&k, &public_key), EVX_OK);
    evx_sign(&s, k, "evx/header/v1\n", evx_bytes(message, sizeof message));
    cr_assert_eq(memcmp(&s, &zero, sizeof s), 0);
    cr_assert_not(evx_verify(&public_key, "evx/header/v1\n", evx_bytes(message, sizeof message), &s));
    evx_sign_secret_destroy(&k);
}

Test(keys, fingerprints_depend_on_use, .init = setup, .timeout = 10)
{
    uint8_t key[32] = {9};
    struct evx_fingerprint f[6];
    for (unsigned use = EVX_KEY_SIG; use <= EVX_KEY_ROOT; use++) {
        evx_fingerprint_of(&f[use - 1], (enum evx_key_use)use, key);
        for (unsigned k = EVX_KEY_SIG; k < use; k++)
            cr_assert_neq(memcmp(f[k - 1].b, f[use - 1].b, 32), 0);
    }
    uint8_t input[44] = "evx/key/v1\n\x02";
    struct evx_digest expected;
    memcpy(input + 12, key, 32);
    evx_sha256(&expected, evx_bytes(input, sizeof input));
    cr_assert_eq(memcmp(expected.b, f[1].b, 32), 0);
}

Test(keys, spoken_form, .init = setup, .timeout = 10)
{
    struct evx_fingerprint f = {{0}};
    char text[EVX_SPOKEN_TEXT];
    f.b[2] = 7;
    f.b[27] = 0xff, f.b[28] = 0xff, f.b[29] = 0xff;
    evx_fingerprint_spoken(text, &f);
    cr_assert_str_eq(text, "00007 00000 00000 00000 00000 00000 00000 00000 00000 77215");
}

Test(keys, hashes_published, .init = setup, .timeout = 10)
{
    struct evx_digest d, parts;
    char hex[65];
    evx_sha256(&d, evx_bytes_of_text("abc"));
    evx_hex(hex, d.b, 32);
    cr_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    evx_sha256_2(&parts, "a", evx_bytes_of_text("bc"));
    cr_assert_eq(memcmp(parts.b, d.b, 32), 0);
    evx_blake2b(&d, evx_bytes_of_text("abc"));
    evx_hex(hex, d.b, 32);
    cr_assert_str_eq(hex, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    struct evx_blake2b_state s;
    evx_blake2b_begin(&s);
    evx_blake2b_update(&s, evx_bytes_of_text("a"));
    evx_blake2b_update(&s, evx_bytes_of_text("bc"));
    evx_blake2b_end(&parts, &s);
    cr_assert_eq(memcmp(parts.b, d.b, 32), 0);
}

Test(keys, keyed_hash_depends_on_everything, .init = setup, .timeout = 10)
{
    uint8_t key[32] = {1}, other[32] = {2};
    struct evx_digest a, b;
    evx_keyed_hash(&a, key, "evx/token/v1\n", evx_bytes_of_text("x"));
    evx_keyed_hash(&b, key, "evx/token/v1\n", evx_bytes_of_text("x"));
    cr_assert_eq(memcmp(a.b, b.b, 32), 0);
    evx_keyed_hash(&b, other, "evx/token/v1\n", evx_bytes_of_text("x"));
    cr_assert_neq(memcmp(a.b, b.b, 32), 0);
    evx_keyed_hash(&b, key, "evx/other/v1\n", evx_bytes_of_text("x"));
    cr_assert_neq(memcmp(a.b, b.b, 32), 0);
    evx_keyed_hash(&b, key, "evx/token/v1\n", evx_bytes_of_text("y"));
    cr_assert_neq(memcmp(a.b, b.b, 32), 0);
}
