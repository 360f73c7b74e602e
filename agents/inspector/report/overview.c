// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "agents/inspector/report/sections.h"

static void figure(struct evx_html *h, const char *label, uint64_t n)
{
    h_begin(h, "div");
    h_element(h, "dt", label);
    h_begin(h, "dd");
    h_textf(h, "%llu", (unsigned long long)n);
    h_end(h);
    h_end(h);
}

static size_t standing(const struct evx_views *v)
{
    size_t n = 0;
    for (size_t i = 0; i < v->facts.items; i++)
        n += evx_fact_stands(&v->facts.item[i]);
    return n;
}

static void figures(struct evx_html *h, const struct evx_report *r)
{
    const size_t *t = r->completeness.total;
    h_begin(h, "dl");
    h_attr(h, "class", "figures");
    figure(h, "Pieces of evidence that stand", standing(r->v));
    figure(h, r->completeness.by_list ? "Tracked children" : "Children", r->completeness.children);
    figure(h, "Returns in", t[EVX_RETURN_EVIDENCE] + t[EVX_RETURN_NIL]);
    figure(h, "Returns late", t[EVX_RETURN_LATE]);
    figure(h, "Returns silent", t[EVX_RETURN_SILENT]);
    figure(h, "Criteria with evidence", r->matrix.with_evidence);
    figure(h, "Contradictions", r->contradictions.n);
    figure(h, "Consignments in the log", r->totals.consignments);
    h_end(h);
}

static void point(struct evx_html *h, size_t n, const char *one, const char *many)
{
    if (!n) return;
    h_begin(h, "li");
    h_textf(h, "%zu %s", n, n == 1 ? one : many);
    h_end(h);
}

static void attention(struct evx_html *h, const struct evx_report *r)
{
    size_t points = r->completeness.total[EVX_RETURN_LATE] + r->completeness.total[EVX_RETURN_SILENT] +
                    r->requests + r->v->links.open + r->v->children.unattributed + r->totals.rejected;
    h_element(h, "h3", "What needs attention");
    if (!points) {
        h_element(h, "p", "Nothing: every agency has answered for every child and nothing was refused.");
        return;
    }
    h_begin(h, "ul");
    point(h, r->completeness.total[EVX_RETURN_LATE], "return is late.", "returns are late.");
    point(h, r->completeness.total[EVX_RETURN_SILENT], "agency has said nothing yet about a child.",
          "times an agency has said nothing yet about a child. Silence is not a nil return.");
    point(h, r->requests, "request has no answer.", "requests have no answer.");
    point(h, r->v->links.open, "pair of records may be one child and waits for an inspector's decision.",
          "pairs of records may be one child and wait for an inspector's decision.");
    point(h, r->v->children.unattributed, "piece of evidence names no identifiable child.",
          "pieces of evidence name no identifiable child.");
    point(h, r->totals.rejected, "item was refused, with a code.", "items were refused, with a code each.");
    h_end(h);
}

static void agencies(struct evx_html *h, const struct evx_report *r)
{
    static const char *const head[] = {"Agency",       "Kind",      ">Consignments", ">Evidence",
                                       ">Nil returns", ">Accepted", ">Refused",      "Last received"};
    evx_part_table(h, "Who has sent what");
    evx_part_head(h, head, 8);
    h_begin(h, "tbody");
    for (size_t a = 0; a < r->v->agencies; a++) {
        const struct evx_tally *t = &r->tally[a];
        h_begin(h, "tr");
        evx_part_row_head(h, t->agency->name);
        evx_part_cell(h, t->agency->role);
        evx_part_number(h, t->consignments);
        evx_part_number(h, t->evidence);
        evx_part_number(h, t->nils);
        evx_part_number(h, t->accepted);
        evx_part_number(h, t->rejected);
        h_begin(h, "td");
        if (t->items)
            evx_part_time(h, t->last_ms, true);
        else
            h_text(h, "nothing yet");
        h_end(h);
        h_end(h);
    }
    h_end(h);
    evx_part_table_end(h);
}

void evx_section_summary(struct evx_html *h, struct evx_report *r)
{
    figures(h, r);
    attention(h, r);
    agencies(h, r);
}

// --- completeness ---

static void cell(struct evx_html *h, const struct evx_report *r, const struct evx_return_cell *c)
{
    static const char *const class[] = {"evidence", "nil", "late", "silent"};
    h_begin(h, "td");
    h_attr(h, "class", class[c->state]);
    h_classed(h, "span", "state", evx_return_name(c->state));
    if (c->state == EVX_RETURN_EVIDENCE) h_textf(h, ", %zu", c->items);
    if (c->state == EVX_RETURN_NIL) h_textf(h, ", signed: %s", evx_ground_name(c->ground));
    if (c->state == EVX_RETURN_EVIDENCE && c->nil != EVX_NO_ITEM) h_text(h, ", and a nil return");
    if (c->state == EVX_RETURN_LATE || c->state == EVX_RETURN_SILENT) {
        h_text(h, ", due ");
        evx_part_time(h, c->due_ms, false);
    }
    (void)r;
    h_end(h);
}

void evx_section_completeness(struct evx_html *h, struct evx_report *r)
{
    const char *head[EVX_LIMIT_DIRECTORY_ORGS + 1] = {"Child"};
    for (size_t a = 0; a < r->v->agencies; a++)
        head[a + 1] = r->v->agency[a].name;
    h_element(
        h, "p",
        "Evidence, a signed nil return, late, or silent. Silence is never a nil return: only a signed item "
        "is one.");
    evx_part_table(h, r->completeness.by_list ? "Tracked children by agency" : "Children by agency");
    evx_part_head(h, head, r->v->agencies + 1);
    h_begin(h, "tbody");
    for (size_t k = 0; k < r->shown; k++) {
        const struct evx_child_fact *c = &r->v->children.child[r->completeness.child[k]];
        char label[192];
        snprintf(label, sizeof label, "%s %.120s", c->id, evx_part_child(r, c));
        h_begin(h, "tr");
        evx_part_row_head(h, label);
        for (size_t a = 0; a < r->v->agencies; a++)
            cell(h, r, evx_return_at(&r->completeness, r->v, k, a));
        h_end(h);
    }
    h_end(h);
    evx_part_table_end(h);
    if (r->shown < r->completeness.children) {
        h_begin(h, "p");
        h_textf(h, "The first %zu of %zu children are shown: no list of tracked children was imported.",
                r->shown, r->completeness.children);
        h_end(h);
    }
}
