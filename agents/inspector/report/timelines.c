// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "agents/inspector/report/sections.h"

static const char *direction(int d)
{
    static const char *const names[] = {"not stated", "+ strength", "− concern", "neutral"};
    return names[d >= 0 && d < 4 ? d : 0];
}

static const char *direction_class(int d)
{
    static const char *const names[] = {"tag", "tag strength", "tag concern", "tag"};
    return names[d >= 0 && d < 4 ? d : 0];
}

// What the source does not say about the receipt, the log does.
static void later_cell(struct evx_html *h, const struct evx_item_fact *f, const Evx__V1__Evidence *e)
{
    bool told = e->received && e->received->precision;
    h_begin(h, "td");
    h_begin(h, "div");
    h_classed(h, "span", "note", "recorded ");
    evx_part_moment(h, e->recorded);
    h_end(h);
    h_begin(h, "div");
    h_classed(h, "span", "note", told ? "received " : "received (log) ");
    if (told)
        evx_part_moment(h, e->received);
    else
        evx_part_time(h, (int64_t)f->x.received_ms, true);
    h_end(h);
    h_end(h);
}

static void version_note(struct evx_html *h, struct evx_report *r, const struct evx_item_fact *f, size_t same)
{
    if (f->version != EVX_VERSION_CURRENT) {
        h_begin(h, "p");
        h_attr(h, "class", "note");
        h_textf(h, "This version was %s by ", evx_version_name(f->version));
        evx_part_evidence(h, r, f->by);
        h_text(h, "; both are kept.");
        h_end(h);
    }
    if (f->foreign) h_classed(h, "p", "note", "Names another organisation's item: without effect.");
    if (!same) return;
    h_begin(h, "p");
    h_attr(h, "class", "note");
    h_textf(h, "Sent %zu more time%s with the same content.", same, same == 1 ? "" : "s");
    h_end(h);
}

static void event_cells(struct evx_html *h, struct evx_report *r, size_t item, size_t same,
                        const Evx__V1__Evidence *e)
{
    const struct evx_item_fact *f = &r->v->facts.item[item];
    h_begin(h, "th");
    h_attr(h, "scope", "row");
    evx_part_moment(h, e->occurred);
    if (e->occurred && *e->occurred->text) {
        h_begin(h, "div");
        h_attr(h, "class", "note");
        h_textf(h, "source: “%s”", e->occurred->text);
        h_end(h);
    }
    h_end(h);
    later_cell(h, f, e);
    evx_part_cell(h, evx_views_name(r->v, f->x.origin));
    h_begin(h, "td");
    h_attr(h, "class", "what");
    h_element(h, "strong", e->kind);
    h_text(h, " ");
    h_classed(h, "span", direction_class((int)e->direction), direction((int)e->direction));
    if (e->significance == EVX__V1__SIGNIFICANCE__SIGNIFICANCE_CRITICAL)
        h_classed(h, "span", "tag", "critical");
    if (*e->narrative) h_classed(h, "p", "story", e->narrative);
    version_note(h, r, f, same);
    h_end(h);
    h_begin(h, "td");
    evx_part_evidence(h, r, item);
    h_end(h);
}

static void lost_cells(struct evx_html *h, struct evx_report *r, size_t item, enum evx_status why)
{
    h_begin(h, "th");
    h_attr(h, "scope", "row");
    evx_part_time(h, r->v->facts.item[item].x.occurred.utc_ms, false);
    h_end(h);
    h_begin(h, "td");
    h_attr(h, "colspan", "3");
    h_textf(h, "%s (%s)", evx_error_info(why)->what, evx_error_info(why)->code);
    h_end(h);
    h_begin(h, "td");
    evx_part_evidence(h, r, item);
    h_end(h);
}

static void event_row(struct evx_html *h, struct evx_report *r, size_t item, size_t same)
{
    Evx__V1__Item *m = NULL;
    enum evx_status s = evx_views_item(r->v, item, &m);
    bool replaced = r->v->facts.item[item].version != EVX_VERSION_CURRENT;
    h_begin(h, "tr");
    if (replaced) h_attr(h, "class", "replaced");
    if (!s && evx_item_evidence(m))
        event_cells(h, r, item, same, evx_item_evidence(m));
    else
        lost_cells(h, r, item, s ? s : EVX_E_ITEM_CONTENT);
    h_end(h);
    evx_item_free(m);
    if (evx_views_our_trouble(s)) h->s = s;
}

static void event_table(struct evx_html *h, struct evx_report *r, const char *caption,
                        const struct evx_timeline *t, bool routine)
{
    static const char *const head[] = {"Occurred", "Recorded, received", "Origin", "What", "Evidence"};
    evx_part_table(h, caption);
    evx_part_head(h, head, 5);
    h_begin(h, "tbody");
    for (size_t i = 0; i < t->n; i++) {
        const struct evx_item_fact *f = &r->v->facts.item[*t->entry[i].item];
        bool is_routine =
            f->x.significance == EVX__V1__SIGNIFICANCE__SIGNIFICANCE_ROUTINE && evx_fact_stands(f);
        if (is_routine == routine) event_row(h, r, *t->entry[i].item, t->entry[i].same);
    }
    h_end(h);
    evx_part_table_end(h);
}

static void child_head(struct evx_html *h, struct evx_report *r, const struct evx_child_fact *c)
{
    h_begin(h, "h3");
    h_attr(h, "id", c->id);
    h_textf(h, "%s %s", c->id, evx_part_child(r, c));
    h_end(h);
    h_begin(h, "p");
    h_attr(h, "class", "note");
    if (c->tracked) h_textf(h, "Tracked child %u. ", c->tracked);
    h_textf(h, "%zu record%s at the agencies.", c->records - (c->tracked ? 1 : 0),
            c->records - (c->tracked ? 1 : 0) == 1 ? "" : "s");
    h_end(h);
}

static void child(struct evx_html *h, struct evx_report *r, size_t position)
{
    const struct evx_child_fact *c = &r->v->children.child[position];
    struct evx_timeline t;
    char caption[128], label[128];
    h->s = h->s ? h->s : evx_timeline_work_out(&t, r->v, position, EVX_BY_OCCURRED, true);
    if (h->s) return;
    child_head(h, r, c);
    if (!t.events) h_element(h, "p", "No evidence about this child.");
    snprintf(caption, sizeof caption, "%s: notable and critical events, by when they occurred", c->id);
    snprintf(label, sizeof label, "%s: routine events", c->id);
    if (t.events > t.routine) event_table(h, r, caption, &t, false);
    if (!t.routine) return;
    h_begin(h, "details");
    h_begin(h, "summary");
    h_textf(h, "%zu routine event%s", t.routine, t.routine == 1 ? "" : "s");
    h_end(h);
    event_table(h, r, label, &t, true);
    h_end(h);
}

void evx_section_timelines(struct evx_html *h, struct evx_report *r)
{
    h_element(
        h, "p",
        "Three times stand for each event: when it occurred, when the agency recorded it, and when it "
        "reached whoever holds the record, each as precise as its source. A month or a year stands where "
        "it begins. Strengths are listed as well as concerns; no child is scored.");
    for (size_t k = 0; k < r->shown; k++)
        child(h, r, r->completeness.child[k]);
    if (!r->shown) h_element(h, "p", "No child is known yet.");
}
