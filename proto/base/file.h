// SPDX-License-Identifier: Apache-2.0
//
// Files, with one durability recipe: temporary name, write, fsync, rename,
// fsync of the folder. Paths are UTF-8; all calls may block.
#ifndef EVX_PROTO_BASE_FILE_H
#define EVX_PROTO_BASE_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "proto/base/bytes.h"

// Reads a whole regular file of at most `limit` bytes into *out (appended to an
// empty buffer). FILE_UNREADABLE, FILE_TOO_LARGE, IO, MEMORY.
EVX_MUST_CHECK enum evx_status evx_file_read(struct evx_buf *out, const char *path, size_t limit);

// Replaces `path` atomically and durably. The content is on disk on return.
EVX_MUST_CHECK enum evx_status evx_file_replace(const char *path, struct evx_bytes content, mode_t mode);
// The same, but fails with FILE_EXISTS if `path` exists.
EVX_MUST_CHECK enum evx_status evx_file_create(const char *path, struct evx_bytes content, mode_t mode);
// Writes `path` anew, its folders made, without syncing: for what can be made again.
EVX_MUST_CHECK enum evx_status evx_file_write(const char *path, struct evx_bytes content, mode_t mode);
// Overwrites the content with zeros in place, on the disk on return, then removes the
// name. What the disk itself keeps of old blocks is beyond any program. OK when there
// is no such file; IO.
EVX_MUST_CHECK enum evx_status evx_file_destroy(const char *path);
// mkdir -p, 0700.
EVX_MUST_CHECK enum evx_status evx_dir_make(const char *path);
EVX_MUST_CHECK enum evx_status evx_dir_sync(const char *path);
// Takes an exclusive lock file; *fd stays open as long as the lock is held.
// ALREADY_RUNNING when somebody else has it.
EVX_MUST_CHECK enum evx_status evx_file_lock(int *fd, const char *path);
// Free bytes for an ordinary user on the file system of `path`.
EVX_MUST_CHECK enum evx_status evx_dir_free_bytes(uint64_t *bytes, const char *path);
// "a/b" + "c" -> "a/b/c", malloc'd. NULL only without memory.
char *evx_path_join(const char *folder, const char *name);
bool evx_path_exists(const char *path);

#endif
