// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "agents/inspector/cmd/cmd.h"
#include "agents/inspector/cmd/options.h"
#include "agents/inspector/cmd/parts.h"

struct gaps {
    struct evx_desk d;
    struct evx_completeness completeness;
    struct evx_request_row *request;
    size_t requests;
    struct evx_matrix matrix;
};

static enum evx_status work_out(struct gaps *g)
{
    struct evx_views *v = g->d.v;
    uint32_t *item = NULL;
    size_t n = 0;
    enum evx_status s = evx_all_evidence(&item, &n, v);
    if (!s) s = evx_views_release(v, "consultation", "gaps", item, n);
    if (!s) s = evx_completeness_work_out(&g->completeness, v);
    if (!s) s = evx_requests_open(&g->request, &g->requests, v);
    if (!s) s = evx_matrix_work_out(&g->matrix, v, g->d.framework_id, g->d.framework);
    return s;
}

static bool is_gap(const struct evx_return_cell *c)
{
    return c->state == EVX_RETURN_LATE || c->state == EVX_RETURN_SILENT;
}

static const char *days_late(struct gaps *g, const struct evx_return_cell *c)
{
    if (c->state != EVX_RETURN_LATE) return "";
    long long days = (g->d.v->options.now_ms - c->due_ms) / 86400000ll + 1;
    const char *text = evx_slab_printf(&g->d.v->slab, "%lld day%s", days, days == 1 ? "" : "s");
    return text ? text : "";
}

static enum evx_status add_child_rows(struct gaps *g, struct evx_table *t, size_t k)
{
    const struct evx_child_fact *c = &g->d.v->children.child[g->completeness.child[k]];
    enum evx_status s = EVX_OK;
    for (size_t a = 0; !s && a < g->d.v->agencies; a++) {
        const struct evx_return_cell *cell = evx_return_at(&g->completeness, g->d.v, k, a);
        if (!is_gap(cell)) continue;
        const char *row[] = {c->id,
                             evx_out_cut(&g->d, evx_out_clean(&g->d, evx_desk_child(&g->d, c)), 18),
                             g->d.v->agency[a].id,
                             evx_return_name(cell->state),
                             evx_out_day(&g->d, cell->due_ms),
                             days_late(g, cell),
                             cell->open ? evx_out_number(&g->d, cell->open) : ""};
        s = evx_table_row(t, row);
    }
    return s;
}

static enum evx_status print_children(struct gaps *g)
{
    static const char *const head[] = {"CHILD", "", "AGENCY", "STATE", "DUE", "LATE BY", ">OPEN REQUESTS"};
    struct evx_table *t = NULL;
    enum evx_status s = evx_table_new(&t, head, 7);
    for (size_t k = 0; !s && k < g->completeness.children; k++)
        s = add_child_rows(g, t, k);
    evx_out_heading(&g->d, "Nothing received: child by agency");
    if (!s && !evx_table_rows(t))
        printf("none: for every child every agency has sent evidence or a signed nil return\n");
    else if (!s)
        s = evx_out_table(&g->d, &t);
    if (!s) printf("silence is not a nil return: only a signed one counts\n");
    evx_table_destroy(&t);
    return s;
}

static enum evx_status print_requests(struct gaps *g)
{
    static const char *const head[] = {"REQUEST", "AGENCY", "KIND", "DUE", "STATE"};
    struct evx_table *t = NULL;
    if (!g->requests) return EVX_OK;
    enum evx_status s = evx_table_new(&t, head, 5);
    for (size_t i = 0; !s && i < g->requests; i++) {
        const struct evx_item_fact *f = &g->d.v->facts.item[g->request[i].item];
        const char *row[] = {evx_out_evidence(&g->d, g->request[i].item),
                             g->d.v->agency[g->request[i].agency].id, *f->x.kind ? f->x.kind : "any",
                             f->x.due.precision ? evx_out_day(&g->d, f->x.due.utc_ms) : "",
                             g->request[i].late ? "late" : "open"};
        s = evx_table_row(t, row);
    }
    evx_out_heading(&g->d, "Requests without an answer");
    if (!s) s = evx_out_table(&g->d, &t);
    evx_table_destroy(&t);
    return s;
}

static enum evx_status print_criteria(struct gaps *g)
{
    static const char *const head[] = {"CRITERION", ">ITEMS", ">ORIGINS", "MISSING FROM", "WHAT IT ASKS"};
    struct evx_table *t = NULL;
    if (!g->d.framework) return EVX_OK;
    enum evx_status s = evx_table_new(&t, head, 5);
    for (size_t r = 0; !s && r < g->matrix.rows; r++) {
        const struct evx_matrix_row *m = &g->matrix.row[r];
        if (!evx_matrix_wanting(m)) continue;
        const char *missing = "";
        for (size_t i = 0; missing && i < m->missing_n; i++)
            missing = evx_slab_printf(&g->d.v->slab, "%s%s%s", missing, i ? " " : "", m->missing[i]);
        const char *row[] = {m->criterion, evx_out_number(&g->d, m->all.items),
                             evx_out_number(&g->d, m->origins),
                             missing ? evx_out_cut(&g->d, missing, 28) : "",
                             evx_out_cut(&g->d, m->known->label, evx_out_width(&g->d) - 73)};
        s = evx_table_row(t, row);
    }
    evx_out_heading(&g->d, "Criteria without all the evidence they ask for");
    if (!s) s = evx_out_table(&g->d, &t);
    evx_table_destroy(&t);
    return s;
}

static struct evx_jout json_requests(struct gaps *g)
{
    struct evx_jout list = evx_jout_array();
    for (size_t i = 0; i < g->requests; i++) {
        const struct evx_item_fact *f = &g->d.v->facts.item[g->request[i].item];
        struct evx_jout o = evx_jout_object();
        evx_jout_text(&o, "request", evx_out_evidence(&g->d, g->request[i].item));
        evx_jout_text(&o, "agency", g->d.v->agency[g->request[i].agency].id);
        evx_jout_text(&o, "kind", f->x.kind);
        evx_jout_time(&o, "due", f->x.due.precision ? f->x.due.utc_ms : 0);
        evx_jout_flag(&o, "late", g->request[i].late);
        evx_jout_add(&list, &o);
    }
    return list;
}

static struct evx_jout json_children(struct gaps *g)
{
    struct evx_jout list = evx_jout_array();
    for (size_t k = 0; k < g->completeness.children; k++) {
        for (size_t a = 0; a < g->d.v->agencies; a++) {
            const struct evx_return_cell *cell = evx_return_at(&g->completeness, g->d.v, k, a);
            if (!is_gap(cell)) continue;
            struct evx_jout o = evx_jout_object();
            evx_jout_text(&o, "child", g->d.v->children.child[g->completeness.child[k]].id);
            evx_jout_text(&o, "agency", g->d.v->agency[a].id);
            evx_jout_text(&o, "state", evx_return_name(cell->state));
            evx_jout_time(&o, "due", cell->due_ms);
            evx_jout_number(&o, "requests_open", cell->open);
            evx_jout_add(&list, &o);
        }
    }
    return list;
}

static enum evx_status print_json(struct gaps *g)
{
    struct evx_jout j = evx_jout_schema("evx.gaps/1"), criteria = evx_jout_array();
    struct evx_jout children = json_children(g), requests = json_requests(g);
    for (size_t r = 0; r < g->matrix.rows; r++) {
        const struct evx_matrix_row *m = &g->matrix.row[r];
        if (!evx_matrix_wanting(m)) continue;
        struct evx_jout o = evx_parts_json_matrix_row(&g->d, m);
        evx_jout_add(&criteria, &o);
    }
    evx_jout_time(&j, "as_of", g->d.v->options.now_ms);
    evx_jout_put(&j, "children", &children);
    evx_jout_put(&j, "requests", &requests);
    evx_jout_put(&j, "criteria", &criteria);
    return evx_jout_print(stdout, &j);
}

int evx_inspect_gaps(int argc, char **argv)
{
    struct gaps g = {0};
    enum evx_status s = evx_desk_open(&g.d, evx_gaps_options, evx_gaps_options_n, argc, argv);
    if (s) {
        evx_desk_close(&g.d);
        return evx_status_exit_code(s);
    }
    s = work_out(&g);
    if (!s && g.d.o.json)
        s = print_json(&g);
    else if (!s) {
        s = print_children(&g);
        if (!s) s = print_requests(&g);
        if (!s) s = print_criteria(&g);
    }
    return evx_desk_finish(&g.d, s, "gaps");
}
