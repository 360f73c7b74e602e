// SPDX-License-Identifier: Apache-2.0
#include "broker/tiles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/file.h"

#define WIDTH EVX_TILE_WIDTH

static enum evx_status write_tile(const char *folder, const char *kind, uint64_t number, unsigned width,
                                  struct evx_bytes content)
{
    char name[EVX_TILE_PATH], *path = NULL;
    evx_tile_path(name, number, width);
    if (asprintf(&path, "%s/tile/%s/%s", folder, kind, name) < 0) return EVX_E_MEMORY;
    enum evx_status s = evx_file_write(path, content, 0644);
    free(path);
    return s;
}

static enum evx_status hash_tile(struct evx_buf *out, struct evx_journal *j, unsigned level, uint64_t number,
                                 unsigned width)
{
    evx_buf_clear(out);
    enum evx_status s = EVX_OK;
    for (unsigned i = 0; !s && i < width; i++) {
        struct evx_digest hash;
        s = j->ops->node(j, level * 8, number * WIDTH + i, &hash);
        if (!s) s = evx_buf_append(out, hash.b, sizeof hash.b);
    }
    return s;
}

static enum evx_status entry_tile(struct evx_buf *out, struct evx_journal *j, struct evx_journal_entry *e,
                                  uint64_t number, unsigned width)
{
    evx_buf_clear(out);
    enum evx_status s = EVX_OK;
    for (unsigned i = 0; !s && i < width; i++) {
        uint8_t length[2];
        s = j->ops->read(j, number * WIDTH + i, e);
        if (!s && e->log_entry.n > UINT16_MAX) s = EVX_E_STORE_DAMAGED;
        evx_put_be16(length, (uint16_t)e->log_entry.n);
        if (!s) s = evx_buf_append(out, length, sizeof length);
        if (!s) s = evx_buf_append(out, e->log_entry.p, e->log_entry.n);
    }
    return s;
}

static enum evx_status write_level(struct evx_journal *j, const char *folder, unsigned level, uint64_t count,
                                   struct evx_buf *scratch)
{
    char kind[8];
    snprintf(kind, sizeof kind, "%u", level);
    enum evx_status s = EVX_OK;
    for (uint64_t n = 0; !s && n * WIDTH < count; n++) {
        unsigned width = evx_tile_width(count, n);
        s = hash_tile(scratch, j, level, n, width);
        if (!s) s = write_tile(folder, kind, n, width, evx_buf_bytes(scratch));
    }
    return s;
}

static enum evx_status write_entries(struct evx_journal *j, const char *folder, uint64_t size,
                                     struct evx_buf *scratch)
{
    struct evx_journal_entry e = {0};
    enum evx_status s = EVX_OK;
    for (uint64_t n = 0; !s && n * WIDTH < size; n++) {
        unsigned width = evx_tile_width(size, n);
        s = entry_tile(scratch, j, &e, n, width);
        if (!s) s = write_tile(folder, "entries", n, width, evx_buf_bytes(scratch));
    }
    evx_journal_entry_free(&e);
    return s;
}

static enum evx_status write_checkpoint(struct evx_journal *j, const char *folder,
                                        struct evx_journal_boundary *b)
{
    char *path = evx_path_join(folder, "checkpoint");
    enum evx_status s = path ? j->ops->cosignatures(j, b->size, &b->note) : EVX_E_MEMORY;
    if (!s) s = evx_file_replace(path, evx_buf_bytes(&b->note), 0644);
    free(path);
    return s;
}

static enum evx_status take_first(void *user, uint64_t size, const struct evx_digest *root)
{
    (void)root;
    uint64_t *first = user;
    if (!*first) *first = size;
    return EVX_OK;
}

// The newest boundary whose note is stored; the last few may still be without,
// and those before the first of them all have one.
static enum evx_status newest_signed(struct evx_journal *j, struct evx_journal_boundary *out)
{
    uint64_t unsigned_size = 0;
    enum evx_status s = j->ops->last_boundary(j, out);
    if (s || out->note.n) return s;
    s = j->ops->unsigned_boundaries(j, take_first, &unsigned_size);
    uint64_t size = unsigned_size;
    do {
        if (s || size == 0) return s ? s : EVX_E_NOT_FOUND;
        s = j->ops->boundary(j, --size, out);
    } while (s || out->size >= unsigned_size);
    return EVX_OK;
}

enum evx_status evx_tiles_write(struct evx_journal *j, const char *folder, uint64_t *size)
{
    struct evx_journal_boundary b = {0};
    struct evx_buf scratch = {0};
    enum evx_status s = newest_signed(j, &b);
    uint64_t count = s ? 0 : b.size;
    for (unsigned level = 0; !s && count; level++, count /= WIDTH)
        s = write_level(j, folder, level, count, &scratch);
    if (!s) s = write_entries(j, folder, b.size, &scratch);
    if (!s) s = evx_dir_make(folder);
    if (!s) s = write_checkpoint(j, folder, &b);
    if (size) *size = b.size;
    evx_buf_free(&scratch);
    evx_journal_boundary_free(&b);
    return s;
}

// The tiles that are full at this size stand there already.
static enum evx_status write_partials(struct evx_journal *j, const char *folder, uint64_t size)
{
    struct evx_buf scratch = {0};
    struct evx_journal_entry e = {0};
    enum evx_status s = EVX_OK;
    uint64_t count = size;
    for (unsigned level = 0; !s && count; level++, count /= WIDTH) {
        char kind[8];
        unsigned width = (unsigned)(count % WIDTH);
        snprintf(kind, sizeof kind, "%u", level);
        if (width) s = hash_tile(&scratch, j, level, count / WIDTH, width);
        if (width && !s) s = write_tile(folder, kind, count / WIDTH, width, evx_buf_bytes(&scratch));
    }
    unsigned width = (unsigned)(size % WIDTH);
    if (!s && width) s = entry_tile(&scratch, j, &e, size / WIDTH, width);
    if (!s && width) s = write_tile(folder, "entries", size / WIDTH, width, evx_buf_bytes(&scratch));
    evx_journal_entry_free(&e);
    evx_buf_free(&scratch);
    return s;
}

// The note at the greatest size below `below` at which there are lines. NOT_FOUND.
static enum evx_status cosigned_note(struct evx_journal *j, uint64_t below, struct evx_journal_boundary *out)
{
    uint64_t size = 0;
    enum evx_status s = j->ops->cosigned_below(j, below, &size);
    if (!s) s = j->ops->boundary(j, size, out);
    if (!s && out->size != size) s = EVX_E_STORE_DAMAGED;
    return s ? s : j->ops->cosignatures(j, size, &out->note);
}

static enum evx_status newest_quorate(struct evx_journal *j, const struct evx_policy *policy,
                                      struct evx_journal_boundary *out)
{
    struct evx_grade g = {0};
    uint64_t below = UINT64_MAX;
    enum evx_status s = EVX_OK;
    while (!s && g.level != EVX_GRADE_WITNESSED) {
        evx_journal_boundary_free(out);
        s = cosigned_note(j, below, out);
        if (!s && evx_policy_grade(&g, policy, evx_buf_bytes(&out->note))) g.level = EVX_GRADE_NONE;
        below = out->size;
    }
    return s;
}

enum evx_status evx_tiles_write_witnessed(struct evx_journal *j, const char *folder,
                                          const struct evx_policy *policy, uint64_t *size)
{
    struct evx_journal_boundary b = {0};
    char *path = evx_path_join(folder, "witnessed-checkpoint");
    enum evx_status s = path ? newest_quorate(j, policy, &b) : EVX_E_MEMORY;
    *size = s ? 0 : b.size;
    if (!s) s = write_partials(j, folder, b.size);
    if (!s) s = evx_file_replace(path, evx_buf_bytes(&b.note), 0644);
    evx_journal_boundary_free(&b);
    free(path);
    return s == EVX_E_NOT_FOUND ? EVX_OK : s;
}
