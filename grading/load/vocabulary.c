// SPDX-License-Identifier: Apache-2.0
//
// The words of a framework: agencies, inspectorates, scale, judgements, facts,
// events, sections of the report.
#include "grading/load/load.h"

#include <string.h>

struct agency {
    struct evx_text id, title, inspectorate;
};
static const struct evx_field agency_fields[] = {
    EVX_KEY(agency, "id", id, TEXT, true),
    EVX_KEY(agency, "title", title, TEXT, true),
    EVX_KEY(agency, "inspectorate", inspectorate, TEXT, false),
};
static const struct evx_shape agency_shape = EVX_SHAPE("agency", agency, agency_fields);

static int inspectorate_position(const struct evx_framework *f, const char *id)
{
    for (size_t i = 0; i < f->inspectorates; i++)
        if (!strcmp(f->inspectorate[i].id, id)) return (int)i;
    return -1;
}

enum evx_status evx_load_agencies(struct evx_loading *l, const struct evx_node *list)
{
    struct evx_framework *f = l->f;
    struct agency *row;
    size_t n;
    enum evx_status s =
        evx_read_rows(&l->reader, list, &agency_shape, EVX_LIMIT_GRADING_AGENCIES, (void **)&row, &n);
    if (s) return s;
    f->agency = evx_load_take(l, n, sizeof *f->agency);
    if (!f->agency) return EVX_E_MEMORY;
    for (size_t i = 0; i < n && !s; i++) {
        s = evx_load_word(l, &row[i].id);
        if (!s && evx_find_agency(f, row[i].id.s, NULL) >= 0) s = evx_load_twice(l, &row[i].id);
        if (!s && *row[i].inspectorate.s && inspectorate_position(f, row[i].inspectorate.s) < 0)
            s = evx_reader_fail_near(&l->reader, &row[i].inspectorate, "inspectorate", NULL);
        f->agency[f->agencies++] =
            (struct evx_agency_info){row[i].id.s, row[i].title.s, row[i].inspectorate.s};
    }
    return s;
}

struct inspectorate {
    struct evx_text id, title, source, when;
};
static const struct evx_field inspectorate_fields[] = {
    EVX_KEY(inspectorate, "id", id, TEXT, true),
    EVX_KEY(inspectorate, "title", title, TEXT, true),
    EVX_KEY(inspectorate, "source", source, TEXT, true),
    EVX_KEY(inspectorate, "only", when, TEXT, false),
};
static const struct evx_shape inspectorate_shape =
    EVX_SHAPE("inspectorate", inspectorate, inspectorate_fields);

enum evx_status evx_load_inspectorates(struct evx_loading *l, const struct evx_node *list)
{
    struct evx_framework *f = l->f;
    struct inspectorate *row;
    size_t n;
    enum evx_status s =
        evx_read_rows(&l->reader, list, &inspectorate_shape, EVX_LIMIT_GRADING_ROWS, (void **)&row, &n);
    if (s) return s;
    f->inspectorate = evx_load_take(l, n, sizeof *f->inspectorate);
    if (!f->inspectorate) return EVX_E_MEMORY;
    for (size_t i = 0; i < n && !s; i++) {
        s = evx_load_word(l, &row[i].id);
        if (!s && inspectorate_position(f, row[i].id.s) >= 0) s = evx_load_twice(l, &row[i].id);
        f->inspectorate[f->inspectorates++] = (struct evx_inspectorate){
            row[i].id.s, row[i].title.s, row[i].source.s, row[i].when.s, !*row[i].when.s};
    }
    return s;
}

struct grade {
    struct evx_text id;
    struct evx_texts written;
};
static const struct evx_field grade_fields[] = {
    EVX_KEY(grade, "grade", id, TEXT, true),
    EVX_KEY(grade, "written", written, TEXTS, false),
};
static const struct evx_shape grade_shape = EVX_SHAPE("grade", grade, grade_fields);

enum evx_status evx_load_scale(struct evx_loading *l, const struct evx_node *list)
{
    struct evx_framework *f = l->f;
    struct grade *row;
    size_t n;
    enum evx_status s =
        evx_read_rows(&l->reader, list, &grade_shape, EVX_LIMIT_GRADING_GRADES, (void **)&row, &n);
    if (s) return s;
    if (f->graded != (n > 1))
        return evx_reader_fail(&l->reader, list->line ? list->line : 1, "scale",
                               f->graded ? "a graded framework needs two grades at least, best first"
                                         : "a narrative framework has no scale: no grade may exist");
    f->grade = evx_load_take(l, n, sizeof *f->grade);
    if (!f->grade) return EVX_E_MEMORY;
    for (size_t i = 0; i < n && !s; i++) {
        s = evx_load_word(l, &row[i].id);
        if (!s && evx_find_grade(f, row[i].id.s, NULL) >= 0) s = evx_load_twice(l, &row[i].id);
        struct evx_grade *g = &f->grade[f->grades++];
        g->id = row[i].id.s;
        if (!s) s = evx_load_strings(l, &row[i].written, &g->written, &g->written_n);
    }
    return s;
}

struct judgement {
    struct evx_text id, title, role, source, left;
};
static const struct evx_field judgement_fields[] = {
    EVX_KEY(judgement, "id", id, TEXT, true),
    EVX_KEY(judgement, "title", title, TEXT, true),
    EVX_KEY(judgement, "role", role, TEXT, true),
    EVX_KEY(judgement, "source", source, TEXT, true),
    EVX_KEY(judgement, "may-be-left", left, TEXT, false),
};
static const struct evx_shape judgement_shape = EVX_SHAPE("judgement", judgement, judgement_fields);

static enum evx_status add_judgement(struct evx_loading *l, const struct judgement *row)
{
    static const char *const roles[] = {"overall", "limiting", "graded", "sub", "separate", "narrative"};
    struct evx_framework *f = l->f;
    size_t role;
    enum evx_status s = evx_load_word(l, &row->id);
    if (!s) s = evx_load_choice(l, &row->role, roles, 6, &role);
    if (s) return s;
    if ((role == 5) == f->graded)
        return evx_reader_fail(&l->reader, row->role.line, "role", "'%s' does not suit a %s framework",
                               roles[role], f->graded ? "graded" : "narrative");
    if (evx_find_judgement(f, row->id.s, NULL) >= 0) return evx_load_twice(l, &row->id);
    struct evx_judgement *j = &f->judgement[f->judgements++];
    *j = (struct evx_judgement){row->id.s, row->title.s, row->role.s, row->source.s, false};
    return evx_load_flag(l, &row->left, &j->may_be_left);
}

enum evx_status evx_load_judgements(struct evx_loading *l, const struct evx_node *list)
{
    struct judgement *row;
    size_t n;
    enum evx_status s =
        evx_read_rows(&l->reader, list, &judgement_shape, EVX_LIMIT_GRADING_JUDGEMENTS, (void **)&row, &n);
    if (s) return s;
    l->f->judgement = evx_load_take(l, n, sizeof *l->f->judgement);
    if (!l->f->judgement) return EVX_E_MEMORY;
    for (size_t i = 0; i < n && !s; i++)
        s = add_judgement(l, &row[i]);
    return s;
}

struct fact {
    struct evx_text id, kind, means, standard;
    struct evx_texts values;
};
static const struct evx_field fact_fields[] = {
    EVX_KEY(fact, "id", id, TEXT, true),           EVX_KEY(fact, "kind", kind, TEXT, true),
    EVX_KEY(fact, "means", means, TEXT, true),     EVX_KEY(fact, "default", standard, TEXT, false),
    EVX_KEY(fact, "values", values, TEXTS, false),
};
static const struct evx_shape fact_shape = EVX_SHAPE("fact", fact, fact_fields);

static enum evx_status fact_default(struct evx_loading *l, const struct fact *row, struct evx_fact_info *fact)
{
    fact->has_default = row->standard.line != 0;
    if (!fact->has_default) return EVX_OK;
    size_t choice = 0;
    bool flag = false;
    enum evx_status s = EVX_OK;
    switch (fact->kind) {
    case EVX_FACT_FLAG:
        s = evx_load_flag(l, &row->standard, &flag);
        fact->standard = flag;
        return s;
    case EVX_FACT_TEXT:
        s = evx_load_choice(l, &row->standard, fact->values, fact->values_n, &choice);
        fact->standard = (int64_t)choice;
        return s;
    case EVX_FACT_NUMBER: break;
    }
    if (evx_text_number(row->standard.s, &fact->standard)) return EVX_OK;
    return evx_reader_fail(&l->reader, row->standard.line, "default", "'%.60s' is not a whole number",
                           row->standard.s);
}

static enum evx_status fact_values(struct evx_loading *l, const struct fact *row, struct evx_fact_info *fact)
{
    if ((fact->kind == EVX_FACT_TEXT) != (row->values.n > 0))
        return evx_reader_fail(&l->reader, row->id.line, "values",
                               "a text fact lists its values; no other fact does");
    for (size_t i = 0; i < row->values.n; i++) {
        enum evx_status s = evx_load_word(l, &row->values.at[i]);
        if (s) return s;
    }
    return evx_load_strings(l, &row->values, &fact->values, &fact->values_n);
}

static enum evx_status add_fact(struct evx_loading *l, const struct fact *row)
{
    static const char *const kinds[] = {"flag", "number", "text"};
    struct evx_framework *f = l->f;
    size_t kind;
    enum evx_status s = evx_load_word(l, &row->id);
    if (!s) s = evx_load_choice(l, &row->kind, kinds, 3, &kind);
    if (s) return s;
    if (evx_find_fact(f, row->id.s, NULL) >= 0 || evx_find_judgement(f, row->id.s, NULL) >= 0)
        return evx_load_twice(l, &row->id);
    struct evx_fact_info *fact = &f->fact[f->facts++];
    *fact = (struct evx_fact_info){.id = row->id.s, .means = row->means.s, .kind = (enum evx_fact_kind)kind};
    s = fact_values(l, row, fact);
    return s ? s : fact_default(l, row, fact);
}

static void add_counters(struct evx_framework *f)
{
    static const char *const id[] = {"criteria-met", "criteria-not-met", "criteria-not-relevant"};
    for (size_t i = 0; i < EVX_COUNTERS; i++)
        f->fact[f->facts++] =
            (struct evx_fact_info){.id = id[i],
                                   .means = "counted by the core from the inspector's findings",
                                   .kind = EVX_FACT_NUMBER};
}

enum evx_status evx_load_facts(struct evx_loading *l, const struct evx_node *list)
{
    struct fact *row;
    size_t n;
    enum evx_status s =
        evx_read_rows(&l->reader, list, &fact_shape, EVX_LIMIT_GRADING_FACTS, (void **)&row, &n);
    if (s) return s;
    l->f->fact = evx_load_take(l, n + EVX_COUNTERS, sizeof *l->f->fact);
    if (!l->f->fact) return EVX_E_MEMORY;
    add_counters(l->f);
    for (size_t i = 0; i < n && !s; i++)
        s = add_fact(l, &row[i]);
    return s;
}

enum evx_status evx_load_events(struct evx_loading *l, const struct evx_texts *events)
{
    struct evx_framework *f = l->f;
    f->event = evx_load_take(l, events->n, sizeof *f->event);
    if (!f->event) return EVX_E_MEMORY;
    for (size_t i = 0; i < events->n; i++) {
        enum evx_status s = evx_load_word(l, &events->at[i]);
        if (!s && evx_find_event(f, events->at[i].s, NULL) >= 0) s = evx_load_twice(l, &events->at[i]);
        if (s) return s;
        f->event[f->events++] = events->at[i].s;
    }
    return EVX_OK;
}

struct section {
    struct evx_text id, title, source, optional;
};
static const struct evx_field section_fields[] = {
    EVX_KEY(section, "id", id, TEXT, true),
    EVX_KEY(section, "title", title, TEXT, true),
    EVX_KEY(section, "source", source, TEXT, true),
    EVX_KEY(section, "optional", optional, TEXT, false),
};
static const struct evx_shape section_shape = EVX_SHAPE("section", section, section_fields);

enum evx_status evx_load_sections(struct evx_loading *l, const struct evx_node *list)
{
    struct evx_framework *f = l->f;
    struct section *row;
    size_t n;
    enum evx_status s =
        evx_read_rows(&l->reader, list, &section_shape, EVX_LIMIT_GRADING_ROWS, (void **)&row, &n);
    if (s) return s;
    f->section = evx_load_take(l, n, sizeof *f->section);
    if (!f->section) return EVX_E_MEMORY;
    for (size_t i = 0; i < n && !s; i++) {
        bool optional = false;
        s = evx_load_word(l, &row[i].id);
        for (size_t j = 0; j < i && !s; j++)
            if (!strcmp(f->section[j].id, row[i].id.s)) s = evx_load_twice(l, &row[i].id);
        if (!s) s = evx_load_flag(l, &row[i].optional, &optional);
        f->section[f->sections++] =
            (struct evx_section){row[i].id.s, row[i].title.s, row[i].source.s, !optional};
    }
    return s;
}
