// SPDX-License-Identifier: Apache-2.0
//
// A loaded framework: everything by position, texts in the arena. Written once
// by load/, read by all the rest.
#ifndef EVX_GRADING_MODEL_H
#define EVX_GRADING_MODEL_H

#include "grading/arena.h"
#include "grading/calendar.h"
#include "grading/followup.h"
#include "grading/grading.h"
#include "grading/register.h"
#include "grading/rules.h"
#include "grading/sample.h"
#include "grading/schedule.h"
#include "grading/signoff.h"
#include "proto/limits.h"

enum evx_op { // one step of a compiled condition; values are 0 false, 1 unknown, 2 true
    EVX_OP_ALWAYS,
    EVX_OP_GRADE, // judgement `index` holds a grade in `mask`
    EVX_OP_OPEN,  // judgement `index` is not made yet
    EVX_OP_FLAG,  // fact `index` is set
    EVX_OP_EQUAL, // fact `index` compared with `value`
    EVX_OP_LESS,
    EVX_OP_MORE,
    EVX_OP_NOT,
    EVX_OP_AND,
    EVX_OP_OR,
};
struct evx_step {
    uint8_t op;
    uint8_t index;
    uint32_t mask;
    int64_t value;
};
struct evx_condition {
    uint16_t first, n; // n = 0: always
    const char *text;  // as written, "" = always
};

enum { EVX_GRADE_OPEN = -1, EVX_GRADE_NOT_JUDGED = 31, EVX_GRADE_WRITTEN = 30 };

enum evx_effect {
    EVX_EFFECT_LIMIT,
    EVX_EFFECT_CAP,
    EVX_EFFECT_INDICATE,
    EVX_EFFECT_TRIGGER,
    EVX_EFFECT_REQUIRE,
    EVX_EFFECT_ORDER,
    EVX_EFFECT_GUARD,
};

struct evx_judgement {
    const char *id, *title, *role, *source;
    bool may_be_left; // "not judged" is a legal outcome
};
struct evx_grade {
    const char *id;
    const char *const *written; // other spellings of the same word on this scale
    size_t written_n;
};

enum evx_counter { EVX_COUNT_MET, EVX_COUNT_NOT_MET, EVX_COUNT_NOT_RELEVANT, EVX_COUNTERS };

struct evx_rule {
    struct evx_rule_info info;
    struct evx_condition when, needs;
    uint32_t mask;  // LIMIT, CAP: the grades that stay; INDICATE: the likely ones
    uint32_t after; // ORDER: judgements that come first
    enum evx_effect effect;
    int8_t on;      // judgement, or -1
    int8_t same_as; // INDICATE: the grade of this judgement is likely; or -1
};

struct evx_criterion_row {
    struct evx_criterion view;
    struct evx_condition when;
    uint32_t agencies; // bit per agency
};

struct evx_due_rule {
    struct evx_due_info info;
    struct evx_condition when;
};
struct evx_gate_rule {
    struct evx_gate view;
    struct evx_condition holds;
};
struct evx_followup_rules {
    const char *start;
    const char **state;
    size_t states;
    struct evx_gate_rule *gate;
    size_t gates;
    struct evx_followup_step *step;
    size_t steps;
};

struct evx_audit_columns { // how a table of outcomes names things
    const char *const *date;
    size_t date_n;
    const char *const *column[EVX_LIMIT_GRADING_JUDGEMENTS];
    size_t column_n[EVX_LIMIT_GRADING_JUDGEMENTS];
    const char *const *absent; // words that mean "no such judgement"
    size_t absent_n;
};

struct evx_framework {
    struct evx_arena arena;
    const char *id, *title, *about;
    bool graded;
    evx_day from, until; // in force; EVX_NO_DAY where open
    struct evx_grade *grade;
    size_t grades;
    struct evx_judgement *judgement;
    size_t judgements;
    struct evx_agency_info *agency;
    size_t agencies;
    struct evx_fact_info *fact; // declared facts, then the counters
    size_t facts;
    struct evx_rule *rule;
    size_t rules;
    struct evx_criterion_row *criterion;
    size_t criteria;
    const char **event;
    size_t events;
    struct evx_due_rule *due;
    size_t dues;
    struct evx_sampling sampling;
    struct evx_followup_rules *followup; // NULL: none
    struct evx_register_rules entry;     // what requirements and recommendations must say
    struct evx_inspectorate *inspectorate;
    size_t inspectorates;
    struct evx_section *section;
    size_t sections;
    struct evx_audit_columns audit;
    struct evx_due_check due_check;
    struct evx_step *code;
    size_t steps;
};

// Position by id; -1 if there is none, with the nearest known id in *near
// (which may be NULL).
int evx_find_judgement(const struct evx_framework *f, const char *id, const char **near);
int evx_find_grade(const struct evx_framework *f, const char *word, const char **near);
int evx_find_fact(const struct evx_framework *f, const char *id, const char **near);
int evx_find_agency(const struct evx_framework *f, const char *id, const char **near);
int evx_find_criterion(const struct evx_framework *f, const char *id, const char **near);
int evx_find_event(const struct evx_framework *f, const char *id, const char **near);
int evx_find_rule(const struct evx_framework *f, const char *id, const char **near);

#endif
