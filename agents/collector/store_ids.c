// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/store_parts.h"

#include <string.h>

// Room for every item number below a consignment's limit.
#define EVX_PLACES_PER_INDEX 2048
_Static_assert(EVX_LIMIT_ITEMS <= EVX_PLACES_PER_INDEX, "an item's place must be unique");

static uint64_t place_of(struct evx_store_ref ref)
{
    return ref.index * EVX_PLACES_PER_INDEX + ref.number + 1;
}

static struct evx_store_ref ref_of(uint64_t place)
{
    return (struct evx_store_ref){(place - 1) / EVX_PLACES_PER_INDEX,
                                  (uint32_t)((place - 1) % EVX_PLACES_PER_INDEX)};
}

void evx_ids_forget(struct evx_store *s)
{
    evx_idmap_free(&s->ids);
    s->ids_next = 0;
}

// Somebody may send one id over and over: refused copies of it are not added, or
// they would make one long chain.
static enum evx_status add_item(struct evx_store *s, const struct evx_store_item *item, uint64_t index)
{
    size_t cursor = 0;
    const struct evx_item_id *id = &item->record.item_id;
    if (item->code && evx_idmap_next(&s->ids, id, &cursor)) return EVX_OK;
    return evx_idmap_add(&s->ids, id, place_of((struct evx_store_ref){index, item->record.number}));
}

static enum evx_status add_row(struct evx_store *s, const struct evx_store_db_row *row)
{
    enum evx_status status = EVX_OK;
    for (uint32_t i = 0; !status && i < row->items.n / EVX_STORE_ITEM_BYTES; i++) {
        struct evx_store_item item;
        evx_rows_unpack(&item, row->items, i);
        status = add_item(s, &item, row->c.index);
    }
    if (!status) s->ids_next = row->c.index + 1;
    return status;
}

// Until the first look-up there is no map, and nothing to keep up to date.
enum evx_status evx_ids_add(struct evx_store *s, const struct evx_store_db_row *row)
{
    return s->ids_next && row->c.index >= s->ids_next ? add_row(s, row) : EVX_OK;
}

static enum evx_status load_row(void *user, const struct evx_store_db_row *row)
{
    struct evx_store *s = user;
    enum evx_status status = evx_rows_check(s, row);
    return status ? status : add_row(s, row);
}

static enum evx_status find_in_map(struct evx_store *s, const struct evx_item_id *id,
                                   struct evx_store_row *out)
{
    size_t cursor = 0;
    bool found = false;
    for (uint64_t place; (place = evx_idmap_next(&s->ids, id, &cursor)) != 0;) {
        struct evx_store_row row;
        enum evx_status status = evx_store_row_at(s, ref_of(place), &row);
        if (status) return status;
        if (memcmp(row.item_id.b, id->b, sizeof id->b) != 0) continue;
        bool better =
            !found || (out->code && !row.code) || (!out->code == !row.code && row.ref.index < out->ref.index);
        if (better) *out = row;
        found = true;
    }
    return found ? EVX_OK : EVX_E_NOT_FOUND;
}

enum evx_status evx_store_find(struct evx_store *s, const struct evx_item_id *id, struct evx_store_row *row)
{
    *row = (struct evx_store_row){0};
    if (!s->ids_next || s->read_only) {
        enum evx_status status = evx_store_db_from(s->rows, s->ids_next, load_row, s);
        if (status) return status;
    }
    return find_in_map(s, id, row);
}
