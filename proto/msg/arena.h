// SPDX-License-Identifier: Apache-2.0
//
// Memory of one unpacked message: handed out from the front, never returned
// singly, freed as a whole. What the peer's bytes can make us allocate is
// limited by a budget. One thread at a time.
#ifndef EVX_PROTO_MSG_ARENA_H
#define EVX_PROTO_MSG_ARENA_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "proto/base/status.h"

struct evx_msg_arena;

// `expected` is what will probably be needed; `budget` what is allowed at most.
// NULL without memory.
struct evx_msg_arena *evx_msg_arena_new(size_t expected, size_t budget);
void evx_msg_arena_free(struct evx_msg_arena *a);
// The allocator that protobuf-c is given; valid as long as the arena.
ProtobufCAllocator evx_msg_arena_allocator(struct evx_msg_arena *a);
// Why an allocation failed: TOO_LARGE (budget), MEMORY, or EVX_OK if none did.
enum evx_status evx_msg_arena_status(const struct evx_msg_arena *a);
// The arena whose first allocation this is.
struct evx_msg_arena *evx_msg_arena_of(void *first);

#endif
