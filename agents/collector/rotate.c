// SPDX-License-Identifier: Apache-2.0
//
// A new generation of the store key. Order: the next key is on the disk, sealed; what is
// derived from evidence is thrown away; all item keys change hands in ONE transaction
// that also notes the generation; the old key file is overwritten. The generation in
// keys.db says at every moment which of the two files counts.
#include <stdlib.h>
#include <string.h>

#include "agents/collector/store_parts.h"
#include "proto/base/file.h"

struct rotation {
    struct evx_store *store;
    const struct evx_store_key *next;
    struct evx_buf ids; // of the consignment under way
    uint64_t items;
};

static enum evx_status take_id(void *user, const struct evx_store_row *row)
{
    return evx_buf_append(user, row->item_id.b, sizeof row->item_id.b);
}

static enum evx_status rewrap_slot(struct rotation *r, uint8_t *slot, const uint8_t *id)
{
    static const uint8_t zero[EVX_REWRAP_BYTES];
    struct evx_item_id item;
    struct evx_item_key ik;
    if (memcmp(slot, zero, sizeof zero) == 0) return EVX_OK;
    memcpy(item.b, id, sizeof item.b);
    enum evx_status s = evx_unwrap(&ik, r->store->master, slot, &item);
    if (!s) s = evx_rewrap(slot, r->next, &ik, &item);
    evx_wipe(&ik, sizeof ik);
    r->items += !s;
    return s;
}

// Keys that an unfinished batch left behind belong to nothing and are not carried over.
static enum evx_status rewrap_row(void *user, uint64_t index, uint8_t *slots, size_t n, bool *changed)
{
    struct rotation *r = user;
    evx_buf_clear(&r->ids);
    enum evx_status s = evx_store_items_at(r->store, index, take_id, &r->ids);
    *changed = true;
    if (s == EVX_E_NOT_FOUND) {
        memset(slots, 0, n);
        return EVX_OK;
    }
    size_t count = n / EVX_REWRAP_BYTES;
    if (!s && (n % EVX_REWRAP_BYTES || count * 16 != r->ids.n)) s = EVX_E_STORE_DAMAGED;
    for (size_t i = 0; !s && i < count; i++)
        s = rewrap_slot(r, slots + i * EVX_REWRAP_BYTES, r->ids.p + i * 16);
    return s;
}

static enum evx_status rewrap_all(struct rotation *r)
{
    struct evx_store *store = r->store;
    enum evx_status s = evx_keys_begin(store->keys);
    if (!s) s = evx_keys_walk(store->keys, rewrap_row, r);
    if (!s) s = evx_keys_set_generation(store->keys, evx_store_key_generation(r->next));
    if (!s) s = evx_keys_commit(store->keys);
    if (s) evx_keys_rollback(store->keys);
    evx_buf_free(&r->ids);
    return s;
}

static enum evx_status drop_file(const struct evx_store *s, const char *name)
{
    char *path = evx_path_join(s->folder, name);
    enum evx_status status = path ? evx_file_destroy(path) : EVX_E_MEMORY;
    free(path);
    return status;
}

enum evx_status evx_store_drop_index(struct evx_store *s)
{
    static const char *const names[] = {"index.db-wal", "index.db-shm", "index.db-journal", "index.db"};
    enum evx_status status = EVX_OK;
    for (size_t i = 0; !status && i < sizeof names / sizeof names[0]; i++)
        status = drop_file(s, names[i]);
    return status;
}

enum evx_status evx_store_rotate(struct evx_store *s, const struct evx_box_public *to, uint64_t *items)
{
    *items = 0;
    struct evx_store_key *next = NULL;
    if (s->read_only || s->writing) return EVX_E_BUG;
    enum evx_status status = evx_store_key_next(&next, s->master);
    if (!status) status = evx_store_keyfile_next(s, next, to);
    if (!status) status = evx_store_drop_index(s);
    struct rotation r = {.store = s, .next = next};
    if (!status) status = rewrap_all(&r);
    if (!status) {
        evx_store_key_destroy(&s->master);
        s->master = next;
        next = NULL;
        *items = r.items;
        status = evx_keys_flush(s->keys);
    }
    if (!status) status = evx_store_keyfile_finish(s);
    evx_store_key_destroy(&next);
    return status;
}
