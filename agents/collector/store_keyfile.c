// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>

#include "agents/collector/store_parts.h"
#include "proto/base/file.h"

#define KEY_NAME       "store.key"
#define NEXT_NAME      "store.key.next"
#define KEY_FILE_BYTES 4096

// What stands in one of the two files under this ENC key. NOT_FOUND without a file.
static enum evx_status load(struct evx_store_key **out, const struct evx_store *s, const char *name,
                            const struct evx_box_secret *secret, const struct evx_box_public *public_key)
{
    *out = NULL;
    struct evx_buf sealed = {0};
    char *path = evx_path_join(s->folder, name);
    enum evx_status status = path ? EVX_OK : EVX_E_MEMORY;
    if (!status && !evx_path_exists(path)) status = EVX_E_NOT_FOUND;
    if (!status) status = evx_file_read(&sealed, path, KEY_FILE_BYTES);
    if (!status) status = evx_store_key_unseal(out, evx_buf_bytes(&sealed), secret, public_key);
    evx_buf_free(&sealed);
    free(path);
    return status;
}

static enum evx_status save(const struct evx_store *s, const char *name, const struct evx_store_key *k,
                            const struct evx_box_public *to)
{
    struct evx_buf sealed = {0};
    char *path = evx_path_join(s->folder, name);
    enum evx_status status = path ? evx_store_key_seal(&sealed, k, to) : EVX_E_MEMORY;
    if (!status) status = evx_file_create(path, evx_buf_bytes(&sealed), 0600);
    evx_buf_free(&sealed);
    free(path);
    return status;
}

static enum evx_status make_key(struct evx_store *s, const struct evx_box_public *public_key)
{
    enum evx_status status = evx_store_key_generate(&s->master);
    return status ? status : save(s, KEY_NAME, s->master, public_key);
}

static enum evx_status destroy_file(const struct evx_store *s, const char *name)
{
    char *path = evx_path_join(s->folder, name);
    enum evx_status status = path ? evx_file_destroy(path) : EVX_E_MEMORY;
    free(path);
    return status;
}

enum evx_status evx_store_keyfile_next(struct evx_store *s, const struct evx_store_key *next,
                                       const struct evx_box_public *to)
{
    return save(s, NEXT_NAME, next, to);
}

enum evx_status evx_store_keyfile_finish(struct evx_store *s)
{
    char *now = evx_path_join(s->folder, KEY_NAME), *next = evx_path_join(s->folder, NEXT_NAME);
    enum evx_status status = now && next ? evx_file_destroy(now) : EVX_E_MEMORY;
    if (!status && rename(next, now)) status = EVX_E_IO;
    if (!status) status = evx_dir_sync(s->folder);
    free(now);
    free(next);
    return status;
}

struct found {
    struct evx_store_key *now, *next;
    enum evx_status now_status, next_status;
    uint64_t generation; // of keys.db; 0 = not set yet
};

static bool fits(const struct evx_store_key *k, uint64_t generation)
{
    return k && (generation == 0 || evx_store_key_generation(k) == generation);
}

// Keys were not re-wrapped yet: what was prepared for it is thrown away.
static enum evx_status stay(struct evx_store *s, struct found *f)
{
    s->master = f->now;
    f->now = NULL;
    if (s->read_only) return EVX_OK;
    enum evx_status status = f->next_status == EVX_E_NOT_FOUND ? EVX_OK : destroy_file(s, NEXT_NAME);
    if (status || f->generation) return status;
    return evx_keys_set_generation(s->keys, evx_store_key_generation(s->master));
}

static enum evx_status move_on(struct evx_store *s, struct found *f)
{
    s->master = f->next;
    f->next = NULL;
    return s->read_only ? EVX_OK : evx_store_keyfile_finish(s);
}

static enum evx_status choose(struct evx_store *s, struct found *f)
{
    if (fits(f->now, f->generation)) return stay(s, f);
    if (f->generation && fits(f->next, f->generation)) return move_on(s, f);
    if (f->now_status && f->now_status != EVX_E_NOT_FOUND) return f->now_status;
    if (f->next_status && f->next_status != EVX_E_NOT_FOUND) return f->next_status;
    return f->now || f->next ? EVX_E_GENERATION : EVX_E_STORE_DAMAGED;
}

static enum evx_status open_key(struct evx_store *s, const struct evx_box_secret *secret,
                                const struct evx_box_public *public_key)
{
    struct found f = {0};
    enum evx_status status = evx_keys_generation(s->keys, &f.generation);
    if (status) return status;
    f.now_status = load(&f.now, s, KEY_NAME, secret, public_key);
    f.next_status = load(&f.next, s, NEXT_NAME, secret, public_key);
    status = choose(s, &f);
    evx_store_key_destroy(&f.now);
    evx_store_key_destroy(&f.next);
    return status;
}

static bool exists(const struct evx_store *s, const char *name)
{
    char *path = evx_path_join(s->folder, name);
    bool there = path && evx_path_exists(path);
    free(path);
    return there;
}

// A new key beside an old store.db would leave everything in it unreadable, so
// a missing key is made only where nothing is stored yet.
enum evx_status evx_store_keyfile_open(struct evx_store *s, const struct evx_box_secret *secret,
                                       const struct evx_box_public *public_key, bool fresh)
{
    enum evx_status status = EVX_OK;
    if (fresh && !exists(s, KEY_NAME)) status = s->read_only ? EVX_E_NOT_FOUND : make_key(s, public_key);
    if (!status && s->master)
        status = evx_keys_set_generation(s->keys, evx_store_key_generation(s->master));
    else if (!status)
        status = open_key(s, secret, public_key);
    if (status) return status;
    evx_store_subkey(s->row_key, s->master, EVX_STORE_SUBKEY_ROWS);
    evx_store_subkey(s->part_key, s->master, EVX_STORE_SUBKEY_PARTS);
    return EVX_OK;
}
