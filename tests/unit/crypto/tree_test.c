// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <string.h>

#include "crypto/merkle.h"

#define DOMAIN "evx/items/v1\n"
#define SIZES  70

static uint8_t records[SIZES][96];
static struct evx_digest leaves[SIZES];

static void hash_parts(struct evx_digest *out, const char *domain, uint8_t kind, struct evx_bytes a,
                       struct evx_bytes b)
{
    struct evx_blake2b_state s;
    evx_blake2b_begin(&s);
    evx_blake2b_update(&s, evx_bytes_of_text(domain));
    evx_blake2b_update(&s, evx_bytes(&kind, 1));
    evx_blake2b_update(&s, a);
    evx_blake2b_update(&s, b);
    evx_blake2b_end(out, &s);
}

static void setup(void)
{
    cr_assert_eq(evx_crypto_init(), EVX_OK);
    for (size_t i = 0; i < SIZES; i++) {
        memset(records[i], (int)i, sizeof records[i]);
        hash_parts(&leaves[i], DOMAIN, 0, evx_bytes(records[i], 96), evx_bytes(NULL, 0));
    }
}

static void naive_root(struct evx_digest *out, const struct evx_digest *leaf, size_t n)
{
    if (n == 1) {
        *out = leaf[0];
        return;
    }
    size_t k = 1;
    while (k * 2 < n)
        k *= 2;
    struct evx_digest left, right;
    naive_root(&left, leaf, k);
    naive_root(&right, leaf + k, n - k);
    hash_parts(out, DOMAIN, 1, evx_bytes(left.b, 32), evx_bytes(right.b, 32));
}

Test(tree, leaves_short_and_long_follow_the_definition, .init = setup, .timeout = 20)
{
    static uint8_t data[3000];
    static const size_t sizes[] = {0, 1, 96, 255, 256, 257, 1040, 3000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct evx_digest found, expected;
        memset(data, (int)i + 1, sizeof data);
        evx_tree_leaf(&found, DOMAIN, evx_bytes(data, sizes[i]));
        hash_parts(&expected, DOMAIN, 0, evx_bytes(data, sizes[i]), evx_bytes(NULL, 0));
        cr_assert_eq(memcmp(found.b, expected.b, 32), 0, "%zu bytes", sizes[i]);
    }
}

Test(tree, roots_follow_the_definition, .init = setup, .timeout = 20)
{
    for (size_t n = 1; n <= SIZES; n++) {
        struct evx_digest expected, of_leaves, of_records;
        naive_root(&expected, leaves, n);
        evx_tree_root(&of_leaves, DOMAIN, leaves, n);
        evx_tree_root_of_records(&of_records, DOMAIN, records[0], 96, n);
        cr_assert_eq(memcmp(of_leaves.b, expected.b, 32), 0, "%zu", n);
        cr_assert_eq(memcmp(of_records.b, expected.b, 32), 0, "%zu", n);
    }
}

Test(tree, domains_separate, .init = setup, .timeout = 20)
{
    struct evx_digest a, b;
    evx_tree_root_of_records(&a, "evx/items/v1\n", records[0], 96, 5);
    evx_tree_root_of_records(&b, "evx/wraps/v1\n", records[0], 96, 5);
    cr_assert_neq(memcmp(a.b, b.b, 32), 0);
}

Test(tree, proofs_hold_for_their_leaf_only, .init = setup, .timeout = 60)
{
    for (size_t n = 1; n <= SIZES; n++) {
        struct evx_digest root;
        evx_tree_root(&root, DOMAIN, leaves, n);
        for (size_t i = 0; i < n; i++) {
            struct evx_proof p, bad;
            cr_assert_eq(evx_tree_proof(&p, DOMAIN, leaves, n, i), EVX_OK);
            cr_assert_eq(evx_tree_proof_verify(&p, DOMAIN, i, n, &leaves[i], &root), EVX_OK);
            cr_assert_neq(evx_tree_proof_verify(&p, DOMAIN, i, n, &leaves[(i + 1) % SIZES], &root), EVX_OK);
            cr_assert_neq(evx_tree_proof_verify(&p, DOMAIN, n, n, &leaves[i], &root), EVX_OK);
            if (n == 1) continue;
            cr_assert_neq(evx_tree_proof_verify(&p, "evx/wraps/v1\n", i, n, &leaves[i], &root), EVX_OK);
            cr_assert_neq(evx_tree_proof_verify(&p, DOMAIN, (i + 1) % n, n, &leaves[i], &root), EVX_OK);
            bad = p;
            bad.hash[0].b[0] ^= 1;
            cr_assert_neq(evx_tree_proof_verify(&bad, DOMAIN, i, n, &leaves[i], &root), EVX_OK);
            bad = p;
            bad.n--;
            cr_assert_neq(evx_tree_proof_verify(&bad, DOMAIN, i, n, &leaves[i], &root), EVX_OK);
        }
    }
    struct evx_proof p;
    cr_assert_neq(evx_tree_proof(&p, DOMAIN, leaves, 3, 3), EVX_OK);
    struct evx_digest root = leaves[0]; // a root made to fit a path one hash too long
    p = (struct evx_proof){.n = 1, .hash = {leaves[1]}};
    evx_tree_root(&root, DOMAIN, (struct evx_digest[]){leaves[1], leaves[0]}, 2);
    cr_assert_eq(evx_tree_proof_verify(&p, DOMAIN, 1, 2, &leaves[0], &root), EVX_OK);
    cr_assert_neq(evx_tree_proof_verify(&p, DOMAIN, 0, 1, &leaves[0], &root), EVX_OK);
}
