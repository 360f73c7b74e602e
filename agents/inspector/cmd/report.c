// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/report/report.h"

#include <stdio.h>
#include <string.h>

#include "agents/client/cli/grade.h"
#include "agents/inspector/cmd/cmd.h"
#include "agents/inspector/cmd/options.h"
#include "agents/inspector/cmd/parts.h"
#include "proto/base/file.h"

#define FACTS_MAX 64

static void json_timelines(struct evx_jout *j, struct evx_desk *d, struct evx_report *r)
{
    struct evx_jout list = evx_jout_array();
    for (size_t k = 0; k < r->shown && !list.s; k++) {
        const struct evx_child_fact *c = &d->v->children.child[r->completeness.child[k]];
        struct evx_jout child = evx_jout_child(d, c), events = evx_jout_array();
        for (size_t i = 0; i < c->items; i++) {
            Evx__V1__Item *m = NULL;
            enum evx_status s = evx_views_item(d->v, c->item[i], &m);
            const Evx__V1__Evidence *e = s ? NULL : evx_item_evidence(m);
            struct evx_jout o =
                e ? evx_parts_json_evidence(d, c->item[i], e) : evx_parts_json_item(d, c->item[i]);
            if (evx_views_our_trouble(s)) o.s = s;
            evx_jout_add(&events, &o);
            evx_item_free(m);
        }
        evx_jout_put(&child, "events", &events);
        evx_jout_add(&list, &child);
    }
    evx_jout_put(j, "timelines", &list);
}

static void json_findings(struct evx_jout *j, struct evx_desk *d, struct evx_report *r)
{
    struct evx_jout rows = evx_jout_array(), differ = evx_jout_array(), fired = evx_jout_array();
    for (size_t i = 0; i < r->matrix.rows; i++) {
        struct evx_jout o = evx_parts_json_matrix_row(d, &r->matrix.row[i]);
        evx_jout_add(&rows, &o);
    }
    for (size_t i = 0; i < r->contradictions.n; i++) {
        struct evx_jout o = evx_parts_json_contradiction(d, &r->contradictions.row[i]);
        evx_jout_add(&differ, &o);
    }
    for (size_t i = 0; i < r->permitted.fired_n; i++) {
        struct evx_jout o = evx_jout_object();
        evx_jout_text(&o, "rule", r->permitted.fired[i].rule);
        evx_jout_text(&o, "source", r->permitted.fired[i].source);
        evx_jout_text(&o, "effect", r->permitted.fired[i].effect);
        evx_jout_text(&o, "on", r->permitted.fired[i].on);
        evx_jout_add(&fired, &o);
    }
    evx_jout_put(j, "matrix", &rows);
    evx_jout_put(j, "contradictions", &differ);
    evx_jout_put(j, "fired", &fired);
}

static void json_permitted(struct evx_jout *j, const struct evx_report *r)
{
    struct evx_jout all = evx_jout_object();
    const struct evx_framework *f = r->framework;
    for (size_t k = 0; f && evx_framework_graded(f) && k < evx_framework_judgements(f) && k < 16; k++) {
        struct evx_jout open = evx_jout_array();
        for (size_t g = 0; g < evx_framework_grades(f); g++)
            if ((r->permitted.permitted[k] >> g) & 1) evx_jout_add_text(&open, evx_framework_grade(f, g));
        evx_jout_put(&all, evx_framework_judgement(f, k), &open);
    }
    evx_jout_put(j, "permitted", &all);
}

static enum evx_status print_json(struct evx_desk *d, struct evx_report *r, const char *path)
{
    struct evx_jout j = evx_jout_schema("evx.report/1");
    evx_jout_text(&j, "file", path);
    evx_parts_json_summary(&j, d, &r->totals, r->tally, &r->completeness, &r->matrix);
    struct evx_jout grade = evx_parts_json_grade(&r->grade);
    evx_jout_put(&j, "witnessed", &grade);
    json_findings(&j, d, r);
    json_permitted(&j, r);
    json_timelines(&j, d, r);
    return evx_jout_print(stdout, &j);
}

static enum evx_status write_report(struct evx_desk *d, struct evx_report *r, const char *path)
{
    struct evx_buf html = {0};
    enum evx_status s = evx_report_work_out(r);
    if (s && r->suggestion) evx_cli_error(s, "--fact", r->suggestion);
    if (!s) s = evx_report_html(&html, r);
    if (!s) s = evx_file_replace(path, evx_buf_bytes(&html), 0600);
    if (!s && d->o.json)
        s = print_json(d, r, path);
    else if (!s)
        printf("%s: %zu children, %zu bytes; only you can read it (mode 0600)\n", path, r->shown, html.n);
    if (html.p) evx_wipe(html.p, html.n);
    evx_buf_free(&html);
    return s;
}

int evx_inspect_report(int argc, char **argv)
{
    struct evx_desk d = {0};
    const char *fact[FACTS_MAX], *text, *path = NULL;
    size_t facts = 0, from = 0;
    uint64_t most = EVX_REPORT_MAX_CHILDREN;
    enum evx_status s = evx_desk_open(&d, evx_report_options, evx_report_options_n, argc, argv);
    if (!s) s = evx_cli_number(&most, &d.o, "max-children", 1, 100000);
    if (!s) path = evx_cli_value(&d.o, "out");
    if (!s && !path) evx_cli_error(s = EVX_E_USAGE, "report", "where to? --out FILE");
    if (s) {
        evx_desk_close(&d);
        return evx_status_exit_code(s);
    }
    while (facts < FACTS_MAX && (text = evx_cli_next_value(&d.o, "fact", &from)))
        fact[facts++] = text;
    struct evx_report r = {.v = d.v,
                           .framework = d.framework,
                           .framework_id = d.framework_id,
                           .names = d.names,
                           .fact = fact,
                           .facts = facts,
                           .max_children = most};
    s = evx_grade_read(&r.grade, &d.config);
    if (!s) s = write_report(&d, &r, path);
    return evx_desk_finish(&d, s, path);
}
