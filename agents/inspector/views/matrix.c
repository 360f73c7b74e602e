// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/matrix.h"

#include <string.h>

struct work {
    struct evx_matrix *m;
    struct evx_views *v;
    struct evx_case *facts;
    size_t cap;
    const char ***origin; // [row]: distinct origins so far
};

bool evx_matrix_wanting(const struct evx_matrix_row *r)
{
    return r->known && (r->applies || r->undecided) && (r->missing_n || !r->all.items);
}

static bool counts(const struct evx_views *v, size_t i)
{
    const struct evx_item_fact *item = &v->facts.item[i], *first = &v->facts.item[item->twin];
    return evx_fact_stands(item) && (item->twin == i || !evx_fact_stands(first));
}

static size_t column(const struct evx_views *v, const char *origin)
{
    for (size_t a = 0; a < v->agencies; a++)
        if (strcmp(v->agency[a].id, origin) == 0) return a;
    return v->agencies;
}

static const char *kind_of(const struct evx_views *v, const struct evx_item_fact *i)
{
    const struct evx_dir_org *org = evx_directory_org(v->options.directory, i->x.origin);
    if (!org) org = evx_directory_org(v->options.directory, i->x.sender);
    return org ? evx_role_name(org->role) : "";
}

static struct evx_matrix_row *row_of(struct work *w, const char *criterion)
{
    for (size_t r = 0; r < w->m->rows; r++)
        if (strcmp(w->m->row[r].criterion, criterion) == 0) return &w->m->row[r];
    if (w->m->rows == w->cap) return NULL;
    struct evx_matrix_row *row = &w->m->row[w->m->rows];
    row->cell = evx_slab_array(&w->v->slab, w->v->agencies + 1, sizeof *row->cell);
    w->origin[w->m->rows] = evx_slab_array(&w->v->slab, w->v->agencies + 8, sizeof **w->origin);
    if (!row->cell || !w->origin[w->m->rows]) return NULL;
    row->criterion = criterion;
    row->applies = true;
    w->m->rows++;
    return row;
}

static void tally(struct evx_matrix_cell *c, int direction)
{
    c->items++;
    c->strengths += direction == EVX__V1__DIRECTION__DIRECTION_STRENGTH;
    c->concerns += direction == EVX__V1__DIRECTION__DIRECTION_CONCERN;
    c->neutrals += direction == EVX__V1__DIRECTION__DIRECTION_NEUTRAL;
}

// More origins than there are agencies are not told apart beyond a few.
static void note_origin(struct work *w, struct evx_matrix_row *row, const char *origin)
{
    const char **known = w->origin[row - w->m->row];
    for (size_t i = 0; i < row->origins; i++)
        if (strcmp(known[i], origin) == 0) return;
    if (row->origins < w->v->agencies + 8) known[row->origins++] = origin;
}

static enum evx_status feed_core(struct work *w, const struct evx_item_fact *i, const char *criterion)
{
    if (!w->facts) return EVX_OK;
    char id[2 * sizeof i->x.id.b + 1];
    evx_hex(id, i->x.id.b, sizeof i->x.id.b);
    struct evx_evidence_fact f = {.criterion = criterion,
                                  .agency = kind_of(w->v, i),
                                  .origin = i->x.origin,
                                  .direction =
                                      i->x.direction ? i->x.direction : EVX__V1__DIRECTION__DIRECTION_NEUTRAL,
                                  .evidence = id};
    const char *suggestion = NULL;
    enum evx_status s = evx_case_evidence(w->facts, &f, &suggestion);
    // A criterion or kind of agency that the framework does not have still has its row.
    return s == EVX_E_CRITERION_UNKNOWN || s == EVX_E_AGENCY_UNKNOWN ? EVX_OK : s;
}

static enum evx_status count_item(struct work *w, size_t i)
{
    const struct evx_item_fact *item = &w->v->facts.item[i];
    bool cited = false;
    enum evx_status s = EVX_OK;
    for (size_t c = 0; !s && c < item->criteria; c++) {
        if (strcmp(item->criterion[c].framework, w->m->framework) != 0) continue;
        struct evx_matrix_row *row = row_of(w, item->criterion[c].criterion);
        if (!row) return EVX_E_MEMORY;
        tally(&row->cell[column(w->v, item->x.origin)], item->x.direction);
        tally(&row->all, item->x.direction);
        note_origin(w, row, item->x.origin);
        s = feed_core(w, item, row->criterion);
        cited = true;
    }
    w->m->uncited += !cited;
    return s;
}

static size_t cited_criteria(const struct evx_views *v)
{
    const char *last = "";
    size_t n = 0;
    for (size_t i = 0; i < v->facts.items; i++)
        for (size_t c = 0; c < v->facts.item[i].criteria; c++) {
            n += v->facts.item[i].criterion[c].criterion != last;
            last = v->facts.item[i].criterion[c].criterion;
        }
    return n < 4096 ? n : 4096;
}

static enum evx_status framework_rows(struct work *w)
{
    for (size_t c = 0; w->m->loaded && c < evx_framework_criteria(w->m->loaded); c++) {
        const struct evx_criterion *known = evx_framework_criterion(w->m->loaded, c);
        struct evx_matrix_row *row = row_of(w, known->id);
        if (!row) return EVX_E_MEMORY;
        row->known = known;
    }
    return EVX_OK;
}

static enum evx_status take_coverage(struct work *w)
{
    enum evx_status s = EVX_OK;
    for (size_t c = 0; !s && w->facts && c < evx_framework_criteria(w->m->loaded); c++) {
        struct evx_coverage_row coverage;
        s = evx_case_coverage(w->facts, c, &coverage);
        if (s) break;
        struct evx_matrix_row *row = &w->m->row[c];
        row->applies = coverage.applies;
        row->undecided = coverage.undecided;
        row->missing_n = coverage.missing_n;
        memcpy(row->missing, coverage.missing, sizeof row->missing);
    }
    return s;
}

enum evx_status evx_matrix_work_out(struct evx_matrix *out, struct evx_views *v, const char *framework,
                                    const struct evx_framework *loaded)
{
    *out = (struct evx_matrix){.framework = framework, .loaded = loaded};
    struct work w = {.m = out, .v = v};
    w.cap = cited_criteria(v) + (loaded ? evx_framework_criteria(loaded) : 0);
    out->row = evx_slab_array(&v->slab, w.cap, sizeof *out->row);
    w.origin = evx_slab_array(&v->slab, w.cap, sizeof *w.origin);
    enum evx_status s = out->row && w.origin ? EVX_OK : EVX_E_MEMORY;
    if (!s && loaded) s = evx_case_new(&w.facts, loaded);
    if (!s) s = framework_rows(&w);
    for (size_t i = 0; !s && i < v->facts.items; i++)
        if (counts(v, i)) s = count_item(&w, i);
    if (!s) s = take_coverage(&w);
    for (size_t r = 0; r < out->rows; r++)
        out->with_evidence += out->row[r].all.items > 0;
    for (size_t r = 0; r < out->rows; r++)
        out->others = out->others || out->row[r].cell[v->agencies].items;
    // The texts in `missing` belong to the framework, which outlives the case.
    evx_case_destroy(&w.facts);
    return s;
}
