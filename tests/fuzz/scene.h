// SPDX-License-Identifier: Apache-2.0
//
// A made-up log of nine entries and a second one under the same key that differs
// from entry 3 on; three witnesses. The same in every run: what the seeds sign,
// the targets for policies, forks and witnesses know.
#ifndef EVX_TESTS_FUZZ_SCENE_H
#define EVX_TESTS_FUZZ_SCENE_H

#include "crypto/checkpoint.h"
#include "crypto/merkle.h"

#define SCENE_ORIGIN    "log.example/one"
#define SCENE_ENTRIES   9
#define SCENE_WITNESSES 3
#define SCENE_NOW_S     1772355600u // 2026-03-01T09:00:00Z

struct scene_tree {
    struct evx_frontier frontier;
    struct evx_digest node[4][SCENE_ENTRIES];
    struct evx_digest root[SCENE_ENTRIES + 1]; // by size
};
struct scene_key {
    struct evx_sign_secret *secret;
    struct evx_sign_public public_key;
    struct evx_vkey key;
};
struct scene {
    struct scene_tree honest, other;
    struct scene_key log, witness[SCENE_WITNESSES];
};

// Made at the first call and kept; after evx_crypto_init().
const struct scene *scene(void);
// Appends the log's signed checkpoint over the first `size` entries of a tree,
// cosigned by the first `witnesses`.
void scene_checkpoint(struct evx_buf *out, const struct scene_tree *t, uint64_t size, size_t witnesses);
void scene_proof(struct evx_proof *out, const struct scene_tree *t, uint64_t old_size, uint64_t new_size);

#endif
