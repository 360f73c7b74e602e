// SPDX-License-Identifier: Apache-2.0
#include "grading/model.h"

#include <stdlib.h>
#include <string.h>

#include "grading/nearest.h"

// Position of the row whose first member (its id) is `id`. The nearest id is
// worked out only after the search has failed.
static int find(const void *rows, size_t n, size_t size, const char *id, const char **near)
{
    if (near) *near = NULL;
    if (!id) return -1;
    struct evx_nearest nearest = evx_nearest_begin(id);
    for (size_t i = 0; i < n; i++)
        if (!strcmp(id, *(const char *const *)((const char *)rows + i * size))) return (int)i;
    for (size_t i = 0; i < n && near; i++)
        evx_nearest_offer(&nearest, *(const char *const *)((const char *)rows + i * size));
    if (near) *near = nearest.best;
    return -1;
}

int evx_find_judgement(const struct evx_framework *f, const char *id, const char **near)
{
    return find(f->judgement, f->judgements, sizeof *f->judgement, id, near);
}

int evx_find_grade(const struct evx_framework *f, const char *word, const char **near)
{
    return find(f->grade, f->grades, sizeof *f->grade, word, near);
}

int evx_find_fact(const struct evx_framework *f, const char *id, const char **near)
{
    return find(f->fact, f->facts, sizeof *f->fact, id, near);
}

int evx_find_agency(const struct evx_framework *f, const char *id, const char **near)
{
    return find(f->agency, f->agencies, sizeof *f->agency, id, near);
}

int evx_find_criterion(const struct evx_framework *f, const char *id, const char **near)
{
    return find(f->criterion, f->criteria, sizeof *f->criterion, id, near);
}

int evx_find_event(const struct evx_framework *f, const char *id, const char **near)
{
    return find(f->event, f->events, sizeof *f->event, id, near);
}

int evx_find_rule(const struct evx_framework *f, const char *id, const char **near)
{
    return find(f->rule, f->rules, sizeof *f->rule, id, near);
}

void evx_framework_destroy(struct evx_framework **f)
{
    if (!f || !*f) return;
    struct evx_arena arena = (*f)->arena;
    free(*f);
    evx_arena_free(&arena);
    *f = NULL;
}

const char *evx_framework_id(const struct evx_framework *f) { return f->id; }
const char *evx_framework_title(const struct evx_framework *f) { return f->title; }
const char *evx_framework_about(const struct evx_framework *f) { return f->about; }
bool evx_framework_graded(const struct evx_framework *f) { return f->graded; }
evx_day evx_framework_from(const struct evx_framework *f) { return f->from; }
evx_day evx_framework_until(const struct evx_framework *f) { return f->until; }

size_t evx_framework_judgements(const struct evx_framework *f) { return f->judgements; }
size_t evx_framework_grades(const struct evx_framework *f) { return f->grades; }
size_t evx_framework_criteria(const struct evx_framework *f) { return f->criteria; }
size_t evx_framework_rules(const struct evx_framework *f) { return f->rules; }
size_t evx_framework_facts(const struct evx_framework *f) { return f->facts; }
size_t evx_framework_agencies(const struct evx_framework *f) { return f->agencies; }
size_t evx_framework_dues(const struct evx_framework *f) { return f->dues; }
size_t evx_framework_inspectorates(const struct evx_framework *f) { return f->inspectorates; }
size_t evx_framework_sections(const struct evx_framework *f) { return f->sections; }

const char *evx_framework_judgement(const struct evx_framework *f, size_t i)
{
    return i < f->judgements ? f->judgement[i].id : NULL;
}

const char *evx_framework_judgement_title(const struct evx_framework *f, size_t i)
{
    return i < f->judgements ? f->judgement[i].title : NULL;
}

const char *evx_framework_judgement_role(const struct evx_framework *f, size_t i)
{
    return i < f->judgements ? f->judgement[i].role : NULL;
}

const char *evx_framework_grade(const struct evx_framework *f, size_t i)
{
    return i < f->grades ? f->grade[i].id : NULL;
}
const char *evx_framework_event(const struct evx_framework *f, size_t i)
{
    return i < f->events ? f->event[i] : NULL;
}

const struct evx_criterion *evx_framework_criterion(const struct evx_framework *f, size_t i)
{
    return i < f->criteria ? &f->criterion[i].view : NULL;
}

const struct evx_criterion *evx_framework_criterion_by_id(const struct evx_framework *f, const char *id)
{
    int i = evx_find_criterion(f, id, NULL);
    return i < 0 ? NULL : &f->criterion[i].view;
}

const struct evx_rule_info *evx_framework_rule(const struct evx_framework *f, size_t i)
{
    return i < f->rules ? &f->rule[i].info : NULL;
}

const struct evx_fact_info *evx_framework_fact(const struct evx_framework *f, size_t i)
{
    return i < f->facts ? &f->fact[i] : NULL;
}

const struct evx_agency_info *evx_framework_agency(const struct evx_framework *f, size_t i)
{
    return i < f->agencies ? &f->agency[i] : NULL;
}

const struct evx_due_info *evx_framework_due(const struct evx_framework *f, size_t i)
{
    return i < f->dues ? &f->due[i].info : NULL;
}

const struct evx_inspectorate *evx_framework_inspectorate(const struct evx_framework *f, size_t i)
{
    return i < f->inspectorates ? &f->inspectorate[i] : NULL;
}

const struct evx_section *evx_framework_section(const struct evx_framework *f, size_t i)
{
    return i < f->sections ? &f->section[i] : NULL;
}

const struct evx_sampling *evx_framework_sampling(const struct evx_framework *f) { return &f->sampling; }
const struct evx_register_rules *evx_framework_register(const struct evx_framework *f) { return &f->entry; }
const struct evx_due_check *evx_framework_due_check(const struct evx_framework *f) { return &f->due_check; }

int evx_framework_judgement_position(const struct evx_framework *f, const char *id)
{
    return evx_find_judgement(f, id, NULL);
}
