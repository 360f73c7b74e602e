// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "agents/inspector/views/when.h"

// What is compared stands in the element: qsort hands nothing else over.
struct key {
    int64_t ms;
    int precision;
    uint32_t item;
};

static int by_time(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    int order = evx_when_compare(x->ms, x->precision, y->ms, y->precision);
    return order ? order : (x->item > y->item) - (x->item < y->item);
}

static struct key key_of(const struct evx_item_fact *i, uint32_t position, enum evx_timeline_order by)
{
    switch (by) {
    case EVX_BY_OCCURRED: return (struct key){i->x.occurred.utc_ms, i->x.occurred.precision, position};
    case EVX_BY_RECORDED: return (struct key){i->x.recorded.utc_ms, i->x.recorded.precision, position};
    case EVX_BY_RECEIVED: break;
    }
    return (struct key){(int64_t)i->x.received_ms, EVX__V1__PRECISION__PRECISION_MILLISECOND, position};
}

static bool collapsible(const struct evx_item_fact *i)
{
    return i->x.significance == EVX__V1__SIGNIFICANCE__SIGNIFICANCE_ROUTINE && evx_fact_stands(i);
}

static size_t repetitions(const struct evx_views *v, const struct evx_child_fact *c, uint32_t item)
{
    size_t n = 0;
    for (size_t i = 0; i < c->items; i++)
        n += c->item[i] != item && v->facts.item[c->item[i]].twin == v->facts.item[item].twin;
    return n;
}

static void collapse(struct evx_timeline *out, const struct evx_views *v, const uint32_t *order, bool all)
{
    for (size_t i = 0; i < out->events; i++) {
        bool routine = collapsible(&v->facts.item[order[i]]);
        struct evx_timeline_entry *last = out->n ? &out->entry[out->n - 1] : NULL;
        out->routine += routine;
        if (!all && routine && last && last->collapsed)
            last->n++;
        else
            out->entry[out->n++] =
                (struct evx_timeline_entry){.item = order + i, .n = 1, .collapsed = routine && !all};
    }
}

// Counting repetitions compares every two events; beyond this many it is left out.
#define REPETITIONS_MAX 2000

static enum evx_status sort(uint32_t *order, const struct evx_views *v, const struct evx_child_fact *c,
                            enum evx_timeline_order by)
{
    struct key *key = calloc(c->items ? c->items : 1, sizeof *key);
    if (!key) return EVX_E_MEMORY;
    for (size_t i = 0; i < c->items; i++)
        key[i] = key_of(&v->facts.item[c->item[i]], c->item[i], by);
    qsort(key, c->items, sizeof *key, by_time);
    for (size_t i = 0; i < c->items; i++)
        order[i] = key[i].item;
    free(key);
    return EVX_OK;
}

enum evx_status evx_timeline_work_out(struct evx_timeline *out, struct evx_views *v, size_t child,
                                      enum evx_timeline_order by, bool all)
{
    const struct evx_child_fact *c = &v->children.child[child];
    *out = (struct evx_timeline){.events = c->items};
    uint32_t *order = evx_slab_array(&v->slab, c->items, sizeof *order);
    out->entry = evx_slab_array(&v->slab, c->items, sizeof *out->entry);
    enum evx_status s = order && out->entry ? sort(order, v, c, by) : EVX_E_MEMORY;
    if (s) return s;
    collapse(out, v, order, all);
    for (size_t i = 0; i < out->n && out->n <= REPETITIONS_MAX; i++)
        if (!out->entry[i].collapsed) out->entry[i].same = repetitions(v, c, *out->entry[i].item);
    return EVX_OK;
}
