// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/store_parts.h"

#include <string.h>

static const uint8_t zero[EVX_REWRAP_BYTES];

static enum evx_status zero_keys(struct evx_store *s, const struct evx_store_ref *ref, size_t n)
{
    enum evx_status status = evx_keys_begin(s->keys);
    // What was refused never had a key.
    for (size_t i = 0; !status && i < n; i++) {
        status = evx_keys_erase(s->keys, ref[i].index, ref[i].number);
        if (status == EVX_E_NOT_FOUND) status = EVX_OK;
    }
    if (!status) status = evx_keys_commit(s->keys);
    if (status) evx_keys_rollback(s->keys);
    return status;
}

enum evx_status evx_store_erase(struct evx_store *s, const struct evx_store_ref *ref, size_t n)
{
    if (s->read_only || s->writing) return EVX_E_BUG;
    enum evx_status status = zero_keys(s, ref, n);
    if (!status) status = evx_keys_flush(s->keys);
    for (size_t i = 0; !status && i < n; i++)
        if (!i || ref[i].index != ref[i - 1].index) status = evx_wraps_drop(s, ref[i].index);
    return status ? status : evx_store_db_flush(s->rows);
}

// --- what has no key ---

struct keyless {
    struct evx_store *store;
    evx_store_visit visit;
    void *user;
    const uint8_t *slots;
    size_t n;
};

static enum evx_status look_at_item(void *user, const struct evx_store_row *row)
{
    struct keyless *k = user;
    if (row->code) return EVX_OK;
    size_t at = (size_t)row->ref.number * EVX_REWRAP_BYTES;
    bool gone = at + EVX_REWRAP_BYTES > k->n || memcmp(k->slots + at, zero, sizeof zero) == 0;
    return gone ? k->visit(k->user, row) : EVX_OK;
}

static enum evx_status take_slots(void *user, uint64_t index, uint8_t *slots, size_t n, bool *changed)
{
    (void)changed;
    struct keyless *k = user;
    k->slots = slots;
    k->n = n;
    enum evx_status status = evx_store_items_at(k->store, index, look_at_item, k);
    // An unfinished batch may have left keys without a consignment.
    return status == EVX_E_NOT_FOUND ? EVX_OK : status;
}

struct rowless {
    struct keyless k;
    uint64_t index;
    bool known;
};

// A consignment with accepted items and no row of keys at all.
static enum evx_status look_for_row(void *user, const struct evx_store_row *row)
{
    struct rowless *r = user;
    if (row->code) return EVX_OK;
    uint8_t slot[EVX_REWRAP_BYTES];
    if (!r->known || r->index != row->ref.index) {
        enum evx_status status = evx_keys_get(r->k.store->keys, row->ref.index, 0, slot);
        if (status && status != EVX_E_NOT_FOUND) return status;
        r->known = true;
        r->index = row->ref.index;
        r->k.n = status ? 0 : SIZE_MAX;
    }
    return r->k.n ? EVX_OK : r->k.visit(r->k.user, row);
}

enum evx_status evx_store_keyless(struct evx_store *s, evx_store_visit visit, void *user)
{
    struct rowless r = {.k = {.store = s, .visit = visit, .user = user}};
    enum evx_status status = evx_keys_walk(s->keys, take_slots, &r.k);
    return status ? status : evx_store_items(s, 0, look_for_row, &r);
}
