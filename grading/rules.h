// SPDX-License-Identifier: Apache-2.0
//
// What is in a framework, rule by rule, and the one question an inspector asks
// of it: may this grade be recorded? A grade outside the permitted set needs an
// override that says who passed which rule and why; nothing is ever passed in
// silence.
#ifndef EVX_GRADING_RULES_H
#define EVX_GRADING_RULES_H

#include "grading/calendar.h"
#include "grading/grading.h"

#define EVX_DECISION_RULES 64

struct evx_rule_info {
    const char *id, *source, *effect, *message;
    const char *on;      // judgement, "report", or the activity that a trigger starts
    const char *to;      // the grade of a limit or cap, the likely ones of an indication, "" = none
    const char *when;    // the condition as written, "" = always
    const char *needs;   // what a requirement asks for, as written
    const char *reading; // which of several readings of the source this is, "" = there is one
};
size_t evx_framework_rules(const struct evx_framework *f);
const struct evx_rule_info *evx_framework_rule(const struct evx_framework *f, size_t i);

enum evx_fact_kind { EVX_FACT_FLAG, EVX_FACT_NUMBER, EVX_FACT_TEXT };
struct evx_fact_info {
    const char *id, *means;
    enum evx_fact_kind kind;
    const char *const *values; // of a text fact
    size_t values_n;
    bool has_default;
    int64_t standard; // value while nothing is recorded: number, 0/1, or position in values
};
size_t evx_framework_facts(const struct evx_framework *f);
const struct evx_fact_info *evx_framework_fact(const struct evx_framework *f, size_t i);

struct evx_agency_info {
    const char *id, *title;
    const char *inspectorate; // who inspects it, "" = nobody in this framework
};
size_t evx_framework_agencies(const struct evx_framework *f);
const struct evx_agency_info *evx_framework_agency(const struct evx_framework *f, size_t i);

const char *evx_framework_about(const struct evx_framework *f);
const char *evx_framework_judgement_title(const struct evx_framework *f, size_t i);
const char *evx_framework_judgement_role(const struct evx_framework *f,
                                         size_t i);                       // overall limiting graded …
const char *evx_framework_event(const struct evx_framework *f, size_t i); // NULL past the last
evx_day evx_framework_from(const struct evx_framework *f);                // in force; EVX_NO_DAY = open
evx_day evx_framework_until(const struct evx_framework *f);               // last day; EVX_NO_DAY = open
// Position of a grade, also by another spelling of the same word on the same
// scale ("requires improvement to be good"); -1 if the scale has no such word.
int evx_framework_grade_position(const struct evx_framework *f, const char *word);
int evx_framework_judgement_position(const struct evx_framework *f, const char *id);

struct evx_section { // of a report or letter
    const char *id, *title, *source;
    bool required;
};
size_t evx_framework_sections(const struct evx_framework *f);
const struct evx_section *evx_framework_section(const struct evx_framework *f, size_t i);

// --- columns of a table of outcomes ---
// The judgement that a column of this name holds, -1 if none (and always in a
// narrative framework).
int evx_framework_column(const struct evx_framework *f, const char *column);
// Is it a column that dates the outcome? 0 = best of several, -1 = no.
int evx_framework_date_column(const struct evx_framework *f, const char *column);
// Does the cell say that no such judgement is made?
bool evx_framework_absent_word(const struct evx_framework *f, const char *cell);
struct evx_due_check { // a due date that can be checked in a table; rule NULL: none
    const char *rule;
    const char *from, *due; // columns: the date to count from, the date stated
    const char *received;   // column that dates the true start of the clock, "" = none
    int64_t early;          // working days by which the clock may have started before `from`
};
const struct evx_due_check *evx_framework_due_check(const struct evx_framework *f);

// --- a case, further ---
enum evx_finding_state {
    EVX_CRITERION_OPEN,
    EVX_CRITERION_MET,
    EVX_CRITERION_NOT_MET,
    EVX_CRITERION_NOT_RELEVANT
};
// An inspector's view of one criterion. It is counted; no limit can depend on
// it. CRITERION_UNKNOWN.
EVX_MUST_CHECK enum evx_status evx_case_criterion(struct evx_case *c, const char *criterion,
                                                  enum evx_finding_state state, const char **suggestion);
const char *evx_case_grade(const struct evx_case *c, size_t judgement); // "" = open; "not-judged"; "written"
bool evx_case_open(const struct evx_case *c, size_t judgement);

struct evx_override {
    const char *rule, *who, *reason;
    int64_t time_ms; // when it was recorded, handed in
};
// Recorded, copied, kept. RULE_UNKNOWN (or not a limit, cap, order or
// requirement), INCOMPLETE without person or reason.
EVX_MUST_CHECK enum evx_status evx_case_override(struct evx_case *c, const struct evx_override *o,
                                                 const char **suggestion);
size_t evx_case_overrides(const struct evx_case *c);
const struct evx_override *evx_case_override_at(const struct evx_case *c, size_t i);

struct evx_decision {
    uint32_t permitted; // what the rules leave, before overrides
    size_t against_n;
    struct evx_fired against[EVX_DECISION_RULES];      // rules that forbid it, overridden or not
    const struct evx_override *by[EVX_DECISION_RULES]; // the override of each, NULL = none
};
// May `grade` be recorded for `judgement` now? OK also when every rule against
// it is overridden; NOT_PERMITTED, NOT_READY (order, or something required is
// missing), JUDGEMENT_UNKNOWN, GRADE_UNKNOWN, NARRATIVE. "report" and "" ask
// whether the report may be issued.
EVX_MUST_CHECK enum evx_status evx_case_decide(const struct evx_case *c, const char *judgement,
                                               const char *grade, struct evx_decision *out);

#endif
