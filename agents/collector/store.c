// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/store_parts.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/file.h"

char *evx_store_folder(const char *state) { return evx_path_join(state, "store"); }

static enum evx_status lock_folder(struct evx_store *s)
{
    if (s->read_only) return EVX_OK;
    enum evx_status status = evx_dir_make(s->folder);
    char *path = evx_path_join(s->folder, "lock");
    if (!status) status = path ? evx_file_lock(&s->lock, path) : EVX_E_MEMORY;
    free(path);
    return status;
}

static enum evx_status open_files(struct evx_store *s, bool *fresh)
{
    char *rows = evx_path_join(s->folder, "store.db"), *keys = evx_path_join(s->folder, "keys.db");
    enum evx_status status = rows && keys ? EVX_OK : EVX_E_MEMORY;
    if (!status) status = evx_keys_open(&s->keys, keys, s->read_only);
    if (!status) status = evx_store_db_open(&s->rows, rows, s->read_only);
    // The first start may have been cut short between its files.
    if (!status) status = evx_store_db_empty(s->rows, fresh);
    free(rows);
    free(keys);
    return status;
}

enum evx_status evx_store_open(struct evx_store **out, const char *folder,
                               const struct evx_box_secret *secret, const struct evx_box_public *public_key,
                               bool read_only)
{
    *out = NULL;
    if (!secret && !read_only) return EVX_E_USAGE;
    struct evx_store *s = calloc(1, sizeof *s);
    if (!s) return EVX_E_MEMORY;
    s->lock = s->readers = -1;
    s->read_only = read_only;
    s->folder = strdup(folder);
    bool fresh = false;
    enum evx_status status = s->folder ? lock_folder(s) : EVX_E_MEMORY;
    if (!status && read_only && secret) status = evx_readers_join(s);
    if (!status) status = open_files(s, &fresh);
    if (!status && secret) status = evx_store_keyfile_open(s, secret, public_key, fresh);
    if (status)
        evx_store_close(&s);
    else
        *out = s;
    return status;
}

void evx_store_close(struct evx_store **store)
{
    if (!store || !*store) return;
    struct evx_store *s = *store;
    if (s->writing) evx_store_rollback(s);
    evx_store_db_close(&s->rows);
    evx_keys_close(&s->keys);
    evx_store_key_destroy(&s->master);
    evx_wipe(s->row_key, sizeof s->row_key);
    evx_wipe(s->part_key, sizeof s->part_key);
    evx_store_cache_drop(&s->cache);
    evx_idmap_free(&s->ids);
    evx_buf_free(&s->scratch);
    evx_buf_free(&s->slots);
    evx_buf_free(&s->body);
    if (s->readers >= 0) close(s->readers);
    if (s->lock >= 0) close(s->lock);
    free(s->folder);
    free(s);
    *store = NULL;
}

const struct evx_store_key *evx_store_master(const struct evx_store *s) { return s->master; }
const char *evx_store_path(const struct evx_store *s) { return s->folder; }

enum evx_status evx_store_begin(struct evx_store *s)
{
    if (s->read_only || s->writing) return EVX_E_BUG;
    enum evx_status status = evx_keys_begin(s->keys);
    if (!status) status = evx_store_db_begin(s->rows);
    if (status) evx_keys_rollback(s->keys);
    s->writing = !status;
    return status;
}

enum evx_status evx_store_commit(struct evx_store *s)
{
    if (!s->writing) return EVX_E_BUG;
    enum evx_status status = evx_keys_commit(s->keys);
    if (!status) status = evx_store_db_commit(s->rows);
    if (status)
        evx_store_rollback(s);
    else
        s->writing = false;
    return status;
}

void evx_store_rollback(struct evx_store *s)
{
    evx_store_db_rollback(s->rows);
    evx_keys_rollback(s->keys);
    evx_ids_forget(s);
    evx_store_cache_drop(&s->cache);
    s->writing = false;
}

enum evx_status evx_store_maintain(struct evx_store *s, bool idle)
{
    if (s->read_only || s->writing) return EVX_OK;
    if (!idle && evx_store_db_wal_pages(s->rows) < EVX_STORE_WAL_PAGES) return EVX_OK;
    enum evx_status status = evx_store_db_checkpoint(s->rows);
    return status ? status : evx_keys_checkpoint(s->keys);
}

// --- writing rows ---

static enum evx_status put_keys(struct evx_store *s, uint64_t index, const struct evx_store_item *item,
                                size_t items)
{
    evx_buf_clear(&s->slots);
    enum evx_status status = evx_buf_reserve(&s->slots, items * EVX_REWRAP_BYTES);
    if (status) return status;
    for (size_t i = 0; i < items; i++) {
        uint8_t *slot = s->slots.p + i * EVX_REWRAP_BYTES;
        if (item[i].code)
            memset(slot, 0, EVX_REWRAP_BYTES);
        else
            memcpy(slot, item[i].wrapped, EVX_REWRAP_BYTES);
    }
    s->slots.n = items * EVX_REWRAP_BYTES;
    return evx_keys_put(s->keys, index, evx_buf_bytes(&s->slots));
}

static uint32_t accepted_of(const struct evx_store_item *item, size_t items)
{
    uint32_t n = 0;
    for (size_t i = 0; i < items; i++)
        n += item[i].code == EVX_OK;
    return n;
}

enum evx_status evx_store_put(struct evx_store *s, const struct evx_store_consignment *c,
                              const struct evx_store_item *item, size_t items)
{
    if (!s->writing || c->index > INT64_MAX || items > EVX_LIMIT_ITEMS) return EVX_E_BUG;
    if (c->vouched && c->vouched >= c->body.n) return EVX_E_BUG;
    struct evx_store_db_row row = {.c = *c, .accepted = accepted_of(item, items)};
    struct evx_buf packed = {0};
    enum evx_status status = evx_rows_pack(&packed, item, items);
    if (!status) status = evx_wraps_leave_out(&row.c, s);
    row.items = evx_buf_bytes(&packed);
    evx_rows_digest(&row.digest, c->log_entry, row.c.body, c->vouched);
    if (!status) status = evx_rows_seal(&row.seal, s, &row);
    if (!status) status = evx_store_db_put(s->rows, &row);
    if (!status && row.accepted) status = put_keys(s, c->index, item, items);
    if (!status) status = evx_ids_add(s, &row);
    evx_buf_free(&packed);
    return status;
}
