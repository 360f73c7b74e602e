// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/scene.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

static void keep(void *user, unsigned height, uint64_t number, const struct evx_digest *hash)
{
    ((struct scene_tree *)user)->node[height][number] = *hash;
}

static void grow(struct scene_tree *t, unsigned from, uint8_t salt)
{
    evx_log_empty(&t->root[0]);
    for (unsigned i = 0; i < SCENE_ENTRIES; i++) {
        uint8_t entry[2] = {(uint8_t)i, i >= from ? salt : 0};
        struct evx_digest leaf;
        evx_log_leaf(&leaf, evx_bytes(entry, sizeof entry));
        evx_frontier_append(&t->frontier, &leaf, keep, t);
        evx_frontier_root(&t->root[i + 1], &t->frontier);
    }
}

static void make_key(struct scene_key *k, const char *name, uint8_t type, uint8_t seed)
{
    const uint8_t bytes[32] = {seed};
    fuzz_demand(evx_sign_from_seed(&k->secret, &k->public_key, bytes) == EVX_OK);
    fuzz_demand(evx_vkey_make(&k->key, name, type, &k->public_key) == EVX_OK);
}

const struct scene *scene(void)
{
    static const char *const names[SCENE_WITNESSES] = {"one.example", "two.example", "three.example"};
    static struct scene s;
    if (s.log.secret) return &s;
    grow(&s.honest, SCENE_ENTRIES, 0);
    grow(&s.other, 3, 1);
    make_key(&s.log, SCENE_ORIGIN, EVX_NOTE_ED25519, 11);
    for (size_t i = 0; i < SCENE_WITNESSES; i++)
        make_key(&s.witness[i], names[i], EVX_NOTE_COSIGNATURE, (uint8_t)(12 + i));
    return &s;
}

void scene_checkpoint(struct evx_buf *out, const struct scene_tree *t, uint64_t size, size_t witnesses)
{
    const struct scene *s = scene();
    struct evx_checkpoint c = {.origin = SCENE_ORIGIN, .size = size, .root = t->root[size]};
    struct evx_buf text = {0};
    fuzz_demand(evx_checkpoint_text(&text, &c) == EVX_OK);
    fuzz_demand(evx_checkpoint_sign(out, &c, s->log.secret, &s->log.public_key) == EVX_OK);
    for (size_t i = 0; i < witnesses; i++) {
        const struct scene_key *k = &s->witness[i];
        fuzz_demand(evx_note_cosign_line(out, evx_buf_bytes(&text), SCENE_NOW_S + i, k->key.name, k->secret,
                                         &k->public_key) == EVX_OK);
    }
    evx_buf_free(&text);
}

static enum evx_status read_node(void *user, unsigned height, uint64_t number, struct evx_digest *out)
{
    *out = ((struct scene_tree *)user)->node[height][number];
    return EVX_OK;
}

void scene_proof(struct evx_proof *out, const struct scene_tree *t, uint64_t old_size, uint64_t new_size)
{
    fuzz_demand(evx_consistency_proof(out, old_size, new_size, read_node, (void *)t) == EVX_OK);
}
