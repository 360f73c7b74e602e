// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "agents/inspector/report/sections.h"

// --- matrix ---

static void count_cell(struct evx_html *h, const struct evx_matrix_cell *c)
{
    h_begin(h, "td");
    if (!c->items)
        h_text(h, "none");
    else
        h_textf(h, "%zu", c->items);
    if (c->strengths) h_textf(h, ", +%zu", c->strengths);
    if (c->concerns) h_textf(h, ", −%zu", c->concerns);
    h_end(h);
}

static void matrix_row(struct evx_html *h, struct evx_report *r, const struct evx_matrix_row *m)
{
    h_begin(h, "tr");
    h_begin(h, "th");
    h_attr(h, "scope", "row");
    h_text(h, m->criterion);
    if (m->known) h_classed(h, "div", "label", m->known->label);
    h_end(h);
    evx_part_number(h, m->origins);
    for (size_t a = 0; a < r->v->agencies; a++)
        count_cell(h, &m->cell[a]);
    h_begin(h, "td");
    for (size_t i = 0; i < m->missing_n; i++)
        h_textf(h, "%s%s", i ? ", " : "", m->missing[i]);
    if (!m->missing_n) h_text(h, m->known ? "nothing" : "not known");
    h_end(h);
    h_end(h);
}

void evx_section_matrix(struct evx_html *h, struct evx_report *r)
{
    const char *head[EVX_LIMIT_DIRECTORY_ORGS + 3] = {"Criterion", ">Origins"};
    for (size_t a = 0; a < r->v->agencies; a++)
        head[a + 2] = r->v->agency[a].name;
    head[r->v->agencies + 2] = "Still missing from";
    h_begin(h, "p");
    h_textf(h,
            "%zu of %zu criteria have evidence. A cell counts pieces of evidence, of them strengths (+) and "
            "concerns "
            "(−). Origins counts who observed it: copies and repetitions add nothing.",
            r->matrix.with_evidence, r->matrix.rows);
    h_end(h);
    if (!r->framework)
        h_element(h, "p", "The framework is not known to this program: rows are what agencies cited.");
    if (!r->matrix.with_evidence) return;
    evx_part_table(h, "Criteria that have evidence, by agency");
    evx_part_head(h, head, r->v->agencies + 3);
    h_begin(h, "tbody");
    for (size_t i = 0; i < r->matrix.rows; i++)
        if (r->matrix.row[i].all.items) matrix_row(h, r, &r->matrix.row[i]);
    h_end(h);
    evx_part_table_end(h);
}

// --- contradictions ---

static void sides(struct evx_html *h, struct evx_report *r, const struct evx_contradiction *c)
{
    h_begin(h, "tr");
    h_begin(h, "th");
    h_attr(h, "scope", "row");
    h_text(h, c->what);
    if (*c->event) h_classed(h, "div", "note", c->event);
    h_end(h);
    h_begin(h, "td");
    h_begin(h, "ul");
    h_attr(h, "class", "sides");
    for (size_t i = 0; i < c->sides; i++) {
        const char *who = *c->side[i].organisation ? evx_views_name(r->v, c->side[i].organisation)
                                                   : "The inspection's list";
        h_begin(h, "li");
        h_textf(h, "%s: ", who);
        h_element(h, "strong", c->side[i].value);
        if (c->side[i].item != EVX_NO_ITEM) h_text(h, " ");
        if (c->side[i].item != EVX_NO_ITEM) evx_part_evidence(h, r, c->side[i].item);
        h_end(h);
    }
    h_end(h);
    h_end(h);
    h_end(h);
}

#define CONTRADICTIONS_SHOWN 500

void evx_section_contradictions(struct evx_html *h, struct evx_report *r)
{
    static const char *const head[] = {"What differs", "Who says what"};
    const struct evx_contradictions *c = &r->contradictions;
    h_element(
        h, "p",
        "Where organisations say different things about one child: who the child is, the same kind of event "
        "within a day, or a nil return beside evidence. Nobody is declared right.");
    if (!c->n) h_element(h, "p", "None was found.");
    size_t n = c->n < CONTRADICTIONS_SHOWN ? c->n : CONTRADICTIONS_SHOWN;
    for (size_t i = 0; i < n; i++) {
        const struct evx_child_fact *child = &r->v->children.child[c->row[i].child];
        bool first = i == 0 || c->row[i - 1].child != c->row[i].child;
        if (first) {
            evx_part_table(h, evx_slab_printf(&r->v->slab, "%s %s", child->id, evx_part_child(r, child)));
            evx_part_head(h, head, 2);
            h_begin(h, "tbody");
        }
        sides(h, r, &c->row[i]);
        if (i + 1 < n && c->row[i + 1].child == c->row[i].child) continue;
        h_end(h);
        evx_part_table_end(h);
    }
    if (n < c->n)
        h_element(h, "p", "Only the first are shown: evx-inspect contradictions CHILD lists the rest.");
}

// --- grading ---

static void grades(struct evx_html *h, const struct evx_framework *f, uint32_t set)
{
    bool any = false;
    for (size_t g = 0; g < evx_framework_grades(f); g++) {
        if (!((set >> g) & 1)) continue;
        h_textf(h, "%s%s", any ? ", " : "", evx_framework_grade(f, g));
        any = true;
    }
    if (!any) h_text(h, "none");
}

static void permitted_table(struct evx_html *h, struct evx_report *r)
{
    static const char *const head[] = {"Judgement", "Permitted", "Advised"};
    evx_part_table(h, "Grades that the rules leave open, with the drafts so far");
    evx_part_head(h, head, 3);
    h_begin(h, "tbody");
    for (size_t j = 0; j < evx_framework_judgements(r->framework) && j < 16; j++) {
        h_begin(h, "tr");
        evx_part_row_head(h, evx_framework_judgement(r->framework, j));
        h_begin(h, "td");
        grades(h, r->framework, r->permitted.permitted[j]);
        h_end(h);
        h_begin(h, "td");
        if (r->permitted.advised[j])
            grades(h, r->framework, r->permitted.advised[j]);
        else
            h_text(h, "no advice");
        h_end(h);
        h_end(h);
    }
    h_end(h);
    evx_part_table_end(h);
}

static void fired_list(struct evx_html *h, const struct evx_permitted *p)
{
    if (!p->fired_n) {
        h_element(h, "p", "No rule limits a grade with what is known now.");
        return;
    }
    h_begin(h, "ul");
    for (size_t i = 0; i < p->fired_n; i++) {
        h_begin(h, "li");
        h_element(h, "strong", p->fired[i].rule);
        h_textf(h, " (%s, %s on %s): %s", p->fired[i].source, p->fired[i].effect, p->fired[i].on,
                p->fired[i].message);
        h_end(h);
    }
    h_end(h);
}

static void missing_table(struct evx_html *h, struct evx_report *r)
{
    static const char *const head[] = {"Criterion", ">Evidence", ">Origins", "Missing from"};
    evx_part_table(h, "Criteria without all the evidence they ask for");
    evx_part_head(h, head, 4);
    h_begin(h, "tbody");
    for (size_t i = 0; i < r->matrix.rows; i++) {
        const struct evx_matrix_row *m = &r->matrix.row[i];
        if (!evx_matrix_wanting(m)) continue;
        h_begin(h, "tr");
        h_begin(h, "th");
        h_attr(h, "scope", "row");
        h_text(h, m->criterion);
        h_classed(h, "div", "label", m->known->label);
        h_end(h);
        evx_part_number(h, m->all.items);
        evx_part_number(h, m->origins);
        h_begin(h, "td");
        for (size_t k = 0; k < m->missing_n; k++)
            h_textf(h, "%s%s", k ? ", " : "", m->missing[k]);
        h_end(h);
        h_end(h);
    }
    h_end(h);
    evx_part_table_end(h);
}

void evx_section_grading(struct evx_html *h, struct evx_report *r)
{
    if (!r->framework) {
        h_element(h, "p", "The framework is not known to this program.");
        return;
    }
    if (evx_framework_graded(r->framework)) {
        h_element(h, "p",
                  "A named inspector judges. The rules only say which grades are open and which rule says "
                  "so; going "
                  "past one is recorded with its reason.");
        permitted_table(h, r);
        h_element(h, "h3", "Rules that apply now");
        fired_list(h, &r->permitted);
    } else {
        h_element(h, "p",
                  "This framework is narrative: no grade exists. A named inspector writes the findings.");
    }
    missing_table(h, r);
}
