// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <sodium.h>
#include <string.h>

#include "crypto/seal.h"
#include "tests/testlib/fixture.h"

#define OWNER "inspectorate-care"

static struct evx_fixture *f;
static struct evx_store_key *k, *other;
static const struct evx_item_id id = {{1}}, another_id = {{2}};

static void setup(void)
{
    uint8_t key[32] = {1}, wrapping[32] = {2};
    f = evx_fixture_new();
    cr_assert_not_null(f);
    cr_assert_eq(evx_store_key_of(&k, key, 7, wrapping), EVX_OK);
    cr_assert_eq(evx_store_key_generate(&other), EVX_OK);
}

static void teardown(void)
{
    evx_store_key_destroy(&k);
    evx_store_key_destroy(&other);
    evx_fixture_free(f);
}

Test(store_key, item_keys_come_back_under_their_id_only, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_item_key ik = {{7}}, got;
    static const struct evx_item_key zero;
    uint8_t wrapped[EVX_REWRAP_BYTES], again[EVX_REWRAP_BYTES];
    cr_assert_eq(evx_rewrap(wrapped, k, &ik, &id), EVX_OK);
    cr_assert_eq(evx_rewrap(again, k, &ik, &id), EVX_OK);
    cr_assert_neq(memcmp(wrapped, again, sizeof again), 0);
    cr_assert_eq(evx_unwrap(&got, k, wrapped, &id), EVX_OK);
    cr_assert_eq(memcmp(&got, &ik, sizeof ik), 0);
    cr_assert_eq(evx_unwrap(&got, k, wrapped, &another_id), EVX_E_STORE_DAMAGED);
    cr_assert_eq(memcmp(&got, &zero, sizeof zero), 0);
    cr_assert_eq(evx_unwrap(&got, other, wrapped, &id), EVX_E_STORE_DAMAGED);
    for (size_t i = 0; i < sizeof wrapped; i++) {
        wrapped[i] ^= 1;
        cr_assert_eq(evx_unwrap(&got, k, wrapped, &id), EVX_E_STORE_DAMAGED);
        wrapped[i] ^= 1;
    }
}

Test(store_key, rows_come_back_under_their_domain_only, .init = setup, .fini = teardown, .timeout = 20)
{
    static const char *const texts[] = {"", "x", "a row that says something personal"};
    for (size_t i = 0; i < 3; i++) {
        struct evx_buf sealed = {0}, plain = {0};
        cr_assert_eq(evx_store_encrypt(&sealed, k, "row/v1", evx_bytes_of_text(texts[i])), EVX_OK);
        cr_assert_eq(sealed.n, strlen(texts[i]) + 40);
        cr_assert_eq(evx_store_decrypt(&plain, k, "row/v1", evx_buf_bytes(&sealed)), EVX_OK);
        cr_assert(evx_bytes_equal(evx_buf_bytes(&plain), evx_bytes_of_text(texts[i])));
        cr_assert_eq(evx_store_decrypt(&plain, k, "row/v2", evx_buf_bytes(&sealed)), EVX_E_STORE_DAMAGED);
        cr_assert_eq(evx_store_decrypt(&plain, other, "row/v1", evx_buf_bytes(&sealed)), EVX_E_STORE_DAMAGED);
        cr_assert_eq(evx_store_decrypt(&plain, k, "row/v1", evx_bytes(sealed.p, 39)), EVX_E_STORE_DAMAGED);
        cr_assert_eq(evx_store_decrypt(&plain, k, "row/v1", evx_bytes(sealed.p, 23)), EVX_E_STORE_DAMAGED);
        sealed.p[sealed.n - 1] ^= 1;
        cr_assert_eq(evx_store_decrypt(&plain, k, "row/v1", evx_buf_bytes(&sealed)), EVX_E_STORE_DAMAGED);
        cr_assert_eq(plain.n, strlen(texts[i]));
        evx_buf_free(&sealed);
        evx_buf_free(&plain);
    }
}

Test(store_key, is_kept_under_the_owners_key, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_box_public owner, stranger;
    struct evx_store_key *back;
    struct evx_buf sealed = {0};
    uint8_t a[32], b[32];
    memcpy(owner.b, evx_fixture_key(f, OWNER, EVX_KEY_ENC)->public_key, 32);
    memcpy(stranger.b, evx_fixture_key(f, "inspectorate-health", EVX_KEY_ENC)->public_key, 32);
    cr_assert_eq(evx_store_key_seal(&sealed, k, &owner), EVX_OK);
    cr_assert_eq(
        evx_store_key_unseal(&back, evx_buf_bytes(&sealed), evx_fixture_box(f, OWNER, EVX_KEY_ENC), &owner),
        EVX_OK);
    evx_store_subkey(a, k, 9);
    evx_store_subkey(b, back, 9);
    cr_assert_eq(memcmp(a, b, 32), 0);
    evx_store_subkey(b, back, 10);
    cr_assert_neq(memcmp(a, b, 32), 0);
    evx_store_key_destroy(&back);
    cr_assert_eq(evx_store_key_unseal(&back, evx_buf_bytes(&sealed),
                                      evx_fixture_box(f, "inspectorate-health", EVX_KEY_ENC), &stranger),
                 EVX_E_WRAP);
    cr_assert_null(back);
    cr_assert_eq(evx_buf_append(&sealed, "", 1), EVX_OK);
    cr_assert_eq(
        evx_store_key_unseal(&back, evx_buf_bytes(&sealed), evx_fixture_box(f, OWNER, EVX_KEY_ENC), &owner),
        EVX_E_WRAP);
    sealed.n = 0;
    cr_assert_eq(
        evx_store_key_unseal(&back, evx_buf_bytes(&sealed), evx_fixture_box(f, OWNER, EVX_KEY_ENC), &owner),
        EVX_E_WRAP);
    cr_assert_eq(evx_store_key_seal(&sealed, k, &owner), EVX_OK);
    sealed.n--;
    cr_assert_eq(
        evx_store_key_unseal(&back, evx_buf_bytes(&sealed), evx_fixture_box(f, OWNER, EVX_KEY_ENC), &owner),
        EVX_E_WRAP);
    evx_buf_free(&sealed);
}

// Anybody can seal anything to a public key: what comes out must fit what it goes into.
Test(store_key, nothing_longer_is_opened_as_one, .init = setup, .fini = teardown, .timeout = 20)
{
    uint8_t plain[400] = "evx/store/v2\n", sealed[sizeof plain + crypto_box_SEALBYTES];
    struct evx_box_public owner;
    struct evx_store_key *back;
    memcpy(owner.b, evx_fixture_key(f, OWNER, EVX_KEY_ENC)->public_key, 32);
    cr_assert_eq(crypto_box_seal(sealed, plain, sizeof plain, owner.b), 0);
    cr_assert_eq(evx_store_key_unseal(&back, evx_bytes(sealed, sizeof sealed),
                                      evx_fixture_box(f, OWNER, EVX_KEY_ENC), &owner),
                 EVX_E_WRAP);
    cr_assert_null(back);
}

Test(store_key, generations_come_to_an_end, .init = setup, .fini = teardown, .timeout = 20)
{
    const uint8_t key[32] = {1}, wrapping[32] = {2};
    struct evx_store_key *last, *next;
    cr_assert_eq(evx_store_key_of(&last, key, UINT64_MAX, wrapping), EVX_OK);
    cr_assert_eq(evx_store_key_next(&next, last), EVX_E_TOO_LARGE);
    cr_assert_null(next);
    evx_store_key_destroy(&last);
}

Test(store_key, next_generation_opens_nothing_of_the_last, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_item_key ik = {{7}}, got;
    struct evx_store_key *next = NULL;
    struct evx_buf lasting = {0}, passing = {0}, plain = {0};
    uint8_t wrapped[EVX_REWRAP_BYTES], a[32], b[32];
    struct evx_bytes text = evx_bytes_of_text("a row");
    cr_assert_eq(evx_rewrap(wrapped, k, &ik, &id), EVX_OK);
    cr_assert_eq(evx_store_encrypt(&lasting, k, "row/v1", text), EVX_OK);
    cr_assert_eq(evx_store_encrypt_passing(&passing, k, "row/v1", text), EVX_OK);
    cr_assert_eq(evx_store_key_next(&next, k), EVX_OK);
    cr_assert_eq(evx_store_key_generation(k), 7);
    cr_assert_eq(evx_store_key_generation(next), 8);
    cr_assert_eq(evx_unwrap(&got, next, wrapped, &id), EVX_E_STORE_DAMAGED);
    cr_assert_eq(evx_store_decrypt_passing(&plain, next, "row/v1", evx_buf_bytes(&passing)),
                 EVX_E_STORE_DAMAGED);
    cr_assert_eq(evx_store_decrypt(&plain, k, "row/v1", evx_buf_bytes(&passing)), EVX_E_STORE_DAMAGED);
    cr_assert_eq(evx_store_decrypt(&plain, next, "row/v1", evx_buf_bytes(&lasting)), EVX_OK);
    cr_assert_eq(evx_store_decrypt_passing(&plain, k, "row/v1", evx_buf_bytes(&passing)), EVX_OK);
    evx_store_subkey(a, k, 9), evx_store_subkey(b, next, 9);
    cr_assert_eq(memcmp(a, b, 32), 0);
    evx_store_passing_subkey(a, k, 9), evx_store_passing_subkey(b, next, 9);
    cr_assert_neq(memcmp(a, b, 32), 0);
    evx_store_key_destroy(&next);
    evx_buf_free(&lasting);
    evx_buf_free(&passing);
    evx_buf_free(&plain);
}

Test(store_key, comes_back_with_its_generation, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_box_public owner;
    struct evx_store_key *back = NULL;
    struct evx_buf sealed = {0};
    struct evx_item_key ik = {{7}}, got;
    uint8_t wrapped[EVX_REWRAP_BYTES];
    memcpy(owner.b, evx_fixture_key(f, OWNER, EVX_KEY_ENC)->public_key, 32);
    cr_assert_eq(evx_store_key_seal(&sealed, k, &owner), EVX_OK);
    cr_assert_eq(
        evx_store_key_unseal(&back, evx_buf_bytes(&sealed), evx_fixture_box(f, OWNER, EVX_KEY_ENC), &owner),
        EVX_OK);
    cr_assert_eq(evx_store_key_generation(back), 7);
    cr_assert_eq(evx_rewrap(wrapped, k, &ik, &id), EVX_OK);
    cr_assert_eq(evx_unwrap(&got, back, wrapped, &id), EVX_OK);
    cr_assert_eq(memcmp(&got, &ik, sizeof ik), 0);
    evx_store_key_destroy(&back);
    evx_buf_free(&sealed);
}
