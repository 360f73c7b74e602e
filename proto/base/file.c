// SPDX-License-Identifier: Apache-2.0
#include "proto/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static enum evx_status write_status(void)
{
    return errno == ENOSPC || errno == EDQUOT ? EVX_E_DISK_FULL : EVX_E_IO;
}

static enum evx_status read_all(struct evx_buf *out, int fd, size_t limit)
{
    for (;;) {
        enum evx_status s = evx_buf_reserve(out, 65536);
        if (s) return s;
        ssize_t n = read(fd, out->p + out->n, out->cap - out->n);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return EVX_E_FILE_UNREADABLE;
        if (n == 0) return EVX_OK;
        out->n += (size_t)n;
        if (out->n > limit) return EVX_E_FILE_TOO_LARGE;
    }
}

enum evx_status evx_file_read(struct evx_buf *out, const char *path, size_t limit)
{
    evx_buf_clear(out);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) return EVX_E_FILE_UNREADABLE;
    struct stat st;
    enum evx_status s = EVX_E_FILE_UNREADABLE;
    if (fstat(fd, &st) || !S_ISREG(st.st_mode)) goto out;
    s = EVX_E_FILE_TOO_LARGE;
    if ((uint64_t)st.st_size > limit) goto out;
    s = evx_buf_reserve(out, (size_t)st.st_size + 1);
    if (!s) s = read_all(out, fd, limit);
out:
    close(fd);
    if (s) evx_buf_free(out);
    return s;
}

static enum evx_status write_all(int fd, struct evx_bytes b)
{
    while (b.n) {
        ssize_t n = write(fd, b.p, b.n);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return write_status();
        b.p += n;
        b.n -= (size_t)n;
    }
    return EVX_OK;
}

static enum evx_status write_and_sync(const char *path, struct evx_bytes content, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0) return write_status();
    enum evx_status s = write_all(fd, content);
    if (!s && fsync(fd)) s = write_status();
    if (close(fd) && !s) s = write_status();
    return s;
}

// The folder that holds `path`, malloc'd.
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash) return strdup(".");
    return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

static enum evx_status sync_folder_of(const char *path)
{
    char *folder = folder_of(path);
    enum evx_status s = folder ? evx_dir_sync(folder) : EVX_E_MEMORY;
    free(folder);
    return s;
}

enum evx_status evx_file_write(const char *path, struct evx_bytes content, mode_t mode)
{
    char *folder = folder_of(path);
    enum evx_status s = folder ? evx_dir_make(folder) : EVX_E_MEMORY;
    free(folder);
    if (s) return s;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0) return write_status();
    s = write_all(fd, content);
    if (close(fd) && !s) s = write_status();
    return s;
}

static char *temporary_beside(const char *path)
{
    char *name = NULL;
    return asprintf(&name, "%s.tmp.%ld", path, (long)getpid()) < 0 ? NULL : name;
}

enum evx_status evx_file_replace(const char *path, struct evx_bytes content, mode_t mode)
{
    char *temporary = temporary_beside(path);
    if (!temporary) return EVX_E_MEMORY;
    unlink(temporary);
    enum evx_status s = write_and_sync(temporary, content, mode);
    if (!s && rename(temporary, path)) s = write_status();
    if (!s) s = sync_folder_of(path);
    if (s) unlink(temporary);
    free(temporary);
    return s;
}

enum evx_status evx_file_create(const char *path, struct evx_bytes content, mode_t mode)
{
    char *temporary = temporary_beside(path);
    if (!temporary) return EVX_E_MEMORY;
    unlink(temporary);
    enum evx_status s = write_and_sync(temporary, content, mode);
    if (!s && link(temporary, path)) s = errno == EEXIST ? EVX_E_FILE_EXISTS : write_status();
    unlink(temporary);
    if (!s) s = sync_folder_of(path);
    free(temporary);
    return s;
}

static enum evx_status write_zeros(int fd, uint64_t n)
{
    static const uint8_t zero[65536];
    enum evx_status s = EVX_OK;
    for (; n && !s; n -= n < sizeof zero ? n : sizeof zero)
        s = write_all(fd, evx_bytes(zero, n < sizeof zero ? (size_t)n : sizeof zero));
    return s;
}

enum evx_status evx_file_destroy(const char *path)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return errno == ENOENT ? EVX_OK : EVX_E_IO;
    struct stat st;
    enum evx_status s = fstat(fd, &st) || !S_ISREG(st.st_mode) ? EVX_E_IO : EVX_OK;
    if (!s) s = write_zeros(fd, (uint64_t)st.st_size);
    if (!s && fsync(fd)) s = EVX_E_IO;
    if (close(fd) && !s) s = EVX_E_IO;
    if (!s && unlink(path)) s = EVX_E_IO;
    return s ? s : sync_folder_of(path);
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

enum evx_status evx_dir_make(const char *path)
{
    char *part = strdup(path);
    if (!part) return EVX_E_MEMORY;
    for (char *p = part + 1; *p; p++) {
        if (*p != '/') continue;
        *p = '\0';
        if (mkdir(part, 0700) && errno != EEXIST && !is_folder(part)) break;
        *p = '/';
    }
    free(part);
    if (mkdir(path, 0700) && !is_folder(path)) return write_status();
    return EVX_OK;
}

enum evx_status evx_dir_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return EVX_E_IO;
    enum evx_status s = fsync(fd) ? EVX_E_IO : EVX_OK;
    close(fd);
    return s;
}

enum evx_status evx_file_lock(int *fd, const char *path)
{
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (*fd < 0) return write_status();
    if (flock(*fd, LOCK_EX | LOCK_NB) == 0) return EVX_OK;
    enum evx_status s = errno == EWOULDBLOCK ? EVX_E_ALREADY_RUNNING : EVX_E_IO;
    close(*fd);
    *fd = -1;
    return s;
}

enum evx_status evx_dir_free_bytes(uint64_t *bytes, const char *path)
{
    *bytes = 0;
    struct statvfs v;
    if (statvfs(path, &v)) return EVX_E_IO;
    *bytes = (uint64_t)v.f_bavail * v.f_frsize;
    return EVX_OK;
}

char *evx_path_join(const char *folder, const char *name)
{
    char *path = NULL;
    size_t n = strlen(folder);
    const char *separator = n && folder[n - 1] == '/' ? "" : "/";
    return asprintf(&path, "%s%s%s", folder, separator, name) < 0 ? NULL : path;
}

bool evx_path_exists(const char *path) { return access(path, F_OK) == 0; }
