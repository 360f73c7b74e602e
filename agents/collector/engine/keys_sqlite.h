// SPDX-License-Identifier: Apache-2.0
//
// keys.db: per consignment one row of fixed slots, slot n for item n. An erased
// slot is all zero. The slots are sealed one by one, so no hash stands beside.
#ifndef EVX_AGENTS_COLLECTOR_ENGINE_KEYS_SQLITE_H
#define EVX_AGENTS_COLLECTOR_ENGINE_KEYS_SQLITE_H

#include "crypto/seal.h"

struct evx_keys_db;
EVX_MUST_CHECK enum evx_status evx_keys_open(struct evx_keys_db **out, const char *path, bool read_only);
void evx_keys_close(struct evx_keys_db **k);

EVX_MUST_CHECK enum evx_status evx_keys_begin(struct evx_keys_db *k);
EVX_MUST_CHECK enum evx_status evx_keys_commit(struct evx_keys_db *k);
void evx_keys_rollback(struct evx_keys_db *k);
// Replaces what an unfinished earlier attempt may have left at the index.
EVX_MUST_CHECK enum evx_status evx_keys_put(struct evx_keys_db *k, uint64_t index, struct evx_bytes slots);
// NOT_FOUND: no such row or slot.
EVX_MUST_CHECK enum evx_status evx_keys_get(struct evx_keys_db *k, uint64_t index, uint32_t number,
                                            uint8_t slot[EVX_REWRAP_BYTES]);
// Zeros the slot in the open transaction. NOT_FOUND.
EVX_MUST_CHECK enum evx_status evx_keys_erase(struct evx_keys_db *k, uint64_t index, uint32_t number);
// Everything into the file and the write-ahead log emptied, so that no old page stays in
// it. BUSY while somebody reads.
EVX_MUST_CHECK enum evx_status evx_keys_flush(struct evx_keys_db *k);
// The generation of the store key that the slots are under; 0 before it was ever set.
EVX_MUST_CHECK enum evx_status evx_keys_generation(struct evx_keys_db *k, uint64_t *generation);
EVX_MUST_CHECK enum evx_status evx_keys_set_generation(struct evx_keys_db *k, uint64_t generation);
// All rows in order. `replace` may change the slots in place (then `changed` is true). The
// caller has a transaction open if anything is changed. One row in memory at a time.
typedef enum evx_status (*evx_keys_visit)(void *user, uint64_t index, uint8_t *slots, size_t n,
                                          bool *changed);
EVX_MUST_CHECK enum evx_status evx_keys_walk(struct evx_keys_db *k, evx_keys_visit visit, void *user);
EVX_MUST_CHECK enum evx_status evx_keys_checkpoint(struct evx_keys_db *k);

#endif
