// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/seeds.h"

#include <string.h>

#include "crypto/bundle.h"
#include "crypto/directory_history.h"
#include "crypto/directory_request.h"
#include "crypto/fork.h"
#include "crypto/tile.h"
#include "crypto/witness.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/scene.h"

// The second of two items, so that its path is not empty.
static void make_bundle(const struct world *w)
{
    struct evx_consignment c;
    struct evx_item_key key;
    struct evx_buf file = {0};
    evx_item_key_of(&key, &w->kek, 1);
    fuzz_demand(evx_consignment_open_trusted(&c, evx_buf_bytes(&w->consignment)) == EVX_OK);
    const struct evx_bundle_source source = {.directory = w->directory,
                                             .entry = evx_buf_bytes(&w->log_entry),
                                             .receipt = &w->receipt,
                                             .consignment = &c,
                                             .number = 1,
                                             .key = &key};
    fuzz_demand(evx_bundle_make(&file, &source) == EVX_OK);
    seeds_save(w, "bundle", "second", &file);
    evx_consignment_close(&c);
    evx_buf_free(&file);
}

static void put(struct evx_buf *out, const char *text)
{
    fuzz_demand(evx_buf_append_text(out, text) == EVX_OK);
}

static void put_key(struct evx_buf *out, const char *before, const struct scene_key *k, const char *after)
{
    put(out, before);
    fuzz_demand(evx_vkey_text(out, &k->key) == EVX_OK);
    put(out, after);
}

static void make_policies(const struct world *w)
{
    const struct scene *s = scene();
    struct evx_buf text = {0};
    put_key(&text, "log ", &s->log, "\n");
    put_key(&text, "witness one ", &s->witness[0], "\n");
    put_key(&text, "witness two ", &s->witness[1], "\n");
    put_key(&text, "witness three ", &s->witness[2], "\n");
    put(&text, "group all 2 one two three\nquorum all\n");
    seeds_save(w, "policy", "two-of-three", &text);
    evx_buf_clear(&text);
    put(&text, "# whose word counts\n\n");
    put_key(&text, "witness\tone  ", &s->witness[0], " https://one.example/\n");
    put_key(&text, "witness three ", &s->witness[2], "\n");
    put(&text, "group pair any one three\n");
    put_key(&text, "witness two ", &s->witness[1], "\n");
    put_key(&text, "log ", &s->log, " https://log.example/one\n");
    put(&text, "group both all pair two\nquorum both\n");
    seeds_save(w, "policy", "loose", &text);
    evx_buf_clear(&text);
    struct scene_key strange = {0}; // the origin, but not the key
    fuzz_demand(evx_vkey_make(&strange.key, SCENE_ORIGIN, EVX_NOTE_ED25519, &w->root_public) == EVX_OK);
    put_key(&text, "log ", &strange, "\nquorum none\n");
    seeds_save(w, "policy", "strange-log", &text);
    evx_buf_free(&text);
}

static void make_fork(const struct world *w, const char *name, const struct scene_tree *low)
{
    const struct scene *s = scene();
    struct evx_buf first = {0}, second = {0}, text = {0};
    struct evx_fork f;
    scene_checkpoint(&first, low, 4, 0);
    scene_checkpoint(&second, &s->honest, 8, 0);
    fuzz_demand(evx_fork_make(&f, evx_buf_bytes(&first), evx_buf_bytes(&second)) == EVX_OK);
    f.has_proof = true;
    f.old_root = s->honest.root[4];
    scene_proof(&f.proof, &s->honest, 4, 8);
    fuzz_demand(evx_fork_text(&text, &f) == EVX_OK);
    seeds_save(w, "fork", name, &text);
    evx_fork_free(&f);
    evx_buf_free(&first);
    evx_buf_free(&second);
    evx_buf_free(&text);
}

static void make_witness_request(const struct world *w, const char *name, const struct scene_tree *t,
                                 uint64_t old, uint64_t size)
{
    struct evx_buf text = {0};
    struct evx_proof proof;
    fuzz_demand(evx_buf_printf(&text, "old %llu\n", (unsigned long long)old) == EVX_OK);
    scene_proof(&proof, t, old, size);
    for (size_t i = 0; i < proof.n; i++) {
        char hash[45];
        evx_base64(hash, proof.hash[i].b, sizeof proof.hash[i].b);
        put(&text, hash);
        put(&text, "\n");
    }
    put(&text, "\n");
    scene_checkpoint(&text, t, size, 0);
    seeds_save(w, "witness", name, &text);
    evx_buf_free(&text);
}

static void make_witness_record(const struct world *w)
{
    const struct evx_witness_record r = {5, scene()->honest.root[5], SCENE_NOW_S};
    uint8_t bytes[EVX_WITNESS_RECORD_BYTES];
    struct evx_buf b = {0};
    evx_witness_record_write(bytes, &r);
    fuzz_demand(evx_buf_append(&b, bytes, sizeof bytes) == EVX_OK);
    seeds_save(w, "witness", "record", &b);
    evx_buf_free(&b);
}

// Signed by its own key, approved by a root; and one whose key signs nothing.
static void make_requests(const struct world *w)
{
    struct evx_buf lines = {0}, text = {0}, note = {0};
    seeds_key_line(&lines, "northam-police", "enc", w->home_public.b);
    fuzz_demand(evx_directory_request_text(&text, "northam-police", SEEDS_NOW_MS, evx_buf_bytes(&lines)) ==
                EVX_OK);
    fuzz_demand(evx_note_sign(&note, evx_buf_bytes(&text), "northam-police", w->police, &w->police_public) ==
                EVX_OK);
    seeds_save(w, "request", "enc-only", &note);
    evx_buf_clear(&text);
    evx_buf_clear(&note);
    seeds_key_line(&lines, "northam-police", "sig", w->police_public.b);
    fuzz_demand(evx_directory_request_text(&text, "northam-police", SEEDS_NOW_MS, evx_buf_bytes(&lines)) ==
                EVX_OK);
    fuzz_demand(evx_note_sign(&note, evx_buf_bytes(&text), "northam-police", w->police, &w->police_public) ==
                EVX_OK);
    fuzz_demand(evx_note_add_signature(&note, "root-1", w->root, &w->root_public) == EVX_OK);
    seeds_save(w, "request", "approved", &note);
    evx_buf_free(&lines);
    evx_buf_free(&text);
    evx_buf_free(&note);
}

static void make_entries(const struct world *w)
{
    const struct evx_log_directory e = {SEEDS_NOW_MS, 1, *evx_directory_hash(w->directory)};
    struct evx_buf adoption = {0}, tile = {0};
    fuzz_demand(evx_log_directory(&adoption, &e) == EVX_OK);
    seeds_save(w, "entry", "adoption", &adoption);
    seeds_save(w, "entry", "consignment", &w->log_entry);
    fuzz_demand(evx_tile_put_entry(&tile, evx_buf_bytes(&adoption)) == EVX_OK);
    fuzz_demand(evx_tile_put_entry(&tile, evx_buf_bytes(&w->log_entry)) == EVX_OK);
    seeds_save(w, "tile", "two", &tile);
    put(&adoption, "more");
    seeds_save(w, "entry", "adoption-and-more", &adoption);
    evx_buf_free(&adoption);
    evx_buf_free(&tile);
}

void seeds_proofs(const struct world *w)
{
    make_bundle(w);
    make_policies(w);
    make_fork(w, "proved", &scene()->other);
    make_fork(w, "refuted", &scene()->honest);
    make_witness_request(w, "grown", &scene()->honest, 5, SCENE_ENTRIES);
    make_witness_request(w, "again", &scene()->honest, 5, 5);
    make_witness_request(w, "other", &scene()->other, 5, 8);
    make_witness_record(w);
    make_requests(w);
    make_entries(w);
}
