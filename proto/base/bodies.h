// SPDX-License-Identifier: Apache-2.0
//
// Large byte strings beside a database: written once, one after the other, into
// numbered segment files PATH.0, PATH.1 … of one size. A row of the database
// refers to its bytes by their place, a number that only grows, and their length.
//
//   append -> sync -> commit of the row -> keep
//
// is the order that makes it safe: a crash leaves bytes that no row knows, which
// the next append cuts off, never a row without its bytes. Nothing here says that
// what is read is what was written: every reader checks it against a hash or a
// checksum that the database keeps.
//
// One writer, any number of readers in other processes. Calls block on disk. One
// thread an object. After a failed sync every later append and sync answers IO,
// because what reached the disk is not known any more.
#ifndef EVX_PROTO_BASE_BODIES_H
#define EVX_PROTO_BASE_BODIES_H

#include "proto/base/bytes.h"

// Smaller ones are cheaper inside the database, where they cost no sync of their own.
#define EVX_BODIES_LEAST 16384u

struct evx_bodies;

struct evx_bodies_options {
    uint64_t segment_bytes; // the same for ever; no body is larger
    bool read_only;         // for a reader; the two below are of no use to it
    uint64_t begin, end;    // places: the first byte that a row refers to, and behind the last one
};
// STORE_DAMAGED when the files end before `end` (not looked at by a reader); IO, MEMORY.
// What lies outside [begin, end) is removed by the first append and not before.
EVX_MUST_CHECK enum evx_status evx_bodies_open(struct evx_bodies **out, const char *path,
                                               const struct evx_bodies_options *options);
void evx_bodies_close(struct evx_bodies **b);

// Writes behind what is there; files are made with mode 0600. TOO_LARGE, DISK_FULL,
// IO; nothing was appended then.
EVX_MUST_CHECK enum evx_status evx_bodies_append(struct evx_bodies *b, struct evx_bytes body,
                                                 uint64_t *place);
// What was appended is on disk on return. Costs nothing when nothing was.
EVX_MUST_CHECK enum evx_status evx_bodies_sync(struct evx_bodies *b);
// The rows that refer to what was appended are committed …
void evx_bodies_keep(struct evx_bodies *b);
// … or were undone: whatever was appended since the last keep, or since opening, goes.
void evx_bodies_undo(struct evx_bodies *b);
// Where the next body may begin.
uint64_t evx_bodies_end(const struct evx_bodies *b);

// Appends the n bytes at a place to *out. STORE_DAMAGED when they are not all there.
EVX_MUST_CHECK enum evx_status evx_bodies_read(struct evx_bodies *b, uint64_t place, uint64_t n,
                                               struct evx_buf *out);

// Between transactions: no row refers to anything before `place`: segments that lie before it
// are removed, and when nothing lies behind it either, the last one is emptied.
void evx_bodies_release(struct evx_bodies *b, uint64_t place);

// Overwrites the n bytes at a place, which no row refers to any more, with zeros that
// are on disk on return. What is not there (any more) is none of its business.
EVX_MUST_CHECK enum evx_status evx_bodies_wipe(struct evx_bodies *b, uint64_t place, uint64_t n);

#endif
