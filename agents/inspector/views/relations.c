// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/relations.h"

#include <stdlib.h>
#include <string.h>

struct sorted {
    uint8_t key[32];
    uint32_t position;
};

static int by_key(const void *a, const void *b)
{
    const struct sorted *x = a, *y = b;
    int order = memcmp(x->key, y->key, sizeof x->key);
    return order ? order : (x->position > y->position) - (x->position < y->position);
}

static enum evx_status sort_ids(struct evx_facts *f)
{
    for (size_t i = 0; i < f->items; i++) {
        struct sorted e = {.position = (uint32_t)i};
        memcpy(e.key, f->item[i].x.id.b, sizeof f->item[i].x.id.b);
        enum evx_status s = evx_buf_append(&f->by_id, &e, sizeof e);
        if (s) return s;
    }
    if (f->by_id.n) qsort(f->by_id.p, f->by_id.n / sizeof(struct sorted), sizeof(struct sorted), by_key);
    return EVX_OK;
}

// The first item in the log that carries the id.
size_t evx_facts_find(const struct evx_facts *f, const struct evx_item_id *id)
{
    const struct sorted *e = (const struct sorted *)(const void *)f->by_id.p;
    size_t low = 0, high = f->by_id.n / sizeof *e;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(e[middle].key, id->b, sizeof id->b) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < f->by_id.n / sizeof *e && memcmp(e[low].key, id->b, sizeof id->b) == 0;
    return found ? e[low].position : SIZE_MAX;
}

static enum evx_version version_by(enum evx_relation r)
{
    switch (r) {
    case EVX_RELATION_NONE: return EVX_VERSION_CURRENT;
    case EVX_RELATION_SUPERSEDES: return EVX_VERSION_SUPERSEDED;
    case EVX_RELATION_CORRECTS: return EVX_VERSION_CORRECTED;
    case EVX_RELATION_WITHDRAWS: return EVX_VERSION_WITHDRAWN;
    }
    return EVX_VERSION_CURRENT;
}

static void apply(struct evx_facts *f, size_t i)
{
    struct evx_item_fact *item = &f->item[i];
    if (item->x.relation == EVX_RELATION_NONE || item->x.code != EVX_OK || item->x.unreadable) return;
    size_t target = evx_facts_find(f, &item->x.target);
    if (target == SIZE_MAX || target == i) return;
    struct evx_item_fact *old = &f->item[target];
    if (strcmp(old->x.sender, item->x.sender) != 0) {
        item->foreign = true;
        return;
    }
    old->version = version_by(item->x.relation);
    old->by = (uint32_t)i;
}

static enum evx_status find_twins(struct evx_facts *f)
{
    struct evx_buf b = {0};
    enum evx_status s = EVX_OK;
    for (size_t i = 0; !s && i < f->items; i++) {
        struct sorted e = {.position = (uint32_t)i};
        f->item[i].twin = (uint32_t)i;
        memcpy(e.key, f->item[i].x.content.b, sizeof e.key);
        if (evx_fact_is_evidence(&f->item[i])) s = evx_buf_append(&b, &e, sizeof e);
    }
    struct sorted *e = (struct sorted *)(void *)b.p;
    size_t n = b.n / sizeof *e;
    if (!s && n) qsort(e, n, sizeof *e, by_key);
    for (size_t i = 1; !s && i < n; i++)
        if (memcmp(e[i].key, e[i - 1].key, sizeof e->key) == 0)
            f->item[e[i].position].twin = f->item[e[i - 1].position].twin;
    evx_buf_free(&b);
    return s;
}

enum evx_status evx_relations_work_out(struct evx_facts *f)
{
    enum evx_status s = sort_ids(f);
    for (size_t i = 0; !s && i < f->items; i++)
        apply(f, i);
    return s ? s : find_twins(f);
}
