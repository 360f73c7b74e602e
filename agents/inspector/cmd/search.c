// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/search.h"

#include <stdio.h>
#include <string.h>

#include "agents/inspector/cmd/cmd.h"
#include "agents/inspector/cmd/options.h"
#include "agents/inspector/cmd/parts.h"

static const char *children_of(struct evx_desk *d, size_t item)
{
    const struct evx_item_fact *f = &d->v->facts.item[item];
    const char *text = "";
    for (size_t m = 0; text && m < f->mentions; m++) {
        uint32_t child = d->v->children.of_record[f->mention[m].record];
        if (child == EVX_NO_CHILD || f->mention[m].role != EVX__V1__SUBJECT_ROLE__ROLE_CHILD) continue;
        text = evx_slab_printf(&d->v->slab, "%s%s%s", text, *text ? " " : "", d->v->children.child[child].id);
    }
    return text ? text : "";
}

static enum evx_status print_text(struct evx_desk *d, const struct evx_search *s)
{
    for (size_t i = 0; i < s->hits; i++) {
        const struct evx_item_fact *f = &d->v->facts.item[s->hit[i].item];
        printf("%s  %s  %s  %s  %s%s%s\n    %s: %s\n", evx_out_evidence(d, s->hit[i].item),
               evx_out_occurred(d, s->hit[i].item), f->x.sender, evx_out_clean(d, f->x.kind),
               children_of(d, s->hit[i].item), f->version == EVX_VERSION_CURRENT ? "" : "  ",
               f->version == EVX_VERSION_CURRENT ? "" : evx_version_name(f->version),
               evx_out_clean(d, s->hit[i].where), evx_out_clean(d, s->hit[i].snippet));
    }
    printf("%s%zu of %zu pieces of evidence have every word\n", s->hits ? "\n" : "", s->hits, s->searched);
    if (s->unreadable) printf("%zu could not be opened: erased or damaged\n", s->unreadable);
    return EVX_OK;
}

static enum evx_status print_json(struct evx_desk *d, const struct evx_search *s)
{
    struct evx_jout j = evx_jout_schema("evx.search/1"), hits = evx_jout_array(), terms = evx_jout_array();
    for (size_t t = 0; t < s->terms; t++)
        evx_jout_add_text(&terms, s->term[t]);
    for (size_t i = 0; i < s->hits; i++) {
        struct evx_jout o = evx_parts_json_item(d, s->hit[i].item);
        const struct evx_item_fact *f = &d->v->facts.item[s->hit[i].item];
        evx_jout_text(&o, "kind", f->x.kind);
        evx_jout_time(&o, "occurred", f->x.occurred.precision ? f->x.occurred.utc_ms : 0);
        evx_jout_text(&o, "children", children_of(d, s->hit[i].item));
        evx_jout_text(&o, "where", s->hit[i].where);
        evx_jout_text(&o, "snippet", s->hit[i].snippet);
        evx_jout_add(&hits, &o);
    }
    evx_jout_put(&j, "terms", &terms);
    evx_jout_number(&j, "searched", s->searched);
    evx_jout_number(&j, "unreadable", s->unreadable);
    evx_jout_put(&j, "hits", &hits);
    return evx_jout_print(stdout, &j);
}

// The audit record says that a search was made and over what, never for which words:
// they may be a name.
static enum evx_status show(struct evx_desk *d)
{
    struct evx_search search;
    uint32_t *item = NULL;
    size_t n = 0;
    enum evx_status s = evx_search_prepare(&search, d->v, (const char *const *)d->o.argv,
                                           (size_t)(d->o.argc > 0 ? d->o.argc : 0));
    if (!s) s = evx_all_evidence(&item, &n, d->v);
    if (!s) s = evx_views_release(d->v, "consultation", "search", item, n);
    if (!s) s = evx_search_run(&search, d->v);
    if (s) return s;
    return d->o.json ? print_json(d, &search) : print_text(d, &search);
}

int evx_inspect_search(int argc, char **argv)
{
    struct evx_desk d = {0};
    enum evx_status s = evx_desk_open(&d, evx_search_options, evx_search_options_n, argc, argv);
    if (s) {
        evx_desk_close(&d);
        return evx_status_exit_code(s);
    }
    s = show(&d);
    return evx_desk_finish(&d, s, s == EVX_E_USAGE ? "search: 1 to 16 words" : "search");
}
