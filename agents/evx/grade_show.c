// SPDX-License-Identifier: Apache-2.0
//
// evx grade frameworks, evx grade show ID
#include <string.h>

#include "agents/evx/grade_verbs.h"
#include "grading/followup.h"
#include "grading/frameworks/registry.h"
#include "grading/register.h"
#include "grading/rules.h"
#include "grading/sample.h"
#include "grading/schedule.h"
#include "grading/signoff.h"

static void summary_json(struct evx_out *o, const struct evx_framework *f)
{
    evx_out_text(o, "{");
    evx_out_member(o, "id", evx_framework_id(f));
    evx_out_more(o, "title", evx_framework_title(f));
    evx_out_format(o, ",\"graded\":%s,\"rules\":%zu,\"criteria\":%zu,\"dates\":%zu}",
                   evx_framework_graded(f) ? "true" : "false", evx_framework_rules(f),
                   evx_framework_criteria(f), evx_framework_dues(f));
}

int evx_grade_frameworks(const struct evx_grade_options *o)
{
    struct evx_out out = {.stream = stdout};
    enum evx_status s = EVX_OK;
    if (o->json) evx_out_text(&out, "{\"schema\":\"evx.frameworks/1\",\"frameworks\":[");
    for (size_t i = 0; i < evx_framework_builtins() && !s; i++) {
        struct evx_framework *f;
        s = evx_framework_builtin_load(&f, evx_framework_builtin_id(i), NULL, NULL);
        if (s) break;
        if (o->json) {
            if (i) evx_out_text(&out, ",");
            summary_json(&out, f);
        } else {
            evx_out_format(&out, "%-24s %s\n", evx_framework_id(f), evx_framework_title(f));
        }
        evx_framework_destroy(&f);
    }
    if (o->json) evx_out_text(&out, "]}\n");
    enum evx_status flushed = evx_out_flush(&out);
    evx_out_free(&out);
    return s || flushed ? evx_grade_complain(s ? s : flushed, NULL) : 0;
}

static void heading(struct evx_out *o, const char *text) { evx_out_format(o, "\n%s\n", text); }

static void show_words(struct evx_out *o, const struct evx_framework *f)
{
    evx_out_format(o, "%s  %s\n", evx_framework_id(f), evx_framework_title(f));
    evx_out_text(o, evx_framework_about(f));
    evx_out_text(o, "\n");
    heading(o, evx_framework_graded(f) ? "Scale, best first" : "Narrative: no grade exists");
    for (size_t i = 0; i < evx_framework_grades(f); i++)
        evx_out_format(o, "  %s\n", evx_framework_grade(f, i));
    heading(o, "Judgements");
    for (size_t i = 0; i < evx_framework_judgements(f); i++)
        evx_out_format(o, "  %-24s %-9s %s\n", evx_framework_judgement(f, i),
                       evx_framework_judgement_role(f, i), evx_framework_judgement_title(f, i));
    heading(o, "Agencies");
    for (size_t i = 0; i < evx_framework_agencies(f); i++) {
        const struct evx_agency_info *a = evx_framework_agency(f, i);
        evx_out_format(o, "  %-24s %s%s%s\n", a->id, a->title, *a->inspectorate ? "; inspected by " : "",
                       a->inspectorate);
    }
}

static void show_rules(struct evx_out *o, const struct evx_framework *f)
{
    heading(o, "Rules");
    for (size_t i = 0; i < evx_framework_rules(f); i++) {
        const struct evx_rule_info *r = evx_framework_rule(f, i);
        evx_out_format(o, "  %-8s %-9s %s%s%s  [%s]\n", r->id, r->effect, r->on, *r->to ? " -> " : "", r->to,
                       r->source);
        if (*r->when) evx_out_format(o, "           when  %s\n", r->when);
        if (*r->needs) evx_out_format(o, "           needs %s\n", r->needs);
        if (*r->reading) evx_out_format(o, "           reading: %s\n", r->reading);
        evx_out_format(o, "           %s\n", r->message);
    }
    heading(o, "Facts");
    static const char *const kinds[] = {"flag", "number", "text"};
    for (size_t i = 0; i < evx_framework_facts(f); i++) {
        const struct evx_fact_info *fact = evx_framework_fact(f, i);
        evx_out_format(o, "  %-36s %-6s %s", fact->id, kinds[fact->kind], fact->means);
        for (size_t v = 0; v < fact->values_n; v++)
            evx_out_format(o, "%s%s", v ? ", " : " [", fact->values[v]);
        evx_out_text(o, fact->values_n ? "]\n" : "\n");
    }
}

static void show_criteria(struct evx_out *o, const struct evx_framework *f)
{
    heading(o, "Criteria");
    for (size_t i = 0; i < evx_framework_criteria(f); i++) {
        const struct evx_criterion *c = evx_framework_criterion(f, i);
        evx_out_format(o, "  %-18s %-20s %-12s %s", c->id, c->judgement, c->grade, c->label);
        for (size_t a = 0; a < c->agencies; a++)
            evx_out_format(o, "%s%s", a ? " " : "  [", c->agency[a]);
        evx_out_format(o, "]%s%s\n", *c->when ? "  when " : "", c->when);
    }
}

static void show_dates(struct evx_out *o, const struct evx_framework *f)
{
    heading(o, "Dates");
    for (size_t i = 0; i < evx_framework_dues(f); i++) {
        const struct evx_due_info *d = evx_framework_due(f, i);
        evx_out_format(o, "  %-6s %s within %s of %s%s%s  [%s]\n", d->id, d->activity, d->within, d->event,
                       *d->when ? " when " : "", d->when, d->source);
    }
    heading(o, "Sampling");
    const struct evx_sampling *s = evx_framework_sampling(f);
    for (size_t i = 0; i < s->n; i++)
        evx_out_format(o, "  %-6s %s\n", s->rule[i].id, s->rule[i].message);
}

static void show_aftermath(struct evx_out *o, const struct evx_framework *f)
{
    if (evx_followup_steps(f)) heading(o, "Follow-up");
    for (size_t i = 0; i < evx_followup_steps(f); i++) {
        const struct evx_followup_step *s = evx_followup_step_at(f, i);
        evx_out_format(o, "  %-6s %s --%s--> %s  [%s]%s\n", s->id, s->from, s->event, s->to, s->source,
                       s->gates ? " only if:" : "");
        for (size_t g = 0; g < s->gates; g++)
            evx_out_format(o, "           %s %s\n", s->gate[g]->id, s->gate[g]->message);
    }
    heading(o, "Inspectorates");
    for (size_t i = 0; i < evx_framework_inspectorates(f); i++) {
        const struct evx_inspectorate *in = evx_framework_inspectorate(f, i);
        evx_out_format(o, "  %-10s %s%s%s\n", in->id, in->title, in->always ? "" : "; only: ", in->when);
    }
    heading(o, "Register");
    const struct evx_register_rules *r = evx_framework_register(f);
    for (size_t i = 0; i < r->n; i++)
        evx_out_format(o, "  %-6s %s: %s (%lld sources)\n", r->rule[i].id, r->rule[i].kind,
                       r->rule[i].message, (long long)r->rule[i].sources);
    heading(o, "Report");
    for (size_t i = 0; i < evx_framework_sections(f); i++) {
        const struct evx_section *s = evx_framework_section(f, i);
        evx_out_format(o, "  %-24s %s%s\n", s->id, s->title, s->required ? "" : " (optional)");
    }
}

static void rule_json(struct evx_out *o, const struct evx_rule_info *r)
{
    evx_out_text(o, "{");
    evx_out_member(o, "id", r->id);
    evx_out_more(o, "source", r->source);
    evx_out_more(o, "effect", r->effect);
    evx_out_more(o, "on", r->on);
    evx_out_more(o, "to", r->to);
    evx_out_more(o, "when", r->when);
    evx_out_more(o, "needs", r->needs);
    if (*r->reading) evx_out_more(o, "reading", r->reading);
    evx_out_more(o, "message", r->message);
    evx_out_text(o, "}");
}

static void criterion_json(struct evx_out *o, const struct evx_criterion *c)
{
    evx_out_text(o, "{");
    evx_out_member(o, "id", c->id);
    evx_out_more(o, "judgement", c->judgement);
    evx_out_more(o, "grade", c->grade);
    evx_out_more(o, "source", c->source);
    evx_out_more(o, "when", c->when);
    evx_out_more(o, "label", c->label);
    evx_out_text(o, ",\"agencies\":[");
    for (size_t i = 0; i < c->agencies; i++) {
        if (i) evx_out_text(o, ",");
        evx_out_string(o, c->agency[i]);
    }
    evx_out_text(o, "]}");
}

static void names_json(struct evx_out *o, const char *key,
                       const char *(*name)(const struct evx_framework *, size_t), size_t n,
                       const struct evx_framework *f)
{
    evx_out_format(o, ",\"%s\":[", key);
    for (size_t i = 0; i < n; i++) {
        if (i) evx_out_text(o, ",");
        evx_out_string(o, name(f, i));
    }
    evx_out_text(o, "]");
}

static void facts_json(struct evx_out *o, const struct evx_framework *f)
{
    static const char *const kinds[] = {"flag", "number", "text"};
    evx_out_text(o, ",\"facts\":[");
    for (size_t i = 0; i < evx_framework_facts(f); i++) {
        const struct evx_fact_info *fact = evx_framework_fact(f, i);
        evx_out_text(o, i ? ",{" : "{");
        evx_out_member(o, "id", fact->id);
        evx_out_more(o, "kind", kinds[fact->kind]);
        evx_out_more(o, "means", fact->means);
        evx_out_text(o, ",\"values\":[");
        for (size_t v = 0; v < fact->values_n; v++) {
            if (v) evx_out_text(o, ",");
            evx_out_string(o, fact->values[v]);
        }
        evx_out_text(o, "]}");
    }
    evx_out_text(o, "]");
}

static void show_json(struct evx_out *o, const struct evx_framework *f)
{
    evx_out_text(o, "{\"schema\":\"evx.framework/1\"");
    evx_out_more(o, "id", evx_framework_id(f));
    evx_out_more(o, "title", evx_framework_title(f));
    evx_out_format(o, ",\"graded\":%s", evx_framework_graded(f) ? "true" : "false");
    names_json(o, "grades", evx_framework_grade, evx_framework_grades(f), f);
    names_json(o, "judgements", evx_framework_judgement, evx_framework_judgements(f), f);
    facts_json(o, f);
    evx_out_text(o, ",\"rules\":[");
    for (size_t i = 0; i < evx_framework_rules(f); i++) {
        if (i) evx_out_text(o, ",");
        rule_json(o, evx_framework_rule(f, i));
    }
    evx_out_text(o, "],\"criteria\":[");
    for (size_t i = 0; i < evx_framework_criteria(f); i++) {
        if (i) evx_out_text(o, ",");
        criterion_json(o, evx_framework_criterion(f, i));
    }
    evx_out_text(o, "]}\n");
}

int evx_grade_show(const struct evx_grade_options *o)
{
    struct evx_framework *f;
    struct evx_out out = {.stream = stdout};
    enum evx_status s = evx_grade_framework(&f, o, o->files ? o->file[0] : NULL);
    if (s) return evx_status_exit_code(s);
    if (o->json) {
        show_json(&out, f);
    } else {
        show_words(&out, f);
        show_rules(&out, f);
        if (evx_framework_criteria(f)) show_criteria(&out, f);
        show_dates(&out, f);
        show_aftermath(&out, f);
    }
    s = evx_out_flush(&out);
    evx_out_free(&out);
    evx_framework_destroy(&f);
    return s ? evx_grade_complain(s, NULL) : 0;
}
