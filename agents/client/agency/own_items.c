// SPDX-License-Identifier: Apache-2.0
#include "agents/client/agency/own_items.h"

#include <stdlib.h>
#include <string.h>

void evx_own_items_free(struct evx_own_items *o)
{
    free(o->id);
    free(o->place);
    free(o->by_id);
    *o = (struct evx_own_items){0};
}

static bool make_room(struct evx_own_items *o, size_t n)
{
    if (o->cap - o->items < n) {
        size_t cap = 2 * o->cap + n;
        struct evx_item_id *ids = realloc(o->id, cap * sizeof *ids);
        if (!ids) return false;
        o->id = ids;
        o->cap = cap;
    }
    if (o->places < o->place_cap) return true;
    size_t cap = 2 * o->place_cap + 16;
    struct evx_own_place *places = realloc(o->place, cap * sizeof *places);
    if (!places) return false;
    o->place = places;
    o->place_cap = cap;
    return true;
}

enum evx_status evx_own_items_add(struct evx_own_items *o, uint64_t index, const struct evx_item_id *id,
                                  size_t n)
{
    if (!n) return EVX_OK;
    if (!make_room(o, n)) return EVX_E_MEMORY;
    memcpy(o->id + o->items, id, n * sizeof *id);
    o->place[o->places++] = (struct evx_own_place){index, o->items, n};
    o->items += n;
    return EVX_OK;
}

static int by_index(const void *a, const void *b)
{
    const struct evx_own_place *x = a, *y = b;
    return x->index < y->index ? -1 : x->index > y->index;
}

static int by_id(const void *a, const void *b, void *ids)
{
    const struct evx_item_id *id = ids;
    return memcmp(id[*(const size_t *)a].b, id[*(const size_t *)b].b, sizeof id->b);
}

// Ids move so that positions ascend with the log.
static enum evx_status order_ids(struct evx_own_items *o)
{
    struct evx_item_id *ordered = malloc(o->items * sizeof *ordered);
    if (!ordered) return EVX_E_MEMORY;
    size_t at = 0;
    for (size_t i = 0; i < o->places; i++) {
        memcpy(ordered + at, o->id + o->place[i].first, o->place[i].n * sizeof *ordered);
        o->place[i].first = at;
        at += o->place[i].n;
    }
    free(o->id);
    o->id = ordered;
    o->cap = o->items;
    return EVX_OK;
}

enum evx_status evx_own_items_sort(struct evx_own_items *o)
{
    if (!o->items) return EVX_OK;
    qsort(o->place, o->places, sizeof *o->place, by_index);
    enum evx_status s = order_ids(o);
    if (s) return s;
    free(o->by_id);
    o->by_id = malloc(o->items * sizeof *o->by_id);
    if (!o->by_id) return EVX_E_MEMORY;
    for (size_t i = 0; i < o->items; i++)
        o->by_id[i] = i;
    qsort_r(o->by_id, o->items, sizeof *o->by_id, by_id, o->id);
    return EVX_OK;
}

bool evx_own_items_find(const struct evx_own_items *o, const struct evx_item_id *id, size_t *position)
{
    size_t low = 0, high = o->items;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = memcmp(o->id[o->by_id[mid]].b, id->b, sizeof id->b);
        if (order == 0) {
            *position = o->by_id[mid];
            return true;
        }
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return false;
}

size_t evx_own_items_from(const struct evx_own_items *o, uint64_t index)
{
    size_t low = 0, high = o->places;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (o->place[mid].index < index)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

struct loading {
    struct evx_own_items *out;
    struct evx_agent *agent;
    struct evx_buf ids; // of the consignment under way
};

static enum evx_status take_item(void *user, const struct evx_outbox_item *item)
{
    struct loading *l = user;
    return evx_buf_append(&l->ids, &item->id, sizeof item->id);
}

static enum evx_status take_row(void *user, const struct evx_outbox_row *row)
{
    struct loading *l = user;
    if (!row->received_ms) return EVX_OK; // no receipt, so no place in the log
    evx_buf_clear(&l->ids);
    enum evx_status s = evx_agent_items(l->agent, &row->id, take_item, l);
    if (s) return s;
    return evx_own_items_add(l->out, row->index, (const struct evx_item_id *)(const void *)l->ids.p,
                             l->ids.n / sizeof(struct evx_item_id));
}

enum evx_status evx_own_items_load(struct evx_own_items *o, struct evx_agent *a)
{
    struct loading l = {.out = o, .agent = a};
    enum evx_status s = evx_agent_status(a, take_row, &l);
    evx_buf_free(&l.ids);
    return s ? s : evx_own_items_sort(o);
}
