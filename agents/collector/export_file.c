// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/export_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/merkle.h"
#include "crypto/tile.h"
#include "proto/base/file.h"

enum evx_status evx_export_write(const char *folder, const char *name, struct evx_bytes content)
{
    char *path = evx_path_join(folder, name);
    if (!path) return EVX_E_MEMORY;
    enum evx_status s = evx_file_write(path, content, 0600);
    free(path);
    return s;
}

// The tile may be a full one or, at the end, a partial one that is wide enough.
static enum evx_status read_tile(struct evx_buf *out, const char *folder, unsigned level, uint64_t number,
                                 unsigned least)
{
    enum evx_status s = EVX_E_FILE_UNREADABLE;
    for (unsigned width = EVX_TILE_WIDTH; width >= least && s == EVX_E_FILE_UNREADABLE; width--) {
        char name[EVX_TILE_PATH], *path = NULL;
        evx_tile_path(name, number, width);
        if (asprintf(&path, "%s/tile/%u/%s", folder, level, name) < 0) return EVX_E_MEMORY;
        s = evx_file_read(out, path, EVX_TILE_WIDTH * 32);
        free(path);
    }
    return s;
}

enum evx_status evx_export_node(void *user, unsigned height, uint64_t number, struct evx_digest *out)
{
    struct evx_buf tile = {0};
    struct evx_frontier t = {0};
    unsigned level = height / 8, within = height % 8;
    uint64_t first = number << within;
    unsigned from = (unsigned)(first % EVX_TILE_WIDTH), n = 1u << within;
    enum evx_status s = read_tile(&tile, user, level, first / EVX_TILE_WIDTH, from + n);
    if (!s && tile.n < (size_t)(from + n) * 32) s = EVX_E_IO;
    for (unsigned i = from; i < from + n && !s; i++) {
        struct evx_digest hash;
        memcpy(hash.b, tile.p + (size_t)i * 32, 32);
        evx_frontier_append(&t, &hash, NULL, NULL);
    }
    if (!s) evx_frontier_root(out, &t);
    evx_buf_free(&tile);
    return s;
}
