// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/completeness.h"

#include <string.h>

const char *evx_return_name(enum evx_return_state s)
{
    switch (s) {
    case EVX_RETURN_EVIDENCE: return "evidence";
    case EVX_RETURN_NIL: return "nil return";
    case EVX_RETURN_LATE: return "late";
    case EVX_RETURN_SILENT: return "silent";
    }
    return "silent";
}

const char *evx_ground_name(int ground)
{
    switch (ground) {
    case EVX__V1__NIL_GROUND__NIL_HELD_NOTHING: return "held nothing";
    case EVX__V1__NIL_GROUND__NIL_WITHHELD: return "withheld";
    case EVX__V1__NIL_GROUND__NIL_NOT_HELD: return "not the holder";
    default: return "ground not stated";
    }
}

static bool stands(const struct evx_item_fact *i, uint32_t body)
{
    return i->x.body == body && i->x.code == EVX_OK && !i->x.unreadable && i->version == EVX_VERSION_CURRENT;
}

static bool names_child(const struct evx_views *v, const struct evx_item_fact *i, size_t child)
{
    for (size_t m = 0; m < i->mentions; m++)
        if (v->children.of_record[i->mention[m].record] == child) return true;
    return false;
}

static bool concerns(const struct evx_views *v, const struct evx_item_fact *i, size_t child)
{
    return i->mentions == 0 || names_child(v, i, child);
}

static bool asks(const struct evx_item_fact *request, const char *organisation)
{
    for (size_t a = 0; a < request->agencies; a++)
        if (strcmp(request->agency[a].organisation, organisation) == 0) return true;
    return request->agencies == 0;
}

static bool answered(const struct evx_views *v, size_t request, const char *organisation)
{
    const struct evx_item_id *id = &v->facts.item[request].x.id;
    for (size_t i = 0; i < v->facts.items; i++) {
        const struct evx_index_item *x = &v->facts.item[i].x;
        if (!x->has_reply || x->code != EVX_OK || x->unreadable) continue;
        if (memcmp(x->reply_to.b, id->b, sizeof id->b) == 0 && strcmp(x->sender, organisation) == 0)
            return true;
    }
    return false;
}

// A nil return that names no child speaks for the children of the request it
// answers, or, answering none, for all.
static bool nil_covers(const struct evx_views *v, const struct evx_item_fact *nil, size_t child)
{
    if (nil->mentions) return names_child(v, nil, child);
    if (!nil->x.has_reply) return true;
    size_t request = evx_facts_find(&v->facts, &nil->x.reply_to);
    return request != SIZE_MAX && concerns(v, &v->facts.item[request], child);
}

struct positions {
    const uint32_t *at;
    size_t n;
};

static enum evx_status of_body(struct positions *out, struct evx_views *v, uint32_t body)
{
    uint32_t *at = evx_slab_array(&v->slab, v->facts.items, sizeof *at);
    *out = (struct positions){at, 0};
    if (!at) return EVX_E_MEMORY;
    for (size_t i = 0; i < v->facts.items; i++)
        if (stands(&v->facts.item[i], body)) at[out->n++] = (uint32_t)i;
    return EVX_OK;
}

static enum evx_status scope(struct evx_completeness *out, struct evx_views *v,
                             const struct positions *requests)
{
    uint32_t *child = evx_slab_array(&v->slab, v->children.n, sizeof *child);
    bool *asked = evx_slab_array(&v->slab, v->children.n, sizeof *asked);
    if (!child || !asked) return EVX_E_MEMORY;
    bool any = false;
    out->child = child;
    out->by_list = v->children.tracked > 0;
    for (size_t k = 0; k < v->children.n; k++) {
        for (size_t r = 0; r < requests->n; r++)
            asked[k] = asked[k] || names_child(v, &v->facts.item[requests->at[r]], k);
        any = any || asked[k];
    }
    for (size_t k = 0; k < v->children.n; k++) {
        bool in = out->by_list ? v->children.child[k].tracked > 0 : asked[k] || !any;
        if (in) child[out->children++] = (uint32_t)k;
    }
    return EVX_OK;
}

struct work {
    struct evx_views *v;
    struct positions requests, nils;
};

static void count_evidence(struct evx_return_cell *cell, const struct work *w, size_t child,
                           const char *organisation)
{
    const struct evx_child_fact *c = &w->v->children.child[child];
    for (size_t i = 0; i < c->items; i++) {
        const struct evx_item_fact *item = &w->v->facts.item[c->item[i]];
        if (evx_fact_stands(item) && strcmp(item->x.sender, organisation) == 0) cell->items++;
    }
}

static void find_nil(struct evx_return_cell *cell, const struct work *w, size_t child,
                     const char *organisation)
{
    for (size_t i = 0; i < w->nils.n; i++) {
        const struct evx_item_fact *nil = &w->v->facts.item[w->nils.at[i]];
        if (strcmp(nil->x.sender, organisation) != 0 || !nil_covers(w->v, nil, child)) continue;
        cell->nil = w->nils.at[i];
        cell->ground = nil->x.ground;
    }
}

static void find_due(struct evx_return_cell *cell, const struct work *w, size_t child,
                     const char *organisation)
{
    cell->due_ms = w->v->due_ms;
    for (size_t i = 0; i < w->requests.n; i++) {
        const struct evx_item_fact *r = &w->v->facts.item[w->requests.at[i]];
        if (!asks(r, organisation) || !concerns(w->v, r, child)) continue;
        if (answered(w->v, w->requests.at[i], organisation)) continue;
        cell->open++;
        if (r->x.due.precision && (!cell->due_ms || r->x.due.utc_ms < cell->due_ms))
            cell->due_ms = r->x.due.utc_ms;
    }
}

static void fill(struct evx_return_cell *cell, const struct work *w, size_t child, const char *organisation)
{
    *cell = (struct evx_return_cell){.nil = EVX_NO_ITEM};
    count_evidence(cell, w, child, organisation);
    find_nil(cell, w, child, organisation);
    find_due(cell, w, child, organisation);
    bool passed = cell->due_ms && w->v->options.now_ms > cell->due_ms;
    cell->state = cell->items                ? EVX_RETURN_EVIDENCE
                  : cell->nil != EVX_NO_ITEM ? EVX_RETURN_NIL
                  : passed                   ? EVX_RETURN_LATE
                                             : EVX_RETURN_SILENT;
}

enum evx_status evx_completeness_work_out(struct evx_completeness *out, struct evx_views *v)
{
    *out = (struct evx_completeness){0};
    struct work w = {.v = v};
    enum evx_status s = of_body(&w.requests, v, EVX__V1__ITEM__BODY_REQUEST);
    if (!s) s = of_body(&w.nils, v, EVX__V1__ITEM__BODY_NIL_RETURN);
    if (!s) s = scope(out, v, &w.requests);
    if (s) return s;
    out->cell = evx_slab_array(&v->slab, out->children * v->agencies, sizeof *out->cell);
    if (!out->cell) return EVX_E_MEMORY;
    for (size_t k = 0; k < out->children; k++) {
        for (size_t a = 0; a < v->agencies; a++) {
            struct evx_return_cell *cell = &out->cell[k * v->agencies + a];
            fill(cell, &w, out->child[k], v->agency[a].id);
            out->total[cell->state]++;
        }
    }
    return EVX_OK;
}

const struct evx_return_cell *evx_return_at(const struct evx_completeness *c, const struct evx_views *v,
                                            size_t child, size_t agency)
{
    return &c->cell[child * v->agencies + agency];
}

enum evx_status evx_requests_open(struct evx_request_row **out, size_t *n, struct evx_views *v)
{
    *n = 0;
    struct positions requests;
    enum evx_status s = of_body(&requests, v, EVX__V1__ITEM__BODY_REQUEST);
    *out = s ? NULL : evx_slab_array(&v->slab, requests.n * v->agencies, sizeof **out);
    if (!s && !*out) s = EVX_E_MEMORY;
    for (size_t i = 0; !s && i < requests.n; i++) {
        const struct evx_item_fact *r = &v->facts.item[requests.at[i]];
        for (size_t a = 0; a < v->agencies; a++) {
            if (!asks(r, v->agency[a].id) || answered(v, requests.at[i], v->agency[a].id)) continue;
            bool late = r->x.due.precision && v->options.now_ms > r->x.due.utc_ms;
            (*out)[(*n)++] = (struct evx_request_row){requests.at[i], a, late};
        }
    }
    return s;
}
