// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/cmd/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t evx_parts_standing(const struct evx_views *v)
{
    size_t n = 0;
    for (size_t i = 0; i < v->facts.items; i++)
        n += evx_fact_stands(&v->facts.item[i]);
    return n;
}

const char *evx_parts_cell(struct evx_desk *d, const struct evx_return_cell *cell)
{
    struct evx_slab *slab = &d->v->slab;
    const char *text = NULL;
    switch (cell->state) {
    case EVX_RETURN_EVIDENCE:
        text = evx_slab_printf(slab, "evidence %zu%s", cell->items, cell->nil != EVX_NO_ITEM ? " + nil" : "");
        break;
    case EVX_RETURN_NIL: text = evx_slab_printf(slab, "nil: %s", evx_ground_name(cell->ground)); break;
    case EVX_RETURN_LATE: text = evx_slab_printf(slab, "late (%s)", evx_out_day(d, cell->due_ms)); break;
    case EVX_RETURN_SILENT: text = "silent"; break;
    }
    return text ? text : "";
}

static const char *child_label(struct evx_desk *d, const struct evx_child_fact *c)
{
    const char *name = evx_out_clean(d, evx_desk_child(d, c)), *text;
    if (c->tracked)
        text = evx_slab_printf(&d->v->slab, "%u %s %s", c->tracked, c->id, name);
    else
        text = evx_slab_printf(&d->v->slab, "%s %s", c->id, name);
    return text ? text : c->id;
}

enum evx_status evx_parts_print_completeness(struct evx_desk *d, const struct evx_completeness *c)
{
    struct evx_views *v = d->v;
    struct evx_table *t = NULL;
    const char **cell = evx_slab_array(&v->slab, v->agencies + 1, sizeof *cell);
    if (!cell) return EVX_E_MEMORY;
    cell[0] = "CHILD";
    for (size_t a = 0; a < v->agencies; a++)
        cell[a + 1] = v->agency[a].id;
    size_t shown = d->o.plain || c->children <= EVX_PARTS_CHILDREN ? c->children : EVX_PARTS_CHILDREN;
    enum evx_status s = evx_table_new(&t, cell, v->agencies + 1);
    for (size_t k = 0; !s && k < shown; k++) {
        cell[0] = child_label(d, &v->children.child[c->child[k]]);
        for (size_t a = 0; a < v->agencies; a++)
            cell[a + 1] = evx_parts_cell(d, evx_return_at(c, v, k, a));
        s = evx_table_row(t, cell);
    }
    evx_out_heading(d, c->by_list ? "Tracked children by agency" : "Children by agency");
    if (!s && !c->children)
        printf("no child is known yet; a list can be imported: evx-inspect link import FILE\n");
    if (!s && c->children) s = evx_out_table(d, &t);
    if (!s && shown < c->children)
        printf("… and %zu more; all of them: --plain or --json\n", c->children - shown);
    evx_table_destroy(&t);
    return s;
}

static struct evx_jout json_cell(struct evx_desk *d, const struct evx_return_cell *cell, const char *agency)
{
    struct evx_jout o = evx_jout_object();
    evx_jout_text(&o, "agency", agency);
    evx_jout_text(&o, "state", evx_return_name(cell->state));
    evx_jout_number(&o, "evidence", cell->items);
    if (cell->nil != EVX_NO_ITEM) evx_jout_text(&o, "nil", evx_out_evidence(d, cell->nil));
    if (cell->nil != EVX_NO_ITEM) evx_jout_text(&o, "ground", evx_ground_name(cell->ground));
    evx_jout_time(&o, "due", cell->due_ms);
    evx_jout_number(&o, "requests_open", cell->open);
    return o;
}

struct evx_jout evx_parts_json_completeness(struct evx_desk *d, const struct evx_completeness *c)
{
    struct evx_jout rows = evx_jout_array();
    for (size_t k = 0; k < c->children; k++) {
        struct evx_jout o = evx_jout_child(d, &d->v->children.child[c->child[k]]);
        struct evx_jout cells = evx_jout_array();
        for (size_t a = 0; a < d->v->agencies; a++) {
            struct evx_jout cell = json_cell(d, evx_return_at(c, d->v, k, a), d->v->agency[a].id);
            evx_jout_add(&cells, &cell);
        }
        evx_jout_put(&o, "returns", &cells);
        evx_jout_add(&rows, &o);
    }
    return rows;
}

static struct evx_jout json_tally(const struct evx_tally *t)
{
    struct evx_jout o = evx_jout_object();
    evx_jout_text(&o, "id", t->agency->id);
    evx_jout_text(&o, "name", t->agency->name);
    evx_jout_text(&o, "role", t->agency->role);
    evx_jout_number(&o, "consignments", t->consignments);
    evx_jout_number(&o, "items", t->items);
    evx_jout_number(&o, "evidence", t->evidence);
    evx_jout_number(&o, "nil_returns", t->nils);
    evx_jout_number(&o, "accepted", t->accepted);
    evx_jout_number(&o, "rejected", t->rejected);
    evx_jout_number(&o, "unreadable", t->unreadable);
    evx_jout_time(&o, "first_received", t->first_ms);
    evx_jout_time(&o, "last_received", t->last_ms);
    return o;
}

static struct evx_jout json_totals(const struct evx_store_totals *t)
{
    struct evx_jout o = evx_jout_object();
    evx_jout_number(&o, "log_size", t->log_size);
    evx_jout_number(&o, "consignments", t->consignments);
    evx_jout_number(&o, "items", t->items);
    evx_jout_number(&o, "accepted", t->accepted);
    evx_jout_number(&o, "rejected", t->rejected);
    return o;
}

void evx_parts_json_summary(struct evx_jout *j, struct evx_desk *d, const struct evx_store_totals *totals,
                            const struct evx_tally *tally, const struct evx_completeness *c,
                            const struct evx_matrix *m)
{
    struct evx_jout store = json_totals(totals), agencies = evx_jout_array(), criteria = evx_jout_object();
    struct evx_jout returns = evx_jout_object(), children = evx_parts_json_completeness(d, c);
    for (size_t a = 0; a < d->v->agencies; a++) {
        struct evx_jout o = json_tally(&tally[a]);
        evx_jout_add(&agencies, &o);
    }
    evx_jout_number(&criteria, "known", m->rows);
    evx_jout_number(&criteria, "with_evidence", m->with_evidence);
    evx_jout_number(&returns, "evidence", c->total[EVX_RETURN_EVIDENCE]);
    evx_jout_number(&returns, "nil_return", c->total[EVX_RETURN_NIL]);
    evx_jout_number(&returns, "late", c->total[EVX_RETURN_LATE]);
    evx_jout_number(&returns, "silent", c->total[EVX_RETURN_SILENT]);
    evx_jout_text(j, "inspection", d->v->inspection->name);
    evx_jout_text(j, "framework", d->framework_id);
    evx_jout_time(j, "as_of", d->v->options.now_ms);
    evx_jout_time(j, "due", d->v->due_ms);
    evx_jout_put(j, "store", &store);
    evx_jout_number(j, "evidence", evx_parts_standing(d->v));
    evx_jout_put(j, "agencies", &agencies);
    evx_jout_number(j, "children_known", d->v->children.n);
    evx_jout_flag(j, "tracked_list", c->by_list);
    evx_jout_put(j, "children", &children);
    evx_jout_put(j, "returns", &returns);
    evx_jout_put(j, "criteria", &criteria);
    evx_jout_number(j, "links_open", d->v->links.open);
    evx_jout_number(j, "unattributed", d->v->children.unattributed);
}

static struct evx_jout json_matrix_cell(const struct evx_matrix_cell *c, const char *agency)
{
    struct evx_jout o = evx_jout_object();
    if (agency) evx_jout_text(&o, "agency", agency);
    evx_jout_number(&o, "items", c->items);
    evx_jout_number(&o, "strengths", c->strengths);
    evx_jout_number(&o, "concerns", c->concerns);
    evx_jout_number(&o, "neutral", c->neutrals);
    return o;
}

struct evx_jout evx_parts_json_matrix_row(struct evx_desk *d, const struct evx_matrix_row *r)
{
    struct evx_jout o = evx_jout_object(), cells = evx_jout_array(), missing = evx_jout_array();
    struct evx_jout all = json_matrix_cell(&r->all, NULL);
    for (size_t a = 0; a <= d->v->agencies; a++) {
        bool other = a == d->v->agencies;
        if (other && !r->cell[a].items) continue;
        struct evx_jout cell = json_matrix_cell(&r->cell[a], other ? "other" : d->v->agency[a].id);
        evx_jout_add(&cells, &cell);
    }
    for (size_t i = 0; i < r->missing_n; i++)
        evx_jout_add_text(&missing, r->missing[i]);
    evx_jout_text(&o, "criterion", r->criterion);
    evx_jout_flag(&o, "known", r->known != NULL);
    if (r->known) evx_jout_text(&o, "judgement", r->known->judgement);
    if (r->known) evx_jout_text(&o, "label", r->known->label);
    evx_jout_flag(&o, "applies", r->applies);
    evx_jout_put(&o, "all", &all);
    evx_jout_number(&o, "origins", r->origins);
    evx_jout_put(&o, "agencies", &cells);
    evx_jout_put(&o, "missing", &missing);
    return o;
}

struct evx_jout evx_parts_json_contradiction(struct evx_desk *d, const struct evx_contradiction *c)
{
    struct evx_jout o = evx_jout_object(), sides = evx_jout_array();
    evx_jout_text(&o, "kind", evx_contradiction_name(c->kind));
    evx_jout_text(&o, "child", d->v->children.child[c->child].id);
    if (*c->event) evx_jout_text(&o, "event", c->event);
    evx_jout_text(&o, "what", c->what);
    for (size_t i = 0; i < c->sides; i++) {
        struct evx_jout side = evx_jout_object();
        evx_jout_text(&side, "organisation", c->side[i].organisation);
        evx_jout_text(&side, "value", c->side[i].value);
        evx_jout_text(&side, "evidence", evx_out_evidence(d, c->side[i].item));
        evx_jout_add(&sides, &side);
    }
    evx_jout_put(&o, "sides", &sides);
    return o;
}
