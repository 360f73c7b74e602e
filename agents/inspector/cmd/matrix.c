// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "agents/inspector/cmd/cmd.h"
#include "agents/inspector/cmd/options.h"
#include "agents/inspector/cmd/parts.h"

// "3 +1 -2": items, strengths, concerns
static const char *cell_text(struct evx_desk *d, const struct evx_matrix_cell *c)
{
    char plus[32] = "", minus[32] = "";
    if (!c->items) return "·";
    if (c->strengths) snprintf(plus, sizeof plus, " +%zu", c->strengths);
    if (c->concerns) snprintf(minus, sizeof minus, " -%zu", c->concerns);
    const char *text = evx_slab_printf(&d->v->slab, "%zu%s%s", c->items, plus, minus);
    return text ? text : "";
}

static const char *missing_text(struct evx_desk *d, const struct evx_matrix_row *r)
{
    if (r->known && !r->applies && !r->undecided) return "(condition not met)";
    const char *text = "";
    for (size_t i = 0; text && i < r->missing_n; i++)
        text = evx_slab_printf(&d->v->slab, "%s%s%s", text, i ? " " : "", r->missing[i]);
    return text ? text : "";
}

// What the columns before it leave for the last one.
static size_t room_left(struct evx_desk *d, const struct evx_matrix *m)
{
    size_t first = strlen("CRITERION"), width = evx_out_width(d);
    for (size_t r = 0; r < m->rows; r++)
        if (evx_text_width(m->row[r].criterion) > first) first = evx_text_width(m->row[r].criterion);
    size_t used = first + strlen("  ORIGINS  ") + (m->others ? strlen("OTHER  ") : 0);
    for (size_t a = 0; a < d->v->agencies; a++)
        used += evx_text_width(evx_out_cut(d, d->v->agency[a].id, 16)) + 2;
    return width > used + 12 ? width - used : 12;
}

static enum evx_status add_row(struct evx_desk *d, struct evx_table *t, const struct evx_matrix *m,
                               const struct evx_matrix_row *r, const char **cell)
{
    size_t agencies = d->v->agencies, at = 0;
    const char *label = evx_slab_printf(&d->v->slab, "%s%s", evx_out_clean(d, r->criterion),
                                        r->known || !d->framework ? "" : " (not in the framework)");
    cell[at++] = label ? label : "";
    cell[at++] = evx_out_number(d, r->origins);
    for (size_t a = 0; a < agencies + m->others; a++)
        cell[at++] = cell_text(d, &r->cell[a]);
    cell[at] = evx_out_cut(d, missing_text(d, r), room_left(d, m));
    return evx_table_row(t, cell);
}

static enum evx_status print_table(struct evx_desk *d, const struct evx_matrix *m)
{
    size_t columns = d->v->agencies + 3 + m->others, at = 0;
    struct evx_table *t = NULL;
    const char **cell = evx_slab_array(&d->v->slab, columns, sizeof *cell);
    if (!cell) return EVX_E_MEMORY;
    cell[at++] = "CRITERION";
    cell[at++] = ">ORIGINS";
    for (size_t a = 0; a < d->v->agencies; a++)
        cell[at++] = evx_out_cut(d, d->v->agency[a].id, 16);
    if (m->others) cell[at++] = "OTHER";
    cell[at] = "MISSING";
    enum evx_status s = evx_table_new(&t, cell, columns);
    bool all = evx_cli_has(&d->o, "all") || d->o.plain;
    for (size_t r = 0; !s && r < m->rows; r++)
        if (all || m->row[r].all.items) s = add_row(d, t, m, &m->row[r], cell);
    if (!s) s = evx_out_table(d, &t);
    evx_table_destroy(&t);
    return s;
}

static enum evx_status print_text(struct evx_desk *d, const struct evx_matrix *m)
{
    const char *title = evx_slab_printf(&d->v->slab, "%s: %zu of %zu criteria have evidence", m->framework,
                                        m->with_evidence, m->rows);
    evx_out_heading(d, title ? title : m->framework);
    enum evx_status s = m->with_evidence || evx_cli_has(&d->o, "all") ? print_table(d, m) : EVX_OK;
    if (s) return s;
    if (!d->framework) printf("this program does not have %s: rows are what agencies cited\n", m->framework);
    printf("items, +strengths, -concerns; origins counts who observed it, never copies\n");
    if (m->uncited)
        printf("%zu piece%s of evidence cite%s no criterion of it\n", m->uncited, m->uncited == 1 ? "" : "s",
               m->uncited == 1 ? "s" : "");
    if (m->with_evidence < m->rows && !evx_cli_has(&d->o, "all"))
        printf("the criteria without evidence: --all\n");
    return EVX_OK;
}

static enum evx_status print_json(struct evx_desk *d, const struct evx_matrix *m)
{
    struct evx_jout j = evx_jout_schema("evx.matrix/1"), rows = evx_jout_array();
    evx_jout_text(&j, "framework", m->framework);
    evx_jout_flag(&j, "framework_known", m->loaded != NULL);
    evx_jout_number(&j, "criteria", m->rows);
    evx_jout_number(&j, "with_evidence", m->with_evidence);
    evx_jout_number(&j, "evidence_uncited", m->uncited);
    for (size_t r = 0; r < m->rows; r++) {
        struct evx_jout o = evx_parts_json_matrix_row(d, &m->row[r]);
        evx_jout_add(&rows, &o);
    }
    evx_jout_put(&j, "rows", &rows);
    return evx_jout_print(stdout, &j);
}

int evx_inspect_matrix(int argc, char **argv)
{
    struct evx_desk d = {0};
    struct evx_matrix m;
    uint32_t *item = NULL;
    size_t n = 0;
    enum evx_status s = evx_desk_open(&d, evx_matrix_options, evx_matrix_options_n, argc, argv);
    if (s) {
        evx_desk_close(&d);
        return evx_status_exit_code(s);
    }
    s = evx_all_evidence(&item, &n, d.v);
    if (!s) s = evx_views_release(d.v, "consultation", "matrix", item, n);
    if (!s) s = evx_matrix_work_out(&m, d.v, d.framework_id, d.framework);
    if (!s) s = d.o.json ? print_json(&d, &m) : print_text(&d, &m);
    return evx_desk_finish(&d, s, "matrix");
}
