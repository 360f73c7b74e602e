// SPDX-License-Identifier: Apache-2.0
//
// What the files of the store share. For store*.c and their tests only.
#ifndef EVX_AGENTS_COLLECTOR_STORE_PARTS_H
#define EVX_AGENTS_COLLECTOR_STORE_PARTS_H

#include "agents/collector/engine/keys_sqlite.h"
#include "agents/collector/engine/store_sqlite.h"
#include "agents/collector/idmap.h"

#define EVX_STORE_ITEM_BYTES   24 // id 16 · kind u16 · code u16 · retention u16 · zero u16
#define EVX_STORE_SEAL_BYTES   32
#define EVX_STORE_WAL_PAGES    8192 // 128 MiB before a busy collector stops to checkpoint
#define EVX_STORE_SUBKEY_ROWS  1    // numbers of evx_store_subkey()
#define EVX_STORE_SUBKEY_PARTS 2

// The consignment opened last: items are mostly opened in order.
struct evx_store_cache {
    bool filled;
    uint64_t index;
    struct evx_buf body, items;
    struct evx_consignment consignment;
    struct evx_item_cursor cursor; // of the item that comes next
};

struct evx_store {
    char *folder;
    int lock;    // of the one who writes
    int readers; // shared by those who open items; the writer may take it alone
    bool read_only, writing;
    struct evx_store_db *rows;
    struct evx_keys_db *keys;
    struct evx_store_key *master;
    uint8_t row_key[32], part_key[32];
    struct evx_buf scratch, slots, body;
    struct evx_idmap ids;
    uint64_t ids_next; // first index that the map does not cover
    struct evx_store_cache cache;
};

// --- store_keyfile.c: store.key, and store.key.next while a rotation is under way ---
// Opens the key that keys.db is under, makes one for a fresh store, and brings a
// rotation that was cut short to its end or undoes it. WRAP (another key must be
// tried), GENERATION, NOT_FOUND, STORE_DAMAGED.
EVX_MUST_CHECK enum evx_status evx_store_keyfile_open(struct evx_store *s,
                                                      const struct evx_box_secret *secret,
                                                      const struct evx_box_public *public_key, bool fresh);
// The second half of a rotation: the old file is overwritten, the next takes its place.
EVX_MUST_CHECK enum evx_status evx_store_keyfile_finish(struct evx_store *s);
EVX_MUST_CHECK enum evx_status evx_store_keyfile_next(struct evx_store *s, const struct evx_store_key *next,
                                                      const struct evx_box_public *to);

// --- store_readers.c ---
EVX_MUST_CHECK enum evx_status evx_readers_join(struct evx_store *s);

// --- store_wraps.c ---
// c->body becomes a copy (in s->body) whose key wraps are zeros, if c says where they are.
EVX_MUST_CHECK enum evx_status evx_wraps_leave_out(struct evx_store_consignment *c, struct evx_store *s);
// The same for a consignment that is stored with them; OK when it has none.
EVX_MUST_CHECK enum evx_status evx_wraps_drop(struct evx_store *s, uint64_t index);

// --- store_rows.c: packing and keyed hashes ---
EVX_MUST_CHECK enum evx_status evx_rows_pack(struct evx_buf *out, const struct evx_store_item *item,
                                             size_t items);
// number < packed.n / EVX_STORE_ITEM_BYTES
void evx_rows_unpack(struct evx_store_item *out, struct evx_bytes packed, uint32_t number);
void evx_rows_digest(struct evx_digest *out, struct evx_bytes log_entry, struct evx_bytes body,
                     size_t vouched);
EVX_MUST_CHECK enum evx_status evx_rows_seal(struct evx_digest *out, struct evx_store *s,
                                             const struct evx_store_db_row *row);
// STORE_DAMAGED unless the seal fits. Without a key there is nothing to check with.
EVX_MUST_CHECK enum evx_status evx_rows_check(struct evx_store *s, const struct evx_store_db_row *row);
EVX_MUST_CHECK enum evx_status evx_record_put(struct evx_store *s, enum evx_store_record kind,
                                              struct evx_bytes key, struct evx_bytes content);
// The content of a packed record; STORE_DAMAGED unless its seal fits.
EVX_MUST_CHECK enum evx_status evx_record_open(struct evx_bytes *content, struct evx_store *s,
                                               enum evx_store_record kind, struct evx_bytes key,
                                               struct evx_bytes packed);

// --- store_ids.c ---
EVX_MUST_CHECK enum evx_status evx_ids_add(struct evx_store *s, const struct evx_store_db_row *row);
void evx_ids_forget(struct evx_store *s);

// --- store_item.c ---
// Item keys are in locked memory only while one item is opened.
EVX_MUST_CHECK enum evx_status evx_store_plain(struct evx_store *s, struct evx_store_ref ref,
                                               struct evx_buf *plain);
void evx_store_cache_drop(struct evx_store_cache *c);
// Log entry and body as stored, checked against their row, which is handed out (items
// appended to *items, may be NULL).
EVX_MUST_CHECK enum evx_status evx_store_content(struct evx_store *s, uint64_t index,
                                                 struct evx_store_db_row *row, struct evx_buf *items,
                                                 struct evx_buf *log_entry, struct evx_buf *body);

#endif
