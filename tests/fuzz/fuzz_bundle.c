// SPDX-License-Identifier: Apache-2.0
// A bundle has one spelling, its members lie one after the other inside the file,
// and of one item only one bundle holds under the seeds' root, but for the policy,
// which may be left out.
#include <string.h>

#include "crypto/bundle.h"
#include "tests/fuzz/fuzz.h"

static bool follows(const uint8_t **at, struct evx_bytes part, struct evx_bytes whole)
{
    bool ok = part.n == 0 || (part.p >= *at && part.p + part.n <= whole.p + whole.n);
    if (part.n) *at = part.p + part.n;
    return ok;
}

static void demand_inside(const struct evx_bundle *b, struct evx_bytes whole)
{
    const struct evx_bytes part[] = {b->entry,      b->proof, b->record,    b->record_path,
                                     b->ciphertext, b->key,   b->directory, b->policy};
    const uint8_t *at = whole.p;
    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++)
        fuzz_demand(follows(&at, part[i], whole));
}

// The first that comes is what every later one must be.
static void demand_as_before(struct evx_digest *first, struct evx_bytes bytes)
{
    static const struct evx_digest none;
    struct evx_digest hash;
    evx_sha256(&hash, bytes);
    if (memcmp(first, &none, sizeof none) == 0) *first = hash;
    fuzz_demand(memcmp(first, &hash, sizeof hash) == 0);
}

static void demand_same(struct evx_bundle b)
{
    static struct evx_digest bare[EVX_LIMIT_ITEMS], policy[EVX_LIMIT_ITEMS];
    struct evx_buf again = {0};
    fuzz_demand(b.number < EVX_LIMIT_ITEMS);
    if (b.policy.n) demand_as_before(&policy[b.number], b.policy);
    b.policy = evx_bytes(NULL, 0);
    fuzz_demand(evx_bundle_write(&again, &b) == EVX_OK);
    demand_as_before(&bare[b.number], evx_buf_bytes(&again));
    evx_buf_free(&again);
}

static void verify(const struct evx_bundle *b)
{
    static const uint8_t seed[32] = {1}; // the root of seeds.c
    struct evx_sign_secret *secret = NULL;
    struct evx_sign_public public_key;
    static struct evx_vkey root;
    if (!root.type) {
        fuzz_demand(evx_sign_from_seed(&secret, &public_key, seed) == EVX_OK);
        fuzz_demand(evx_vkey_make(&root, "root-1", EVX_NOTE_ED25519, &public_key) == EVX_OK);
        evx_sign_secret_destroy(&secret);
    }
    const struct evx_bundle_trust trust = {.root = &root, .roots = 1, .threshold = 1};
    struct evx_bundle_result r = {0};
    if (evx_bundle_verify(&r, b, &trust) == EVX_OK) {
        fuzz_demand(r.number == b->number && r.index == b->index && r.number < r.items);
        fuzz_demand(!(r.gaps & EVX_BUNDLE_GAP_ROOTS));
        demand_same(*b);
    } else {
        fuzz_demand(r.content.n == 0);
    }
    evx_bundle_result_free(&r);
}

void fuzz_one(struct evx_bytes input)
{
    struct evx_bundle b;
    struct evx_buf again = {0};
    if (evx_bundle_parse(&b, input)) return;
    demand_inside(&b, input);
    fuzz_demand(evx_get_be32(b.record.p) == b.number);
    fuzz_demand(evx_bundle_write(&again, &b) == EVX_OK);
    fuzz_demand(evx_bytes_equal(evx_buf_bytes(&again), input));
    evx_buf_free(&again);
    verify(&b);
}
