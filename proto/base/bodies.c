// SPDX-License-Identifier: Apache-2.0
#include "proto/base/bodies.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/file.h"

struct evx_bodies {
    char *path, *folder;
    uint64_t segment_bytes;
    uint64_t first;     // number of the lowest segment that may exist
    uint64_t end, kept; // places; behind `kept` nothing is committed yet
    bool read_only;
    bool unsynced;
    bool tidy; // nothing is left outside [first, end)
    enum evx_status broken;
    int write_fd, read_fd;
    uint64_t write_segment, read_segment; // of the open descriptors
};

static enum evx_status status_of_errno(void)
{
    return errno == ENOSPC || errno == EDQUOT ? EVX_E_DISK_FULL : EVX_E_IO;
}

static char *segment_path(const struct evx_bodies *b, uint64_t segment)
{
    char *path = NULL;
    return asprintf(&path, "%s.%llu", b->path, (unsigned long long)segment) < 0 ? NULL : path;
}

static int open_segment(const struct evx_bodies *b, uint64_t segment, int flags)
{
    char *path = segment_path(b, segment);
    int fd = path ? open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600) : -1;
    free(path);
    return fd;
}

static void close_descriptor(int *fd)
{
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

static void remove_segment(struct evx_bodies *b, uint64_t segment)
{
    if (b->write_fd >= 0 && b->write_segment == segment) {
        close_descriptor(&b->write_fd);
        b->unsynced = false; // every other segment was synced when this one was begun
    }
    if (b->read_segment == segment) close_descriptor(&b->read_fd);
    char *path = segment_path(b, segment);
    if (path) unlink(path); // what stays behind is removed at the next open
    free(path);
}

// The segment's number when `name` is one of ours.
static bool number_in(const struct evx_bodies *b, const char *name, uint64_t *number)
{
    const char *slash = strrchr(b->path, '/'), *own = slash ? slash + 1 : b->path;
    size_t n = strlen(own);
    if (strncmp(name, own, n) != 0 || name[n] != '.' || name[n + 1] < '0' || name[n + 1] > '9') return false;
    char *end;
    errno = 0;
    *number = strtoull(name + n + 1, &end, 10);
    return *end == '\0' && errno == 0;
}

static enum evx_status remove_outside(struct evx_bodies *b, uint64_t first, uint64_t last)
{
    DIR *d = opendir(b->folder);
    if (!d) return EVX_E_IO;
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        uint64_t number;
        if (number_in(b, e->d_name, &number) && (number < first || number > last)) remove_segment(b, number);
    }
    closedir(d);
    return EVX_OK;
}

// Bytes of one segment file; 0 when there is none.
static uint64_t size_of(const struct evx_bodies *b, uint64_t segment)
{
    char *path = segment_path(b, segment);
    struct stat st;
    bool there = path && stat(path, &st) == 0;
    free(path);
    return there ? (uint64_t)st.st_size : 0;
}

static enum evx_status cut_to(const struct evx_bodies *b, uint64_t segment, uint64_t bytes)
{
    char *path = segment_path(b, segment);
    enum evx_status s = path ? EVX_OK : EVX_E_MEMORY;
    if (!s && truncate(path, (off_t)bytes) && errno != ENOENT) s = EVX_E_IO;
    free(path);
    return s;
}

// What rows refer to must be there.
static enum evx_status check_end(struct evx_bodies *b, const struct evx_bodies_options *o)
{
    b->first = o->begin / b->segment_bytes;
    b->end = b->kept = o->end;
    if (o->end == o->begin) return EVX_OK;
    uint64_t last = o->end - 1; // the byte's place
    return size_of(b, last / b->segment_bytes) > last % b->segment_bytes ? EVX_OK : EVX_E_STORE_DAMAGED;
}

// What a crash left behind goes, but only once something new is written: beside an
// old copy of the database that was put back by mistake, it is no leftover.
static enum evx_status remove_leftovers(struct evx_bodies *b)
{
    if (b->tidy) return EVX_OK;
    enum evx_status s = remove_outside(b, b->first, b->end / b->segment_bytes);
    if (!s) s = cut_to(b, b->end / b->segment_bytes, b->end % b->segment_bytes);
    b->tidy = !s;
    return s;
}

static enum evx_status set_up(struct evx_bodies *b, const char *path, const struct evx_bodies_options *o)
{
    b->write_fd = b->read_fd = -1;
    b->segment_bytes = o->segment_bytes;
    b->read_only = o->read_only;
    b->path = strdup(path);
    char *copy = strdup(path);
    b->folder = copy ? strdup(dirname(copy)) : NULL;
    free(copy);
    if (!b->path || !b->folder) return EVX_E_MEMORY;
    return b->read_only ? EVX_OK : check_end(b, o);
}

enum evx_status evx_bodies_open(struct evx_bodies **out, const char *path,
                                const struct evx_bodies_options *options)
{
    *out = NULL;
    if (!options->segment_bytes || options->begin > options->end) return EVX_E_BUG;
    struct evx_bodies *b = calloc(1, sizeof *b);
    if (!b) return EVX_E_MEMORY;
    enum evx_status s = set_up(b, path, options);
    if (s) evx_bodies_close(&b);
    *out = b;
    return s;
}

void evx_bodies_close(struct evx_bodies **b)
{
    if (!b || !*b) return;
    close_descriptor(&(*b)->write_fd);
    close_descriptor(&(*b)->read_fd);
    free((*b)->path);
    free((*b)->folder);
    free(*b);
    *b = NULL;
}

uint64_t evx_bodies_end(const struct evx_bodies *b) { return b->end; }

enum evx_status evx_bodies_sync(struct evx_bodies *b)
{
    if (b->broken) return b->broken;
    if (!b->unsynced) return EVX_OK;
    if (b->write_fd < 0 || fdatasync(b->write_fd)) {
        b->broken = EVX_E_IO;
        return b->broken;
    }
    b->unsynced = false;
    return EVX_OK;
}

// A segment that is left behind is made durable first: later syncs see only the new one.
static enum evx_status aim_writer(struct evx_bodies *b, uint64_t segment)
{
    if (b->write_fd >= 0 && b->write_segment == segment) return EVX_OK;
    enum evx_status s = evx_bodies_sync(b);
    if (s) return s;
    close_descriptor(&b->write_fd);
    b->write_fd = open_segment(b, segment, O_RDWR | O_CREAT);
    if (b->write_fd < 0) return status_of_errno();
    b->write_segment = segment;
    s = evx_dir_sync(b->folder);
    if (s) b->broken = s; // a file whose name may be gone after a crash
    return s;
}

static enum evx_status write_at(int fd, struct evx_bytes body, uint64_t at)
{
    while (body.n) {
        ssize_t n = pwrite(fd, body.p, body.n, (off_t)at);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return status_of_errno();
        body.p += n;
        body.n -= (size_t)n;
        at += (uint64_t)n;
    }
    return EVX_OK;
}

// A body lies in one segment: what would not fit begins the next.
static uint64_t place_for(const struct evx_bodies *b, size_t n)
{
    uint64_t used = b->end % b->segment_bytes;
    return n <= b->segment_bytes - used ? b->end : b->end - used + b->segment_bytes;
}

// Should cutting fail, the bytes are written over, or cut at the next open.
static void cut_back(struct evx_bodies *b, uint64_t end)
{
    uint64_t last = end / b->segment_bytes;
    uint64_t written = b->write_fd >= 0 ? b->write_segment : b->end / b->segment_bytes;
    for (uint64_t i = last + 1; i <= written; i++)
        remove_segment(b, i);
    EVX_IGNORE(cut_to(b, last, end % b->segment_bytes), "written over, or cut at the next open");
    b->end = end;
}

enum evx_status evx_bodies_append(struct evx_bodies *b, struct evx_bytes body, uint64_t *place)
{
    *place = 0;
    if (b->read_only) return EVX_E_BUG;
    if (b->broken) return b->broken;
    if (body.n > b->segment_bytes) return EVX_E_TOO_LARGE;
    uint64_t at = place_for(b, body.n);
    if (at > INT64_MAX - body.n) return EVX_E_TOO_LARGE;
    enum evx_status s = remove_leftovers(b);
    if (s) return s;
    s = aim_writer(b, at / b->segment_bytes);
    if (!s) s = write_at(b->write_fd, body, at % b->segment_bytes);
    if (s) {
        // The space goes back to the disk: a full one must not stay full of halves.
        cut_back(b, b->end);
        return s;
    }
    b->unsynced = true;
    b->end = at + body.n;
    *place = at;
    return EVX_OK;
}

void evx_bodies_keep(struct evx_bodies *b) { b->kept = b->end; }

void evx_bodies_undo(struct evx_bodies *b)
{
    if (b->tidy && b->kept < b->end) cut_back(b, b->kept);
}

static enum evx_status aim_reader(struct evx_bodies *b, uint64_t segment, int *fd)
{
    *fd = b->write_fd;
    if (b->write_fd >= 0 && b->write_segment == segment) return EVX_OK;
    if (b->read_fd < 0 || b->read_segment != segment) {
        close_descriptor(&b->read_fd);
        b->read_fd = open_segment(b, segment, O_RDONLY);
        b->read_segment = segment;
    }
    *fd = b->read_fd;
    if (b->read_fd >= 0) return EVX_OK;
    return errno == ENOENT || errno == ELOOP ? EVX_E_STORE_DAMAGED : EVX_E_IO;
}

enum evx_status evx_bodies_read(struct evx_bodies *b, uint64_t place, uint64_t n, struct evx_buf *out)
{
    uint64_t at = place % b->segment_bytes;
    if (n > b->segment_bytes - at) return EVX_E_STORE_DAMAGED;
    int fd = -1;
    enum evx_status s = aim_reader(b, place / b->segment_bytes, &fd);
    if (!s) s = evx_buf_reserve(out, (size_t)n);
    for (size_t got = 0; !s && got < n;) {
        ssize_t r = pread(fd, out->p + out->n, (size_t)n - got, (off_t)(at + got));
        if (r < 0 && errno == EINTR) continue;
        if (r < 0) s = EVX_E_IO;
        if (r == 0) s = EVX_E_STORE_DAMAGED;
        if (r > 0) {
            got += (size_t)r;
            out->n += (size_t)r;
        }
    }
    return s;
}

void evx_bodies_release(struct evx_bodies *b, uint64_t place)
{
    if (b->read_only) return;
    uint64_t last = b->end / b->segment_bytes;
    for (; b->first < last && (b->first + 1) * b->segment_bytes <= place; b->first++)
        remove_segment(b, b->first);
    if (!b->tidy || place < b->end || b->end % b->segment_bytes == 0) return;
    cut_back(b, last * b->segment_bytes);
    b->kept = b->end;
}

enum evx_status evx_bodies_wipe(struct evx_bodies *b, uint64_t place, uint64_t n)
{
    static const uint8_t zero[16384];
    uint64_t segment = place / b->segment_bytes, at = place % b->segment_bytes, size = size_of(b, segment);
    if (b->read_only) return EVX_E_BUG;
    if (at >= size) return EVX_OK;
    uint64_t end = n < size - at ? at + n : size;
    int fd = open_segment(b, segment, O_WRONLY);
    if (fd < 0) return EVX_E_IO;
    enum evx_status s = EVX_OK;
    for (size_t part; !s && at < end; at += part) {
        part = end - at < sizeof zero ? (size_t)(end - at) : sizeof zero;
        s = write_at(fd, evx_bytes(zero, part), at);
    }
    if (!s && fdatasync(fd)) s = EVX_E_IO;
    close(fd);
    return s;
}
