// SPDX-License-Identifier: Apache-2.0
#include "agents/evx/verify/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/file.h"

#define WIDTH            EVX_TILE_WIDTH
#define LEVELS           EVX_TILE_LEVELS
#define ENTRY_TILE_BYTES (WIDTH * (2u + 65535u))

struct level {
    uint8_t hash[WIDTH * 32];
    unsigned filled;
    uint64_t number; // of the tile being filled
};

struct walk {
    struct evx_log_walk *w;
    struct evx_frontier frontier;
    struct level level[LEVELS];
    struct evx_buf file;
};

static enum evx_status at_fault(struct walk *k, const char *kind, const char *name, enum evx_status s)
{
    if (s == EVX_E_MEMORY) return s;
    snprintf(k->w->fault, sizeof k->w->fault, "tile/%s/%s", kind, name);
    return EVX_E_LOG_TILE;
}

static enum evx_status read_tile(struct walk *k, const char *kind, uint64_t number, unsigned width,
                                 size_t most)
{
    char name[EVX_TILE_PATH], *path = NULL;
    evx_tile_path(name, number, width);
    if (asprintf(&path, "%s/tile/%s/%s", k->w->folder, kind, name) < 0) return EVX_E_MEMORY;
    enum evx_status s = evx_file_read(&k->file, path, most);
    free(path);
    return s ? at_fault(k, kind, name, s) : EVX_OK;
}

// What the entries gave must be what the file holds; if not, the root decides which
// of the two is at fault.
static void compare_tile(struct walk *k, unsigned level)
{
    struct level *l = &k->level[level];
    char kind[8], name[EVX_TILE_PATH];
    snprintf(kind, sizeof kind, "%u", level);
    size_t n = (size_t)l->filled * 32;
    enum evx_status s = k->w->tile ? EVX_OK : read_tile(k, kind, l->number, l->filled, sizeof l->hash);
    if (!s && !k->w->tile && (k->file.n != n || memcmp(k->file.p, l->hash, n) != 0)) {
        evx_tile_path(name, l->number, l->filled);
        s = at_fault(k, kind, name, EVX_E_LOG_TILE);
    }
    if (s) k->w->tile = s;
    if (!k->w->tile) k->w->tiles++;
    l->number++;
    l->filled = 0;
}

// A complete subtree: every eighth height is a row of tiles.
static void take_node(void *user, unsigned height, uint64_t number, const struct evx_digest *hash)
{
    struct walk *k = user;
    (void)number;
    if (height % 8 || height / 8 >= LEVELS) return;
    struct level *l = &k->level[height / 8];
    memcpy(l->hash + (size_t)l->filled * 32, hash->b, 32);
    if (++l->filled == WIDTH) compare_tile(k, height / 8);
}

static enum evx_status take_entry(struct walk *k, struct evx_bytes entry)
{
    struct evx_digest leaf;
    evx_log_leaf(&leaf, entry);
    enum evx_status s = k->w->entry(k->w->user, k->frontier.size, entry, &leaf);
    if (s) return s;
    evx_frontier_append(&k->frontier, &leaf, take_node, k);
    return k->w->grown(k->w->user, k->frontier.size, &k->frontier);
}

static enum evx_status take_bundle(struct walk *k, uint64_t number, unsigned width)
{
    struct evx_buf bundle = {0};
    char name[EVX_TILE_PATH];
    size_t at = 0;
    evx_tile_path(name, number, width);
    enum evx_status s = read_tile(k, "entries", number, width, ENTRY_TILE_BYTES);
    if (s) return s;
    bundle = k->file; // the hash tiles are read into a buffer of their own
    k->file = (struct evx_buf){0};
    for (unsigned i = 0; i < width && !s; i++) {
        struct evx_bytes entry;
        bool there = evx_tile_next_entry(&entry, &at, evx_buf_bytes(&bundle));
        s = there ? take_entry(k, entry) : at_fault(k, "entries", name, EVX_E_LOG_TILE);
    }
    if (!s && at != bundle.n) s = at_fault(k, "entries", name, EVX_E_LOG_TILE);
    evx_buf_free(&bundle);
    return s;
}

enum evx_status evx_log_walk(struct evx_log_walk *w)
{
    struct walk *k = calloc(1, sizeof *k);
    if (!k) return EVX_E_MEMORY;
    k->w = w;
    w->tiles = 0;
    w->tile = EVX_OK;
    w->fault[0] = 0;
    enum evx_status s = EVX_OK;
    for (uint64_t n = 0; n * WIDTH < w->size && !s; n++)
        s = take_bundle(k, n, evx_tile_width(w->size, n));
    for (unsigned i = 0; i < LEVELS && !s; i++)
        if (k->level[i].filled) compare_tile(k, i);
    evx_frontier_root(&w->root, &k->frontier);
    evx_buf_free(&k->file);
    free(k);
    return s;
}
