// SPDX-License-Identifier: Apache-2.0
//
//   interop_trees SEED COUNT [LARGEST]
//
// Random trees of up to LARGEST leaves (1,000,000), of all magnitudes, against a
// reference that follows the definitions of RFC 6962 section 2.1 to the letter: the
// root, an inclusion proof and a consistency proof of each, hash by hash, made by us,
// accepted by us, and refused by us once something in them is wrong. Leaves are drawn
// anew for every 200 trees; a tree takes as many of them from the beginning as it has leaves.
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/merkle.h"
#include "tests/interop/chance.h"
#include "tests/interop/world.h"

#define A_FOREST 200
#define LEVELS   41

typedef uint8_t hash[32];

// --- the reference: MTH, PATH and PROOF as they are written, with nothing of ours ---

struct reference {
    hash *full[LEVELS]; // full[h][i]: the tree over leaves [i << h, (i + 1) << h)
    uint64_t leaves;
};

static void reference_node(hash out, const hash left, const hash right)
{
    uint8_t input[65] = {1};
    memcpy(input + 1, left, 32);
    memcpy(input + 33, right, 32);
    crypto_hash_sha256(out, input, sizeof input);
}

static uint64_t largest_power_below(uint64_t n)
{
    uint64_t k = 1;
    while (k * 2 < n)
        k *= 2;
    return k;
}

// Full subtrees were worked out once; everything else is the definition.
static void mth(hash out, const struct reference *r, uint64_t from, uint64_t n)
{
    unsigned height = 0;
    while ((uint64_t)1 << height < n)
        height++;
    if (n == (uint64_t)1 << height && from % n == 0) {
        memcpy(out, r->full[height][from / n], 32);
        return;
    }
    hash left, right;
    uint64_t k = largest_power_below(n);
    mth(left, r, from, k);
    mth(right, r, from + k, n - k);
    reference_node(out, left, right);
}

static size_t path(hash *out, const struct reference *r, uint64_t m, uint64_t from, uint64_t n)
{
    if (n == 1) return 0;
    uint64_t k = largest_power_below(n);
    size_t used = m < k ? path(out, r, m, from, k) : path(out, r, m - k, from + k, n - k);
    if (m < k)
        mth(out[used], r, from + k, n - k);
    else
        mth(out[used], r, from, k);
    return used + 1;
}

static size_t subproof(hash *out, const struct reference *r, uint64_t m, uint64_t from, uint64_t n,
                       bool whole)
{
    if (m == n) {
        if (!whole) mth(out[0], r, from, n);
        return whole ? 0 : 1;
    }
    uint64_t k = largest_power_below(n);
    size_t used =
        m <= k ? subproof(out, r, m, from, k, whole) : subproof(out, r, m - k, from + k, n - k, false);
    if (m <= k)
        mth(out[used], r, from + k, n - k);
    else
        mth(out[used], r, from, k);
    return used + 1;
}

static void reference_grow(struct reference *r, struct chance *c)
{
    for (uint64_t i = 0; i < r->leaves; i++)
        chance_fill(c, r->full[0][i], 32);
    for (unsigned h = 1; r->leaves >> h; h++)
        for (uint64_t i = 0; i < r->leaves >> h; i++)
            reference_node(r->full[h][i], r->full[h - 1][2 * i], r->full[h - 1][2 * i + 1]);
}

// --- ours ---

struct ours {
    struct evx_frontier frontier;
    struct evx_digest *node[LEVELS];
    uint64_t size; // of the tree in question: nothing beyond it may be read
};

static void keep(void *user, unsigned height, uint64_t number, const struct evx_digest *d)
{
    ((struct ours *)user)->node[height][number] = *d;
}

static enum evx_status read_node(void *user, unsigned height, uint64_t number, struct evx_digest *out)
{
    const struct ours *o = user;
    if (height >= LEVELS || (number + 1) << height > o->size) return EVX_E_BUG;
    *out = o->node[height][number];
    return EVX_OK;
}

static int fail(const char *what, uint64_t n, uint64_t m)
{
    printf("DIFFERS: %s, tree of %llu, at %llu\n", what, (unsigned long long)n, (unsigned long long)m);
    return 1;
}

static bool same_proof(const struct evx_proof *p, hash *h, size_t n)
{
    return p->n == n && (n == 0 || memcmp(p->hash, h, n * 32) == 0);
}

static void spoil(struct evx_proof *p, struct chance *c)
{
    if (p->n == 0 || chance_below(c, 4) == 0)
        chance_fill(c, p->hash[p->n++].b, 32);
    else if (chance_below(c, 4) == 0)
        p->n--;
    else
        p->hash[chance_below(c, p->n)].b[chance_below(c, 32)] ^= (uint8_t)(1u << chance_below(c, 8));
}

static int check_inclusion(const struct reference *r, struct ours *o, uint64_t n,
                           const struct evx_digest *root, struct chance *c)
{
    hash expected[64];
    struct evx_proof p;
    uint64_t m = chance_below(c, n), other = chance_below(c, n);
    size_t used = path(expected, r, m, 0, n);
    const struct evx_digest *leaf = &o->node[0][m];
    if (evx_inclusion_proof(&p, m, n, read_node, o) || !same_proof(&p, expected, used))
        return fail("inclusion", n, m);
    if (evx_inclusion_verify(&p, m, n, leaf, root)) return fail("inclusion refused", n, m);
    if (other != m && !evx_inclusion_verify(&p, other, n, leaf, root)) return fail("another index", n, m);
    if (other != m && !evx_inclusion_verify(&p, m, n, &o->node[0][other], root))
        return fail("another leaf", n, m);
    spoil(&p, c);
    return !evx_inclusion_verify(&p, m, n, leaf, root) ? fail("a spoilt path", n, m) : 0;
}

static int check_consistency(const struct reference *r, struct ours *o, uint64_t n,
                             const struct evx_digest *root, struct chance *c)
{
    hash expected[64];
    struct evx_digest old, wrong;
    struct evx_proof p;
    uint64_t m = 1 + chance_below(c, n);
    mth(old.b, r, 0, m);
    size_t used = subproof(expected, r, m, 0, n, true);
    if (evx_consistency_proof(&p, m, n, read_node, o) || !same_proof(&p, expected, used))
        return fail("consistency", n, m);
    if (evx_consistency_verify(&p, m, n, &old, root)) return fail("consistency refused", n, m);
    wrong = old;
    wrong.b[chance_below(c, 32)] ^= 1;
    if (!evx_consistency_verify(&p, m, n, &wrong, root)) return fail("another old root", n, m);
    if (!evx_consistency_verify(&p, m, n, &old, &wrong)) return fail("another new root", n, m);
    spoil(&p, c);
    return !evx_consistency_verify(&p, m, n, &old, root) ? fail("a spoilt proof", n, m) : 0;
}

static int check_tree(const struct reference *r, struct ours *o, uint64_t n, struct chance *c)
{
    hash expected;
    struct evx_digest root;
    o->size = n;
    evx_frontier_root(&root, &o->frontier);
    mth(expected, r, 0, n);
    if (memcmp(root.b, expected, 32) != 0) return fail("root", n, n);
    return check_inclusion(r, o, n, &root, c) + check_consistency(r, o, n, &root, c);
}

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static int check_forest(struct reference *r, struct ours *o, uint64_t largest, size_t trees, struct chance *c)
{
    uint64_t size[A_FOREST];
    int wrong = 0;
    for (size_t i = 0; i < trees; i++)
        size[i] = chance_magnitude(c, largest);
    qsort(size, trees, sizeof *size, ascending);
    r->leaves = size[trees - 1];
    reference_grow(r, c);
    memset(&o->frontier, 0, sizeof o->frontier);
    for (size_t i = 0; i < trees; i++) {
        while (o->frontier.size < size[i]) {
            struct evx_digest leaf;
            memcpy(leaf.b, r->full[0][o->frontier.size], 32);
            evx_frontier_append(&o->frontier, &leaf, keep, o);
        }
        wrong += check_tree(r, o, size[i], c);
    }
    return wrong;
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1,
             count = argc > 2 ? strtoull(argv[2], NULL, 10) : 400;
    uint64_t largest = argc > 3 ? strtoull(argv[3], NULL, 10) : 1000000;
    static struct reference r;
    static struct ours o;
    int wrong = 0;
    if (count == 0 || largest == 0 || largest > 1u << 30 || evx_crypto_init()) return 64;
    for (unsigned h = 0; h < LEVELS && largest >> h; h++) {
        r.full[h] = malloc((largest >> h) * sizeof(hash));
        o.node[h] = malloc((largest >> h) * sizeof(struct evx_digest));
        world_must(r.full[h] && o.node[h], "memory");
    }
    for (uint64_t done = 0; done < count; done += A_FOREST) {
        struct chance c = {seed + done / A_FOREST};
        wrong += check_forest(&r, &o, largest, count - done < A_FOREST ? count - done : A_FOREST, &c);
    }
    for (unsigned h = 0; h < LEVELS; h++) {
        free(r.full[h]);
        free(o.node[h]);
    }
    printf("seeds %llu..%llu: %llu trees of up to %llu leaves, %d differ\n", (unsigned long long)seed,
           (unsigned long long)(seed + (count - 1) / A_FOREST), (unsigned long long)count,
           (unsigned long long)largest, wrong);
    return wrong ? 1 : 0;
}
