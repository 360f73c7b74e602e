// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/report/report.h"

#include <stdio.h>

#include "agents/inspector/report/sections.h"

enum evx_status evx_report_work_out(struct evx_report *r)
{
    struct evx_views *v = r->v;
    uint32_t *item = NULL;
    size_t n = 0;
    enum evx_status s = evx_all_evidence(&item, &n, v);
    if (!s) s = evx_contradictions_plan(&r->contradictions, v, SIZE_MAX);
    if (!s) s = evx_views_release(v, "disclosure", "report", item, n);
    if (!s) s = evx_store_count(v->store, &r->totals);
    if (!s) s = evx_tally_work_out(&r->tally, v);
    if (!s) s = evx_completeness_work_out(&r->completeness, v);
    if (!s) s = evx_streams_work_out(&r->streams, v, 0);
    if (!s) s = evx_requests_open(&r->request, &r->requests, v);
    if (!s) s = evx_matrix_work_out(&r->matrix, v, r->framework_id, r->framework);
    if (!s) s = evx_contradictions_compare(&r->contradictions, v, &r->completeness, SIZE_MAX);
    bool graded = r->framework && evx_framework_graded(r->framework);
    if (!s && graded)
        s = evx_judging_permitted(&r->permitted, v, r->framework, r->fact, r->facts, &r->suggestion);
    size_t most = r->max_children ? r->max_children : EVX_REPORT_MAX_CHILDREN;
    r->shown = r->completeness.children;
    if (!r->completeness.by_list && r->shown > most) r->shown = most;
    return s;
}

static const struct {
    const char *id, *title;
    void (*write)(struct evx_html *h, struct evx_report *r);
} sections[] = {
    {"summary", "Summary", evx_section_summary},
    {"completeness", "Who has answered for which child", evx_section_completeness},
    {"streams", "Is everything here that was sent", evx_section_streams},
    {"timelines", "Timelines", evx_section_timelines},
    {"matrix", "Criteria and evidence", evx_section_matrix},
    {"contradictions", "Contradictions", evx_section_contradictions},
    {"grading", "What the framework permits", evx_section_grading},
    {"appendix", "Provenance and verification", evx_section_appendix},
};
#define SECTIONS (sizeof sections / sizeof *sections)

static void meta(struct evx_html *h, const char *name, const char *content)
{
    h_void(h, "meta");
    h_attr(h, "name", name);
    h_attr(h, "content", content);
    h_close_void(h);
}

static void head(struct evx_html *h, const struct evx_report *r)
{
    h_begin(h, "head");
    h_void(h, "meta");
    h_attr(h, "charset", "utf-8");
    h_close_void(h);
    h_void(h, "meta");
    h_attr(h, "http-equiv", "Content-Security-Policy");
    h_attr(h, "content",
           "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'");
    h_close_void(h);
    meta(h, "viewport", "width=device-width, initial-scale=1");
    meta(h, "referrer", "no-referrer");
    meta(h, "robots", "noindex");
    h_begin(h, "title");
    h_textf(h, "%s: consolidated evidence", r->v->inspection->name);
    h_end(h);
    h_style(h, evx_report_style);
    h_end(h);
}

static void opening(struct evx_html *h, struct evx_report *r)
{
    h_begin(h, "a");
    h_attr(h, "class", "skip");
    h_attr(h, "href", "#main");
    h_text(h, "Skip to the report");
    h_end(h);
    h_begin(h, "header");
    h_classed(h, "p", "marking", "OFFICIAL-SENSITIVE");
    h_element(h, "h1", r->v->inspection->name);
    h_begin(h, "p");
    h_textf(h, "Consolidated evidence under %s, as of ",
            r->framework ? evx_framework_title(r->framework) : r->framework_id);
    evx_part_time(h, r->v->options.now_ms, true);
    h_textf(h, ", opened by %s for %s.", r->v->options.person, r->v->options.on_behalf_of);
    h_end(h);
    h_begin(h, "p");
    h_attr(h, "class", "note");
    h_text(h, r->names ? "Children are shown by name. " : "Children are shown by initials. ");
    h_text(h, "Narratives are as the agency wrote them and may name people. Working material: it must be "
              "reviewed, and "
              "nothing in it is a judgement.");
    h_end(h);
    h_end(h);
}

static void contents(struct evx_html *h)
{
    h_begin(h, "nav");
    h_attr(h, "aria-label", "Contents");
    h_begin(h, "ol");
    for (size_t i = 0; i < SECTIONS; i++) {
        char target[32];
        snprintf(target, sizeof target, "#%s", sections[i].id);
        h_begin(h, "li");
        h_begin(h, "a");
        h_attr(h, "href", target);
        h_text(h, sections[i].title);
        h_end(h);
        h_end(h);
    }
    h_end(h);
    h_end(h);
}

enum evx_status evx_report_html(struct evx_buf *out, struct evx_report *r)
{
    struct evx_html h;
    h_start(&h, out);
    h_begin(&h, "html");
    h_attr(&h, "lang", "en-GB");
    head(&h, r);
    h_begin(&h, "body");
    opening(&h, r);
    contents(&h);
    h_begin(&h, "main");
    h_attr(&h, "id", "main");
    for (size_t i = 0; i < SECTIONS; i++) {
        evx_part_section(&h, sections[i].id, sections[i].title);
        sections[i].write(&h, r);
        h_end(&h);
    }
    h_end(&h);
    h_begin(&h, "footer");
    h_classed(&h, "p", "marking", "OFFICIAL-SENSITIVE");
    h_end(&h);
    h_end(&h);
    h_end(&h);
    return h_finish(&h);
}
