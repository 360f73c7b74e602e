// SPDX-License-Identifier: Apache-2.0
#include "broker/register.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/file.h"

// Slot, 120 bytes: "EVXR" 0 0 0 1 · turn u64 · size u64 · root 32 · SHA-256 of
// the origin 32 · SHA-256 of all before 32. Slots stand 4096 bytes apart, so
// that no sector and no page holds both.
enum { SLOT_BYTES = 120, HASHED_BYTES = 88, SLOT_DISTANCE = 4096, FILE_BYTES = 2 * SLOT_DISTANCE };
static const uint8_t magic[8] = {'E', 'V', 'X', 'R', 0, 0, 0, 1};

static void write_slot(uint8_t out[SLOT_BYTES], const struct evx_register *r)
{
    memcpy(out, magic, sizeof magic);
    evx_put_be64(out + 8, r->turn);
    evx_put_be64(out + 16, r->size);
    memcpy(out + 24, r->root.b, 32);
    memcpy(out + 56, r->origin.b, 32);
    struct evx_digest hash;
    evx_sha256_2(&hash, "evx/register/v1\n", evx_bytes(out, HASHED_BYTES));
    memcpy(out + HASHED_BYTES, hash.b, 32);
}

static bool read_slot(struct evx_register *out, const uint8_t slot[SLOT_BYTES])
{
    struct evx_digest hash;
    evx_sha256_2(&hash, "evx/register/v1\n", evx_bytes(slot, HASHED_BYTES));
    if (memcmp(slot, magic, sizeof magic) || memcmp(slot + HASHED_BYTES, hash.b, 32)) return false;
    out->turn = evx_get_be64(slot + 8);
    out->size = evx_get_be64(slot + 16);
    memcpy(out->root.b, slot + 24, 32);
    memcpy(out->origin.b, slot + 56, 32);
    return true;
}

static void hash_origin(struct evx_digest *out, const char *origin)
{
    evx_sha256(out, evx_bytes_of_text(origin));
}

enum evx_status evx_register_create(const char *path, const char *origin)
{
    uint8_t file[FILE_BYTES] = {0};
    struct evx_register r = {.turn = 1};
    hash_origin(&r.origin, origin);
    evx_sha256(&r.root, evx_bytes(NULL, 0));
    write_slot(file + (r.turn % 2) * SLOT_DISTANCE, &r);
    return evx_file_create(path, evx_bytes(file, sizeof file), 0600);
}

static enum evx_status choose_slot(struct evx_register *r)
{
    bool found = false;
    for (int i = 0; i < 2; i++) {
        uint8_t slot[SLOT_BYTES];
        struct evx_register read = {0};
        if (pread(r->fd, slot, sizeof slot, (off_t)i * SLOT_DISTANCE) != (ssize_t)sizeof slot)
            return EVX_E_IO;
        if (!read_slot(&read, slot) || (found && read.turn < r->turn)) continue;
        read.fd = r->fd;
        *r = read;
        found = true;
    }
    return found ? EVX_OK : EVX_E_STORE_DAMAGED;
}

enum evx_status evx_register_open(struct evx_register *out, const char *path, const char *origin)
{
    *out = (struct evx_register){.fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)};
    if (out->fd < 0) return errno == ENOENT ? EVX_E_NOT_FOUND : EVX_E_IO;
    struct evx_digest expected;
    hash_origin(&expected, origin);
    enum evx_status s = choose_slot(out);
    if (!s && memcmp(expected.b, out->origin.b, sizeof expected.b)) s = EVX_E_CHECKPOINT;
    if (s) evx_register_close(out);
    return s;
}

void evx_register_close(struct evx_register *r)
{
    if (!r) return;
    if (r->fd >= 0) close(r->fd);
    r->fd = -1;
}

enum evx_status evx_register_put(struct evx_register *r, uint64_t size, const struct evx_digest *root)
{
    struct evx_register next = *r;
    next.turn++;
    next.size = size;
    next.root = *root;
    uint8_t slot[SLOT_BYTES];
    write_slot(slot, &next);
    off_t at = (off_t)(next.turn % 2) * SLOT_DISTANCE;
    if (pwrite(r->fd, slot, sizeof slot, at) != (ssize_t)sizeof slot || fdatasync(r->fd)) return EVX_E_IO;
    *r = next;
    return EVX_OK;
}
