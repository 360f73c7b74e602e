// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "agents/inspector/cmd/cmd.h"
#include "agents/inspector/cmd/judge_send.h"
#include "agents/inspector/cmd/options.h"
#include "agents/inspector/cmd/parts.h"
#include "agents/inspector/views/judging.h"

#define LIST_MAX 64

struct judge {
    struct evx_desk d;
    struct evx_judging j;
    uint32_t evidence[LIST_MAX];
    const char *fact[LIST_MAX];
};

static enum evx_status take_evidence(struct judge *g)
{
    size_t from = 0;
    const char *text;
    while ((text = evx_cli_next_value(&g->d.o, "evidence", &from))) {
        size_t item = 0;
        if (g->j.evidence_n == LIST_MAX) return EVX_E_USAGE;
        enum evx_status s = evx_views_find_item(&item, g->d.v, text);
        if (s) {
            evx_cli_error(s, text, NULL);
            return s;
        }
        g->evidence[g->j.evidence_n++] = (uint32_t)item;
    }
    return EVX_OK;
}

static enum evx_status take_facts(struct judge *g)
{
    size_t from = 0;
    const char *text;
    while ((text = evx_cli_next_value(&g->d.o, "fact", &from))) {
        if (g->j.facts == LIST_MAX) return EVX_E_USAGE;
        g->fact[g->j.facts++] = text;
    }
    return EVX_OK;
}

static void take_options(struct judge *g)
{
    const char *grade = evx_cli_value(&g->d.o, "grade"), *reason = evx_cli_value(&g->d.o, "reason");
    const char *inspector = evx_cli_value(&g->d.o, "inspector");
    g->j.framework = g->d.framework;
    g->j.judgement = g->d.o.argv[0];
    g->j.grade = grade ? grade : "";
    g->j.reason = reason ? reason : "";
    g->j.inspector = inspector ? inspector : g->d.v->options.person;
    g->j.inspectorate = g->d.config.organisation;
    g->j.override_rule = evx_cli_value(&g->d.o, "override");
    g->j.override_reason = g->j.override_rule ? g->j.reason : NULL;
    g->j.evidence = g->evidence;
    g->j.fact = g->fact;
}

static const char *grade_list(struct judge *g, uint32_t set)
{
    const char *text = "";
    for (size_t i = 0; text && i < evx_framework_grades(g->d.framework); i++)
        if ((set >> i) & 1)
            text = evx_slab_printf(&g->d.v->slab, "%s%s%s", text, *text ? ", " : "",
                                   evx_framework_grade(g->d.framework, i));
    return text && *text ? text : "none";
}

static uint32_t permitted_for(struct judge *g, const struct evx_permitted *p, const char *judgement)
{
    for (size_t i = 0; i < evx_framework_judgements(g->d.framework) && i < 16; i++)
        if (strcmp(evx_framework_judgement(g->d.framework, i), judgement) == 0) return p->permitted[i];
    return 0;
}

static enum evx_status refuse(struct judge *g, enum evx_status s, const struct evx_judging_verdict *v)
{
    const char *detail = NULL;
    if (s == EVX_E_NOT_PERMITTED)
        detail = evx_slab_printf(&g->d.v->slab, "%s %s forbids it: %s; permitted: %s",
                                 v->rule ? v->rule : "the framework", v->source ? v->source : "",
                                 v->message ? v->message : "the grades given leave no room",
                                 grade_list(g, permitted_for(g, &v->all, g->j.judgement)));
    else if (v->suggestion)
        detail = evx_slab_printf(&g->d.v->slab, "did you mean %s?", v->suggestion);
    const char *where = evx_slab_printf(&g->d.v->slab, "%s %s", g->j.judgement, g->j.grade);
    evx_cli_error(s, where, detail);
    return s;
}

static enum evx_status draft(struct judge *g)
{
    struct evx_judging_verdict verdict;
    uint32_t number = 0;
    if (!g->d.framework) {
        evx_cli_error(EVX_E_FRAMEWORK_UNKNOWN, g->d.framework_id, NULL);
        return EVX_E_FRAMEWORK_UNKNOWN;
    }
    take_options(g);
    enum evx_status s = take_evidence(g);
    if (!s) s = take_facts(g);
    if (s) return s;
    s = evx_views_release(g->d.v, "consultation", "judge", g->evidence, g->j.evidence_n);
    if (s) return evx_cli_error(s, "judge", NULL), s;
    s = evx_judging_check(&verdict, g->d.v, &g->j);
    if (s) return refuse(g, s, &verdict);
    if (g->d.o.dry_run) return printf("permitted; no draft was made\n") < 0 ? EVX_E_IO : EVX_OK;
    s = evx_judging_save(&number, g->d.v, &g->j);
    if (s) return evx_cli_error(s, "judge", NULL), s;
    printf("draft %u: %s %s%s%s\n", number, g->j.judgement, g->j.grade,
           verdict.permitted ? "" : ", past rule ", verdict.permitted ? "" : verdict.rule);
    printf("the other inspectorates get it with: evx-inspect judge send %u\n", number);
    return EVX_OK;
}

// --- what there is ---

static struct evx_jout json_draft(struct evx_desk *d, const struct evx_draft_view *v)
{
    struct evx_jout o = evx_jout_object(), evidence = evx_jout_array();
    const Evx__V1__Judgement *j = v->item->judgement;
    evx_jout_number(&o, "number", v->number);
    evx_jout_time(&o, "made", (int64_t)v->made_ms);
    evx_jout_flag(&o, "sent", v->sent);
    evx_jout_text(&o, "framework", j->framework);
    evx_jout_text(&o, "judgement", j->judgement);
    evx_jout_text(&o, "grade", j->grade);
    evx_jout_text(&o, "reason", j->reason);
    evx_jout_text(&o, "inspector", j->inspector);
    if (*j->overridden_rule) evx_jout_text(&o, "overridden_rule", j->overridden_rule);
    for (size_t i = 0; i < j->n_evidence; i++) {
        struct evx_item_id id;
        if (j->evidence[i].len != sizeof id.b) continue;
        memcpy(id.b, j->evidence[i].data, sizeof id.b);
        evx_jout_add_text(&evidence, evx_out_evidence(d, evx_facts_find(&d->v->facts, &id)));
    }
    evx_jout_put(&o, "evidence", &evidence);
    return o;
}

static enum evx_status print_drafts(struct evx_desk *d, const struct evx_draft_view *v, size_t n)
{
    static const char *const head[] = {">DRAFT",    "MADE",      "JUDGEMENT", "GRADE",
                                       "INSPECTOR", "PAST RULE", "STATE",     "REASON"};
    struct evx_table *t = NULL;
    enum evx_status s = evx_table_new(&t, head, 8);
    for (size_t i = 0; !s && i < n; i++) {
        const Evx__V1__Judgement *j = v[i].item->judgement;
        const char *cell[] = {evx_out_number(d, v[i].number),
                              evx_out_day(d, (int64_t)v[i].made_ms),
                              j->judgement,
                              j->grade,
                              j->inspector,
                              j->overridden_rule,
                              v[i].sent ? "sent" : "draft",
                              evx_out_cut(d, j->reason, 30)};
        s = evx_table_row(t, cell);
    }
    if (!s && !n)
        printf("no judgement was drafted yet\n");
    else if (!s)
        s = evx_out_table(d, &t);
    evx_table_destroy(&t);
    return s;
}

static enum evx_status list(struct evx_desk *d)
{
    struct evx_draft_view *v = NULL;
    uint32_t *item = NULL;
    size_t n = 0, items = 0;
    enum evx_status s = evx_judging_drafts(&v, &n, d->v);
    if (!s) s = evx_judging_cited(&item, &items, d->v, v, n);
    if (!s) s = evx_views_release(d->v, "consultation", "judge list", item, items);
    if (!s && d->o.json) {
        struct evx_jout j = evx_jout_schema("evx.judgements/1"), rows = evx_jout_array();
        for (size_t i = 0; i < n; i++) {
            struct evx_jout o = json_draft(d, &v[i]);
            evx_jout_add(&rows, &o);
        }
        evx_jout_put(&j, "judgements", &rows);
        s = evx_jout_print(stdout, &j);
    } else if (!s) {
        s = print_drafts(d, v, n);
    }
    evx_judging_drafts_free(v, n);
    if (s) evx_cli_error(s, "judge list", NULL);
    return s;
}

int evx_inspect_judge(int argc, char **argv)
{
    static struct judge g;
    memset(&g, 0, sizeof g);
    enum evx_status s = evx_desk_open(&g.d, evx_judge_options, evx_judge_options_n, argc, argv);
    int n = g.d.o.argc;
    if (!s && (n == 0 || (n == 1 && strcmp(g.d.o.argv[0], "list") == 0)))
        s = list(&g.d);
    else if (!s && n == 2 && strcmp(g.d.o.argv[0], "send") == 0)
        s = evx_judge_send(&g.d, g.d.o.argv[1]);
    else if (!s && n == 1)
        s = draft(&g);
    else if (!s)
        evx_cli_error(s = EVX_E_USAGE, "judge", "judge [list] | JUDGEMENT [--grade GRADE] … | send NUMBER");
    evx_desk_close(&g.d);
    return evx_status_exit_code(s);
}
