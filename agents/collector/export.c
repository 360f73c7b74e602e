// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/collector/export_file.h"
#include "crypto/tile.h"

struct level {
    uint8_t hash[EVX_TILE_WIDTH * 32];
    unsigned filled;
    uint64_t number;
};

struct writing {
    struct evx_export *x;
    struct evx_frontier frontier;
    struct level level[EVX_TILE_LEVELS];
    struct evx_buf entry, bundle;
    enum evx_status s; // of tiles written inside the frontier's call-back
};

static enum evx_status write_tile(struct writing *w, const char *kind, uint64_t number, unsigned width,
                                  struct evx_bytes content)
{
    char tile[EVX_TILE_PATH], name[EVX_TILE_PATH + 32];
    evx_tile_path(tile, number, width);
    snprintf(name, sizeof name, "tile/%s/%s", kind, tile);
    return evx_export_write(w->x->folder, name, content);
}

static enum evx_status write_hashes(struct writing *w, unsigned level)
{
    struct level *l = &w->level[level];
    char kind[8];
    snprintf(kind, sizeof kind, "%u", level);
    enum evx_status s = write_tile(w, kind, l->number, l->filled, evx_bytes(l->hash, (size_t)l->filled * 32));
    l->number++;
    l->filled = 0;
    return s;
}

static void take_node(void *user, unsigned height, uint64_t number, const struct evx_digest *hash)
{
    struct writing *w = user;
    (void)number;
    if (height % 8 || height / 8 >= EVX_TILE_LEVELS || w->s) return;
    struct level *l = &w->level[height / 8];
    memcpy(l->hash + (size_t)l->filled * 32, hash->b, 32);
    if (++l->filled == EVX_TILE_WIDTH) w->s = write_hashes(w, height / 8);
}

static enum evx_status take_entry(struct writing *w)
{
    struct evx_digest leaf;
    evx_buf_clear(&w->entry);
    enum evx_status s = evx_store_consignment(w->x->store, w->frontier.size, &w->entry, NULL);
    if (!s) s = evx_tile_put_entry(&w->bundle, evx_buf_bytes(&w->entry));
    if (s) return s;
    evx_log_leaf(&leaf, evx_buf_bytes(&w->entry));
    evx_frontier_append(&w->frontier, &leaf, take_node, w);
    return w->s;
}

static enum evx_status write_entries(struct writing *w)
{
    uint64_t size = w->x->checkpoint.size;
    enum evx_status s = EVX_OK;
    for (uint64_t n = 0; n * EVX_TILE_WIDTH < size && !s; n++) {
        unsigned width = evx_tile_width(size, n);
        evx_buf_clear(&w->bundle);
        for (unsigned i = 0; i < width && !s; i++)
            s = take_entry(w);
        if (!s) s = write_tile(w, "entries", n, width, evx_buf_bytes(&w->bundle));
    }
    for (unsigned i = 0; i < EVX_TILE_LEVELS && !s; i++)
        if (w->level[i].filled) s = write_hashes(w, i);
    return s;
}

static enum evx_status read_note(struct evx_checkpoint *out, struct evx_bytes note)
{
    struct evx_note parsed;
    enum evx_status s = evx_note_parse(&parsed, note);
    return s ? s : evx_checkpoint_parse_text(out, parsed.text);
}

// The newest that a quorum of witnesses cosigned, if all of it is stored; else the
// newest that is stored.
static enum evx_status choose_checkpoint(struct evx_export *x)
{
    struct evx_frontier frontier;
    struct evx_buf stored = {0};
    enum evx_status s = evx_store_cursor(x->store, &frontier, &stored);
    if (!s) s = evx_agent_witnessed(x->agent, &x->note);
    bool witnessed = !s && x->note.n && !read_note(&x->checkpoint, evx_buf_bytes(&x->note)) &&
                     x->checkpoint.size && x->checkpoint.size <= frontier.size;
    if (!s && !witnessed) {
        evx_buf_clear(&x->note);
        s = stored.n ? read_note(&x->checkpoint, evx_buf_bytes(&stored)) : EVX_E_NOT_COLLECTED;
        if (!s) s = evx_buf_append(&x->note, stored.p, stored.n);
    }
    if (!s && x->checkpoint.size > frontier.size) s = EVX_E_NOT_COLLECTED;
    evx_buf_free(&stored);
    return s == EVX_E_NOT_FOUND ? EVX_E_NOT_COLLECTED : s;
}

enum evx_status evx_export_log(struct evx_export *x)
{
    struct writing *w = calloc(1, sizeof *w);
    struct evx_digest root;
    if (!w) return EVX_E_MEMORY;
    w->x = x;
    enum evx_status s = choose_checkpoint(x);
    if (!s) s = write_entries(w);
    evx_frontier_root(&root, &w->frontier);
    if (!s && memcmp(root.b, x->checkpoint.root.b, sizeof root.b) != 0) s = EVX_E_LOG_ROOT;
    if (!s) s = evx_export_write(x->folder, "checkpoint", evx_buf_bytes(&x->note));
    evx_buf_free(&w->entry);
    evx_buf_free(&w->bundle);
    free(w);
    return s;
}

enum evx_status evx_export_directories(struct evx_export *x)
{
    enum evx_status s = EVX_OK;
    uint64_t newest = evx_directory_version(evx_agent_directory(x->agent));
    for (uint64_t v = newest; v > 0 && !s; v--) {
        const struct evx_directory *d = evx_agent_directory_at(x->agent, v);
        char name[64];
        if (!d) break; // held without gaps, back to the first that was trusted
        snprintf(name, sizeof name, "directory/%llu", (unsigned long long)v);
        s = evx_export_write(x->folder, name, evx_directory_note(d));
        x->directories++;
    }
    return s;
}

void evx_export_free(struct evx_export *x) { evx_buf_free(&x->note); }
