// SPDX-License-Identifier: Apache-2.0
#include "broker/tiles.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/file.h"

#define WIDTH 256

void evx_tile_path(char out[EVX_TILE_PATH], uint64_t number, unsigned width)
{
    char text[EVX_TILE_PATH] = "";
    unsigned groups[8];
    size_t n = 0;
    do {
        groups[n++] = (unsigned)(number % 1000);
        number /= 1000;
    } while (number && n < 8);
    int at = 0;
    while (n--)
        at += snprintf(text + at, sizeof text - (size_t)at, n ? "x%03u/" : "%03u", groups[n]);
    if (width != WIDTH) snprintf(text + at, sizeof text - (size_t)at, ".p/%u", width);
    memcpy(out, text, sizeof text);
}

static enum evx_status make_parent(char *path)
{
    char *slash = strrchr(path, '/');
    *slash = 0;
    enum evx_status s = evx_dir_make(path);
    *slash = '/';
    return s;
}

static enum evx_status write_file(char *path, struct evx_bytes content)
{
    enum evx_status s = make_parent(path);
    int fd = s ? -1 : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0) return s ? s : EVX_E_IO;
    if (write(fd, content.p, content.n) != (ssize_t)content.n) s = EVX_E_IO;
    if (close(fd)) s = EVX_E_IO;
    return s;
}

static enum evx_status write_tile(const char *folder, const char *kind, uint64_t number, unsigned width,
                                  struct evx_bytes content)
{
    char name[EVX_TILE_PATH], *path = NULL;
    evx_tile_path(name, number, width);
    if (asprintf(&path, "%s/tile/%s/%s", folder, kind, name) < 0) return EVX_E_MEMORY;
    enum evx_status s = write_file(path, content);
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

static unsigned width_at(uint64_t count, uint64_t number)
{
    uint64_t left = count - number * WIDTH;
    return left < WIDTH ? (unsigned)left : WIDTH;
}

static enum evx_status write_level(struct evx_journal *j, const char *folder, unsigned level, uint64_t count,
                                   struct evx_buf *scratch)
{
    char kind[8];
    snprintf(kind, sizeof kind, "%u", level);
    enum evx_status s = EVX_OK;
    for (uint64_t n = 0; !s && n * WIDTH < count; n++) {
        unsigned width = width_at(count, n);
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
        unsigned width = width_at(size, n);
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
