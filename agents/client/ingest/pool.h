// SPDX-License-Identifier: Apache-2.0
//
// Memory of one row: handed out from the front, given back all at once. One
// thread. What a row can take is bounded by the limits on cells and fields.
#ifndef EVX_AGENTS_CLIENT_INGEST_POOL_H
#define EVX_AGENTS_CLIENT_INGEST_POOL_H

#include <stddef.h>

struct evx_pool;
// NULL without memory.
struct evx_pool *evx_pool_new(void);
void evx_pool_destroy(struct evx_pool **p);
// Zeroed and aligned for any type; NULL without memory.
void *evx_pool_take(struct evx_pool *p, size_t n);
// A copy of n bytes with a NUL after them.
char *evx_pool_text(struct evx_pool *p, const char *text, size_t n);
// Everything handed out becomes invalid; the memory is kept for the next row.
void evx_pool_reset(struct evx_pool *p);

#endif
