// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/idmap.h"

#include <stdlib.h>

#define EVX_IDMAP_FIRST 4096

void evx_idmap_free(struct evx_idmap *m)
{
    free(m->slot);
    *m = (struct evx_idmap){0};
}

static uint64_t tag_of(const struct evx_idmap *m, const struct evx_item_id *id)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)(evx_get_be64(id->b) ^ m->key[0]) * (evx_get_be64(id->b + 8) ^ m->key[1]);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static void place_slot(struct evx_idmap *m, struct evx_idmap_slot slot)
{
    size_t i = (size_t)slot.tag & (m->cap - 1);
    while (m->slot[i].place)
        i = (i + 1) & (m->cap - 1);
    m->slot[i] = slot;
    m->used++;
}

static enum evx_status grow(struct evx_idmap *m)
{
    struct evx_idmap bigger = {.cap = m->cap ? m->cap * 2 : EVX_IDMAP_FIRST};
    bigger.slot = calloc(bigger.cap, sizeof *bigger.slot);
    if (!bigger.slot) return EVX_E_MEMORY;
    if (m->cap) {
        bigger.key[0] = m->key[0];
        bigger.key[1] = m->key[1];
    } else {
        evx_random(bigger.key, sizeof bigger.key);
    }
    for (size_t i = 0; i < m->cap; i++)
        if (m->slot[i].place) place_slot(&bigger, m->slot[i]);
    free(m->slot);
    *m = bigger;
    return EVX_OK;
}

enum evx_status evx_idmap_add(struct evx_idmap *m, const struct evx_item_id *id, uint64_t place)
{
    if (m->used * 3 >= m->cap * 2) {
        enum evx_status s = grow(m);
        if (s) return s;
    }
    place_slot(m, (struct evx_idmap_slot){tag_of(m, id), place});
    return EVX_OK;
}

uint64_t evx_idmap_next(const struct evx_idmap *m, const struct evx_item_id *id, size_t *cursor)
{
    if (!m->cap) return 0;
    uint64_t tag = tag_of(m, id);
    while (*cursor < m->cap) {
        const struct evx_idmap_slot *slot = &m->slot[(tag + (*cursor)++) & (m->cap - 1)];
        if (!slot->place) return 0;
        if (slot->tag == tag) return slot->place;
    }
    return 0;
}
