// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/contradictions.h"

#include <stdlib.h>
#include <string.h>

#include "agents/inspector/views/differences.h"
#include "agents/inspector/views/when.h"

const char *evx_contradiction_name(enum evx_contradiction_kind k)
{
    switch (k) {
    case EVX_DIFFERS_IDENTITY: return "identity";
    case EVX_DIFFERS_EVENT: return "event";
    case EVX_DIFFERS_NIL: return "nil return";
    }
    return "event";
}

// --- which events to compare ---

struct key {
    const char *kind;
    int64_t ms;
    uint32_t item;
};

static int by_kind_and_time(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    if (x->kind != y->kind) return strcmp(x->kind, y->kind);
    if (x->ms != y->ms) return x->ms < y->ms ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

struct plan {
    struct evx_views *v;
    struct evx_buf pairs, children;
    bool cut;
};

static bool comparable(const struct evx_views *v, uint32_t a, uint32_t b)
{
    const struct evx_item_fact *x = &v->facts.item[a], *y = &v->facts.item[b];
    if (strcmp(x->x.sender, y->x.sender) == 0 || x->twin == y->twin) return false;
    int64_t from_a, until_a, from_b, until_b;
    evx_when_interval(&from_a, &until_a, x->x.occurred.utc_ms, x->x.occurred.precision);
    evx_when_interval(&from_b, &until_b, y->x.occurred.utc_ms, y->x.occurred.precision);
    return from_b - until_a <= EVX_CLOSE_MS && from_a - until_b <= EVX_CLOSE_MS;
}

static enum evx_status plan_pair(struct plan *p, size_t child, uint32_t a, uint32_t b)
{
    uint32_t pair[2] = {a < b ? a : b, a < b ? b : a};
    if (p->pairs.n / sizeof pair >= EVX_CONTRADICTION_PAIRS) {
        p->cut = true;
        return EVX_OK;
    }
    enum evx_status s = evx_buf_append(&p->pairs, pair, sizeof pair);
    return s ? s : evx_buf_append(&p->children, &child, sizeof child);
}

static enum evx_status plan_child(struct plan *p, size_t child)
{
    const struct evx_child_fact *c = &p->v->children.child[child];
    struct key *key = calloc(c->items ? c->items : 1, sizeof *key);
    if (!key) return EVX_E_MEMORY;
    size_t n = 0;
    for (size_t i = 0; i < c->items; i++) {
        const struct evx_item_fact *item = &p->v->facts.item[c->item[i]];
        bool dated = item->x.occurred.precision >= EVX__V1__PRECISION__PRECISION_DAY;
        if (evx_fact_stands(item) && dated)
            key[n++] = (struct key){item->x.kind, item->x.occurred.utc_ms, c->item[i]};
    }
    if (n) qsort(key, n, sizeof *key, by_kind_and_time);
    enum evx_status s = EVX_OK;
    for (size_t i = 0; !s && i < n; i++)
        for (size_t j = i + 1; !s && !p->cut && j < n && key[j].kind == key[i].kind; j++) {
            if (key[j].ms - key[i].ms > 3 * EVX_CLOSE_MS) break;
            if (comparable(p->v, key[i].item, key[j].item)) s = plan_pair(p, child, key[i].item, key[j].item);
        }
    free(key);
    return s;
}

// Every item of the children looked at: identity is compared over all of them.
static enum evx_status list_items(struct evx_contradictions *out, struct evx_views *v, size_t child)
{
    size_t n = 0;
    for (size_t k = 0; k < v->children.n; k++)
        if (child == SIZE_MAX || child == k) n += v->children.child[k].items;
    out->item = evx_slab_array(&v->slab, n, sizeof *out->item);
    if (!out->item) return EVX_E_MEMORY;
    for (size_t k = 0; k < v->children.n; k++) {
        if (child != SIZE_MAX && child != k) continue;
        const struct evx_child_fact *c = &v->children.child[k];
        if (c->items) memcpy(out->item + out->items, c->item, c->items * sizeof *out->item);
        out->items += c->items;
    }
    return EVX_OK;
}

enum evx_status evx_contradictions_plan(struct evx_contradictions *out, struct evx_views *v, size_t child)
{
    *out = (struct evx_contradictions){0};
    struct plan p = {.v = v};
    enum evx_status s = EVX_OK;
    for (size_t k = 0; !s && k < v->children.n; k++)
        if (child == SIZE_MAX || child == k) s = plan_child(&p, k);
    out->compared = p.pairs.n / sizeof *out->pair;
    out->cut = p.cut;
    out->pair = evx_slab_array(&v->slab, out->compared, sizeof *out->pair);
    out->pair_child = evx_slab_array(&v->slab, out->compared, sizeof *out->pair_child);
    if (!s && (!out->pair || !out->pair_child)) s = EVX_E_MEMORY;
    if (!s && out->compared) memcpy(out->pair, p.pairs.p, p.pairs.n);
    if (!s && out->compared) memcpy(out->pair_child, p.children.p, p.children.n);
    evx_buf_free(&p.pairs);
    evx_buf_free(&p.children);
    return s ? s : list_items(out, v, child);
}

// --- comparing ---

static enum evx_status compare_pairs(struct evx_differences *d, struct evx_contradictions *c)
{
    enum evx_status s = EVX_OK;
    for (size_t i = 0; !s && i < c->compared; i++)
        s = evx_differences_events(d, c->pair_child[i], c->pair[i][0], c->pair[i][1]);
    return s;
}

static enum evx_status compare_nils(struct evx_differences *d, const struct evx_completeness *completeness,
                                    size_t child)
{
    enum evx_status s = EVX_OK;
    for (size_t k = 0; !s && completeness && k < completeness->children; k++) {
        if (child != SIZE_MAX && completeness->child[k] != child) continue;
        for (size_t a = 0; !s && a < d->v->agencies; a++) {
            const struct evx_return_cell *cell = evx_return_at(completeness, d->v, k, a);
            if (cell->items && cell->nil != EVX_NO_ITEM)
                s = evx_differences_nil(d, completeness->child[k], a, cell);
        }
    }
    return s;
}

enum evx_status evx_contradictions_compare(struct evx_contradictions *c, struct evx_views *v,
                                           const struct evx_completeness *completeness, size_t child)
{
    struct evx_differences d = {.v = v};
    enum evx_status s = evx_differences_begin(&d);
    for (size_t k = 0; !s && k < v->children.n; k++)
        if (child == SIZE_MAX || child == k) s = evx_differences_identity(&d, k);
    if (!s) s = compare_nils(&d, completeness, child);
    if (!s) s = compare_pairs(&d, c);
    c->n = d.rows.n / sizeof *c->row;
    c->row = evx_slab_array(&v->slab, c->n, sizeof *c->row);
    if (!s && !c->row) s = EVX_E_MEMORY;
    if (!s && c->n) memcpy(c->row, d.rows.p, d.rows.n);
    evx_buf_free(&d.rows);
    return s;
}
