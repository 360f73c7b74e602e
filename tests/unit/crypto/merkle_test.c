// SPDX-License-Identifier: Apache-2.0
#include "crypto/merkle.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZES 200

static struct evx_digest leaves[SIZES];

static void setup(void)
{
    cr_assert_eq(evx_crypto_init(), EVX_OK);
    for (size_t i = 0; i < SIZES; i++) {
        uint8_t entry[2] = {(uint8_t)i, (uint8_t)(i >> 8)};
        evx_log_leaf(&leaves[i], evx_bytes(entry, sizeof entry));
    }
}

static void expect_hex(const struct evx_digest *d, const char *hex)
{
    char text[65];
    evx_hex(text, d->b, 32);
    cr_assert_str_eq(text, hex);
}

// MTH straight from RFC 6962 section 2.1, recursion and all.
static void naive_root(struct evx_digest *out, const struct evx_digest *leaf, size_t n)
{
    if (n == 0) {
        evx_log_empty(out);
        return;
    }
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
    evx_log_node(out, &left, &right);
}

static enum evx_status read_node(void *user, unsigned height, uint64_t number, struct evx_digest *out)
{
    (void)user;
    uint64_t first = number << height;
    cr_assert_leq(first + ((uint64_t)1 << height), SIZES);
    naive_root(out, leaves + first, (size_t)1 << height);
    return EVX_OK;
}

Test(merkle, published_hashes, .init = setup, .timeout = 20)
{
    static const char *const entries[8] = {
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
    static const char *const roots[9] = {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                                         "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                         "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                         "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                         "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                         "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                         "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                         "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                         "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
    struct evx_frontier f = {0};
    struct evx_digest root;
    for (size_t i = 0; i <= 8; i++) {
        evx_frontier_root(&root, &f);
        expect_hex(&root, roots[i]);
        if (i == 8) break;
        uint8_t entry[16];
        size_t n = strlen(entries[i]) / 2;
        cr_assert(evx_unhex(entry, n, entries[i]));
        struct evx_digest leaf;
        evx_log_leaf(&leaf, evx_bytes(entry, n));
        evx_frontier_append(&f, &leaf, NULL, NULL);
    }
}

struct emitted {
    unsigned height;
    uint64_t number;
    struct evx_digest hash;
};
struct emissions {
    struct emitted at[2 * SIZES];
    size_t n;
};

static void record(void *user, unsigned height, uint64_t number, const struct evx_digest *hash)
{
    struct emissions *e = user;
    e->at[e->n++] = (struct emitted){height, number, *hash};
}

Test(merkle, frontier_agrees_with_the_definition, .init = setup, .timeout = 60)
{
    struct evx_frontier f = {0};
    struct emissions *e = calloc(1, sizeof *e);
    struct evx_digest root, expected;
    for (size_t n = 0; n <= SIZES; n++) {
        evx_frontier_root(&root, &f);
        naive_root(&expected, leaves, n);
        cr_assert_eq(memcmp(root.b, expected.b, 32), 0, "size %zu", n);
        if (n < SIZES) evx_frontier_append(&f, &leaves[n], record, e);
    }
    size_t complete = 0;
    for (unsigned height = 0; height < 8; height++)
        complete += SIZES >> height;
    cr_assert_eq(e->n, complete);
    for (size_t i = 0; i < e->n; i++) {
        cr_assert_eq(read_node(NULL, e->at[i].height, e->at[i].number, &expected), EVX_OK);
        cr_assert_eq(memcmp(e->at[i].hash.b, expected.b, 32), 0);
    }
    free(e);
}

Test(merkle, inclusion_proofs_hold_for_all_sizes_and_nothing_else, .init = setup, .timeout = 120)
{
    struct evx_digest root;
    struct evx_proof p;
    size_t proofs = 0;
    for (size_t n = 1; n <= SIZES; n++) {
        naive_root(&root, leaves, n);
        for (size_t i = 0; i < n; i++, proofs++) {
            cr_assert_eq(evx_inclusion_proof(&p, i, n, read_node, NULL), EVX_OK);
            cr_assert_eq(evx_inclusion_verify(&p, i, n, &leaves[i], &root), EVX_OK, "%zu of %zu", i, n);
            cr_assert_eq(evx_inclusion_verify(&p, i, n, &leaves[(i + 1) % SIZES], &root), EVX_E_INCLUSION);
            cr_assert_eq(evx_inclusion_verify(&p, n, n, &leaves[i], &root), EVX_E_INCLUSION);
            if (n > 1)
                cr_assert_eq(evx_inclusion_verify(&p, (i + 1) % n, n, &leaves[i], &root), EVX_E_INCLUSION);
        }
    }
    printf("%zu inclusion proofs\n", proofs);
}

Test(merkle, altered_inclusion_proofs_fail, .init = setup, .timeout = 60)
{
    const size_t n = 77;
    struct evx_digest root;
    naive_root(&root, leaves, n);
    for (size_t i = 0; i < n; i++) {
        struct evx_proof p, bad;
        cr_assert_eq(evx_inclusion_proof(&p, i, n, read_node, NULL), EVX_OK);
        for (size_t k = 0; k < p.n; k++) {
            bad = p;
            bad.hash[k].b[k] ^= 1;
            cr_assert_eq(evx_inclusion_verify(&bad, i, n, &leaves[i], &root), EVX_E_INCLUSION);
        }
        bad = p;
        bad.n--;
        cr_assert_eq(evx_inclusion_verify(&bad, i, n, &leaves[i], &root), EVX_E_INCLUSION);
        bad = p;
        bad.hash[bad.n++] = root;
        cr_assert_eq(evx_inclusion_verify(&bad, i, n, &leaves[i], &root), EVX_E_INCLUSION);
        bad.n = EVX_LIMIT_PROOF_HASHES + 1;
        cr_assert_eq(evx_inclusion_verify(&bad, i, n, &leaves[i], &root), EVX_E_INCLUSION);
    }
}

Test(merkle, consistency_proofs_hold_for_all_sizes_and_nothing_else, .init = setup, .timeout = 200)
{
    static struct evx_digest roots[SIZES + 1];
    struct evx_proof p;
    size_t proofs = 0;
    for (size_t n = 0; n <= SIZES; n++)
        naive_root(&roots[n], leaves, n);
    for (size_t n = 1; n <= SIZES; n++) {
        for (size_t m = 1; m <= n; m++, proofs++) {
            cr_assert_eq(evx_consistency_proof(&p, m, n, read_node, NULL), EVX_OK);
            cr_assert_eq(evx_consistency_verify(&p, m, n, &roots[m], &roots[n]), EVX_OK, "%zu to %zu", m, n);
            cr_assert_neq(evx_consistency_verify(&p, m, n, &roots[m - 1], &roots[n]), EVX_OK);
            cr_assert_neq(evx_consistency_verify(&p, m, n, &roots[m], &roots[n - 1]), EVX_OK);
            if (m < n) cr_assert_neq(evx_consistency_verify(&p, n, m, &roots[n], &roots[m]), EVX_OK);
        }
    }
    printf("%zu consistency proofs\n", proofs);
}

Test(merkle, altered_consistency_proofs_fail, .init = setup, .timeout = 60)
{
    const size_t n = 101;
    struct evx_digest old_root, new_root;
    naive_root(&new_root, leaves, n);
    for (size_t m = 1; m < n; m++) {
        struct evx_proof p, bad;
        naive_root(&old_root, leaves, m);
        cr_assert_eq(evx_consistency_proof(&p, m, n, read_node, NULL), EVX_OK);
        for (size_t k = 0; k < p.n; k++) {
            bad = p;
            bad.hash[k].b[31] ^= 0x80;
            cr_assert_eq(evx_consistency_verify(&bad, m, n, &old_root, &new_root), EVX_E_CONSISTENCY);
        }
        bad = p;
        bad.n--;
        cr_assert_eq(evx_consistency_verify(&bad, m, n, &old_root, &new_root), EVX_E_CONSISTENCY);
        bad = p;
        bad.hash[bad.n++] = new_root;
        cr_assert_eq(evx_consistency_verify(&bad, m, n, &old_root, &new_root), EVX_E_CONSISTENCY);
        cr_assert_eq(evx_consistency_verify(&p, 0, n, &old_root, &new_root), EVX_E_CONSISTENCY);
    }
}

static enum evx_status no_node(void *user, unsigned height, uint64_t number, struct evx_digest *out)
{
    (void)user, (void)height, (void)number, (void)out;
    return EVX_E_IO;
}

Test(merkle, reader_errors_come_through, .init = setup, .timeout = 20)
{
    struct evx_proof p;
    cr_assert_eq(evx_inclusion_proof(&p, 2, 5, no_node, NULL), EVX_E_IO);
    cr_assert_eq(evx_consistency_proof(&p, 2, 5, no_node, NULL), EVX_E_IO);
    cr_assert_neq(evx_inclusion_proof(&p, 5, 5, read_node, NULL), EVX_OK);
    cr_assert_neq(evx_consistency_proof(&p, 0, 5, read_node, NULL), EVX_OK);
    cr_assert_neq(evx_consistency_proof(&p, 6, 5, read_node, NULL), EVX_OK);
}

// Roots made to fit a path that is one hash too long for the size.
Test(merkle, path_longer_than_the_tree_is_high_fails, .init = setup, .timeout = 20)
{
    const struct evx_digest extra = {{0x77}};
    struct evx_proof p = {.n = 1, .hash = {extra}};
    struct evx_digest root, old_root, new_root;
    evx_log_node(&root, &extra, &leaves[0]);
    cr_assert_eq(evx_inclusion_verify(&p, 0, 1, &leaves[0], &root), EVX_E_INCLUSION);
    naive_root(&old_root, leaves, 3);
    naive_root(&new_root, leaves, 4);
    cr_assert_eq(evx_consistency_proof(&p, 3, 4, read_node, NULL), EVX_OK);
    cr_assert_eq(evx_consistency_verify(&p, 3, 4, &old_root, &new_root), EVX_OK);
    p.hash[p.n++] = extra;
    evx_log_node(&old_root, &extra, &old_root);
    evx_log_node(&new_root, &extra, &new_root);
    cr_assert_eq(evx_consistency_verify(&p, 3, 4, &old_root, &new_root), EVX_E_CONSISTENCY);
}

// Ranges and paths that no proof can have, with roots that would fit.
Test(merkle, proofs_of_nothing_fail, .init = setup, .timeout = 20)
{
    struct evx_proof p = {.n = 0};
    struct evx_digest empty = {{0}}, root, shown;
    naive_root(&root, leaves, 4);
    cr_assert_eq(evx_consistency_verify(&p, 0, 0, &empty, &empty), EVX_E_CONSISTENCY);
    shown = root;
    cr_assert_eq(evx_consistency_old_root(&shown, &p, 4, 4, &root), EVX_E_CONSISTENCY);
    cr_assert_eq(evx_consistency_old_root(&shown, &p, 4, 5, &root), EVX_E_CONSISTENCY);
    cr_assert_eq(evx_consistency_old_root(&shown, &p, 3, 5, &root), EVX_E_CONSISTENCY);
    cr_assert_eq(evx_consistency_old_root(&shown, &p, 0, 5, &root), EVX_E_CONSISTENCY);
}
