// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "agents/inspector/cmd/cmd.h"
#include "agents/inspector/cmd/options.h"
#include "agents/inspector/cmd/parts.h"

static void print_one(struct evx_desk *d, const struct evx_contradiction *c, bool same_child)
{
    const struct evx_child_fact *child = &d->v->children.child[c->child];
    if (!same_child)
        evx_out_heading(
            d, evx_slab_printf(&d->v->slab, "%s  %s", child->id, evx_out_clean(d, evx_desk_child(d, child))));
    printf("  %s%s%s\n", evx_out_clean(d, c->what), *c->event ? ", " : "", evx_out_clean(d, c->event));
    for (size_t i = 0; i < c->sides; i++)
        printf("      %-36s  %-24s  %s\n", evx_out_cut(d, evx_out_clean(d, c->side[i].value), 36),
               *c->side[i].organisation ? c->side[i].organisation : "the inspection's list",
               evx_out_evidence(d, c->side[i].item));
}

static enum evx_status print_text(struct evx_desk *d, const struct evx_contradictions *c)
{
    for (size_t i = 0; i < c->n; i++)
        print_one(d, &c->row[i], i && c->row[i].child == c->row[i - 1].child);
    if (!c->n) printf("none found\n");
    printf("\n%zu found; %zu pairs of events compared (same kind, different agencies, within a day of each "
           "other)\n",
           c->n, c->compared);
    if (c->cut)
        printf("not all pairs were compared; one child at a time: evx-inspect contradictions CHILD\n");
    printf("nobody is declared right: ask both; a correction supersedes, both versions are kept\n");
    return EVX_OK;
}

static enum evx_status print_plain(struct evx_desk *d, const struct evx_contradictions *c)
{
    static const char *const head[] = {"CHILD", "KIND", "EVENT", "WHAT", "ORGANISATION", "VALUE", "EVIDENCE"};
    struct evx_table *t = NULL;
    enum evx_status s = evx_table_new(&t, head, 7);
    for (size_t i = 0; !s && i < c->n; i++)
        for (size_t k = 0; !s && k < c->row[i].sides; k++) {
            const char *cell[] = {d->v->children.child[c->row[i].child].id,
                                  evx_contradiction_name(c->row[i].kind),
                                  c->row[i].event,
                                  c->row[i].what,
                                  c->row[i].side[k].organisation,
                                  c->row[i].side[k].value,
                                  evx_out_evidence(d, c->row[i].side[k].item)};
            s = evx_table_row(t, cell);
        }
    if (!s) s = evx_out_table(d, &t);
    evx_table_destroy(&t);
    return s;
}

static enum evx_status print_json(struct evx_desk *d, const struct evx_contradictions *c)
{
    struct evx_jout j = evx_jout_schema("evx.contradictions/1"), rows = evx_jout_array();
    evx_jout_number(&j, "pairs_compared", c->compared);
    evx_jout_flag(&j, "complete", !c->cut);
    for (size_t i = 0; i < c->n; i++) {
        struct evx_jout o = evx_parts_json_contradiction(d, &c->row[i]);
        evx_jout_add(&rows, &o);
    }
    evx_jout_put(&j, "contradictions", &rows);
    return evx_jout_print(stdout, &j);
}

static enum evx_status show(struct evx_desk *d, size_t child)
{
    struct evx_contradictions c;
    struct evx_completeness completeness;
    const char *id = child == SIZE_MAX ? "" : d->v->children.child[child].id;
    const char *view = evx_slab_printf(&d->v->slab, "contradictions%s%s", *id ? " " : "", id);
    enum evx_status s = view ? evx_contradictions_plan(&c, d->v, child) : EVX_E_MEMORY;
    if (!s) s = evx_views_release(d->v, "consultation", view, c.item, c.items);
    if (!s) s = evx_completeness_work_out(&completeness, d->v);
    if (!s) s = evx_contradictions_compare(&c, d->v, &completeness, child);
    if (s) return s;
    return d->o.json ? print_json(d, &c) : d->o.plain ? print_plain(d, &c) : print_text(d, &c);
}

int evx_inspect_contradictions(int argc, char **argv)
{
    struct evx_desk d = {0};
    size_t child = SIZE_MAX;
    enum evx_status s =
        evx_desk_open(&d, evx_contradictions_options, evx_contradictions_options_n, argc, argv);
    if (!s && d.o.argc > 1) evx_cli_error(s = EVX_E_USAGE, "contradictions", "one child, or none for all");
    if (!s && d.o.argc == 1) s = evx_desk_find_child(&child, &d, d.o.argv[0]);
    if (s) {
        evx_desk_close(&d);
        return evx_status_exit_code(s);
    }
    s = show(&d, child);
    return evx_desk_finish(&d, s, "contradictions");
}
