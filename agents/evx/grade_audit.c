// SPDX-License-Identifier: Apache-2.0
//
// evx grade audit: published outcomes against the rules. One line for each
// breach, each error and each date that is not as counted; a summary at the end.
#include "agents/evx/grade_audit.h"

#include <stdlib.h>
#include <string.h>

#include "agents/evx/grade_dates.h"
#include "agents/evx/grade_verbs.h"
#include "grading/nearest.h"

static int fact_position(const struct evx_framework *f, const char *column)
{
    for (size_t i = 0; i < evx_framework_facts(f); i++)
        if (!strcmp(evx_framework_fact(f, i)->id, column)) return (int)i;
    return -1;
}

static int column_position(const struct evx_row *row, const char *name, size_t n)
{
    for (size_t i = 0; i < row->cells; i++)
        if (strlen(row->name[i]) == n && !memcmp(row->name[i], name, n)) return (int)i;
    return -1;
}

static enum evx_status find_where(struct evx_audit_run *r, const struct evx_row *row)
{
    for (size_t i = 0; i < r->o->wheres; i++) {
        const char *text = r->o->where[i], *equals = strchr(text, '=');
        r->where[i] = equals ? column_position(row, text, (size_t)(equals - text)) : -1;
        if (r->where[i] >= 0) continue;
        fprintf(stderr, "evx grade: --where %s: COLUMN=VALUE, and the table has no such column\n", text);
        return EVX_E_USAGE;
    }
    return EVX_OK;
}

static enum evx_status read_header(void *user, const struct evx_row *row)
{
    struct evx_audit_run *r = user;
    bool any = false;
    for (size_t i = 0; i < row->cells; i++) {
        r->judgement[i] = evx_framework_column(r->f, row->name[i]);
        r->date[i] = evx_framework_date_column(r->f, row->name[i]);
        r->fact[i] = r->judgement[i] < 0 ? fact_position(r->f, row->name[i]) : -1;
        any |= r->judgement[i] >= 0;
    }
    const struct evx_due_check *check = evx_framework_due_check(r->f);
    if (check->rule) {
        r->due_from = column_position(row, check->from, strlen(check->from));
        r->due_stated = column_position(row, check->due, strlen(check->due));
        r->due_received = column_position(row, check->received, strlen(check->received));
        any |= r->due_from >= 0 && r->due_stated >= 0;
    }
    if (!any) {
        fprintf(stderr, "evx grade: no column of the table is a judgement or date of %s\n",
                evx_framework_id(r->f));
        return EVX_E_JUDGEMENT_UNKNOWN;
    }
    return find_where(r, row);
}

void evx_audit_key(struct evx_audit_run *r, const struct evx_row *row)
{
    evx_out_format(&r->out, "\"row\":%llu,\"key\":{", (unsigned long long)row->number);
    size_t shown = 0;
    for (size_t i = 0; i < row->cells && shown < 3; i++) {
        if (r->judgement[i] >= 0 || r->fact[i] >= 0) continue;
        if (shown++) evx_out_text(&r->out, ",");
        evx_out_member(&r->out, row->name[i], row->cell[i]);
    }
    evx_out_text(&r->out, "}");
}

void evx_audit_error(struct evx_audit_run *r, const struct evx_row *row, enum evx_status status,
                     const char *column, const char *value, const char *suggestion)
{
    r->errors++;
    evx_out_text(&r->out, "{");
    evx_audit_key(r, row);
    evx_out_more(&r->out, "error", evx_error_info(status)->what);
    evx_out_more(&r->out, "code", evx_error_info(status)->code);
    if (column) evx_out_more(&r->out, "column", column);
    if (value) evx_out_more(&r->out, "value", value);
    if (suggestion) evx_out_more(&r->out, "suggestion", suggestion);
    evx_out_text(&r->out, "}");
    evx_out_line(&r->out);
}

static bool selected(const struct evx_audit_run *r, const struct evx_row *row)
{
    for (size_t i = 0; i < r->o->wheres; i++)
        if (strcmp(strchr(r->o->where[i], '=') + 1, row->cell[r->where[i]])) return false;
    return true;
}

// The best of the columns that date the outcome; EVX_NO_DAY if none can be read.
static evx_day dated(const struct evx_audit_run *r, const struct evx_row *row)
{
    evx_day best = EVX_NO_DAY;
    int rank = -1;
    for (size_t i = 0; i < row->cells; i++) {
        evx_day day;
        if (r->date[i] < 0 || (rank >= 0 && r->date[i] >= rank) || !evx_table_date(&day, row->cell[i]))
            continue;
        rank = r->date[i];
        best = day;
    }
    return best;
}

static bool in_period(struct evx_audit_run *r, const struct evx_row *row)
{
    evx_day from = evx_framework_from(r->f), until = evx_framework_until(r->f), day = dated(r, row);
    if (r->o->all_dates || (from == EVX_NO_DAY && until == EVX_NO_DAY)) return true;
    if (day == EVX_NO_DAY) {
        r->undated++;
        return true;
    }
    return (from == EVX_NO_DAY || day >= from) && (until == EVX_NO_DAY || day <= until);
}

// Nearest word of the scale for a grade that is not on it, unless that would
// translate a word of another scale.
static const char *nearest_grade(const struct evx_framework *f, const char *cell)
{
    struct evx_nearest near = evx_nearest_begin(cell);
    for (size_t i = 0; i < evx_framework_grades(f); i++)
        evx_nearest_offer(&near, evx_framework_grade(f, i));
    return near.best && near.distance <= 2 ? near.best : NULL;
}

static bool put_judgement(struct evx_audit_run *r, const struct evx_row *row, size_t i)
{
    const char *cell = row->cell[i], *id = evx_framework_judgement(r->f, (size_t)r->judgement[i]);
    if (!*cell || evx_framework_absent_word(r->f, cell)) return true;
    int g = evx_framework_grade_position(r->f, cell);
    const char *grade = g >= 0                        ? evx_framework_grade(r->f, (size_t)g)
                        : !strcmp(cell, "not judged") ? "not-judged"
                                                      : cell;
    enum evx_status s = evx_case_judge(r->c, id, grade, NULL);
    if (s) evx_audit_error(r, row, s, row->name[i], cell, nearest_grade(r->f, cell));
    return !s;
}

static bool put_fact(struct evx_audit_run *r, const struct evx_row *row, size_t i)
{
    const struct evx_fact_info *fact = evx_framework_fact(r->f, (size_t)r->fact[i]);
    const char *cell = row->cell[i];
    if (!*cell) return true;
    enum evx_status s = EVX_E_FACT_UNKNOWN;
    char *end;
    bool yes = !strcmp(cell, "yes") || !strcmp(cell, "true"),
         no = !strcmp(cell, "no") || !strcmp(cell, "false");
    if (fact->kind == EVX_FACT_TEXT) s = evx_case_fact_text(r->c, fact->id, cell, NULL);
    if (fact->kind == EVX_FACT_FLAG && (yes || no)) s = evx_case_fact_flag(r->c, fact->id, yes, NULL);
    if (fact->kind == EVX_FACT_NUMBER) {
        long long value = strtoll(cell, &end, 10);
        if (end != cell && !*end) s = evx_case_fact_number(r->c, fact->id, value, NULL);
    }
    if (s) evx_audit_error(r, row, s, row->name[i], cell, NULL);
    return !s;
}

static bool fill_case(struct evx_audit_run *r, const struct evx_row *row)
{
    bool good = true;
    evx_case_reset(r->c);
    for (size_t i = 0; i < row->cells; i++) {
        if (r->judgement[i] >= 0) good &= put_judgement(r, row, i);
        if (r->fact[i] >= 0) good &= put_fact(r, row, i);
    }
    return good;
}

static size_t rule_position(const struct evx_framework *f, const char *id)
{
    size_t i = 0;
    while (strcmp(evx_framework_rule(f, i)->id, id))
        i++;
    return i;
}

static void report_breach(struct evx_audit_run *r, const struct evx_row *row, const struct evx_fired *fired,
                          const char *grade)
{
    evx_out_text(&r->out, "{");
    evx_audit_key(r, row);
    evx_out_more(&r->out, "rule", fired->rule);
    evx_out_more(&r->out, "source", fired->source);
    evx_out_more(&r->out, "effect", fired->effect);
    evx_out_more(&r->out, "on", fired->on);
    evx_out_more(&r->out, "grade", grade);
    evx_out_more(&r->out, "message", fired->message);
    evx_out_text(&r->out, "}");
    evx_out_line(&r->out);
}

// Only limits and caps can be broken by a table of outcomes; that something
// else should have come first, a table cannot show.
static bool narrows(const struct evx_fired *fired)
{
    return !strcmp(fired->effect, "limit") || !strcmp(fired->effect, "cap");
}

static bool holds(const struct evx_audit_run *r, const struct evx_fired *fired, int grade)
{
    const struct evx_rule_info *rule = evx_framework_rule(r->f, rule_position(r->f, fired->rule));
    int to = evx_framework_grade_position(r->f, rule->to);
    return !strcmp(fired->effect, "limit") ? grade == to : grade >= to;
}

static void weigh(struct evx_audit_run *r, const struct evx_row *row)
{
    struct evx_permitted p;
    if (evx_case_permitted(r->c, &p)) return;
    bool narrowed = false;
    int overall = evx_framework_judgement_position(r->f, "overall");
    for (size_t i = 0; i < p.fired_n; i++) {
        const struct evx_fired *fired = &p.fired[i];
        struct evx_audit_tally *t = &r->rule[rule_position(r->f, fired->rule)];
        t->fired++;
        if (!narrows(fired)) continue;
        int on = evx_framework_judgement_position(r->f, fired->on);
        const char *word = evx_case_grade(r->c, (size_t)on);
        int grade = evx_framework_grade_position(r->f, word);
        t->grade[grade < 0 ? EVX_LIMIT_GRADING_GRADES : grade]++;
        narrowed |= on == overall;
        if (grade < 0 || holds(r, fired, grade)) continue;
        t->breached++;
        report_breach(r, row, fired, word);
    }
    const char *given = overall < 0 ? "" : evx_case_grade(r->c, (size_t)overall);
    r->without_overall += !*given;
    int last = (int)evx_framework_grades(r->f) - 1;
    r->worst_without_limit += *given && evx_framework_grade_position(r->f, given) == last && !narrowed;
}

static enum evx_status read_row(void *user, const struct evx_row *row)
{
    struct evx_audit_run *r = user;
    r->rows++;
    if (row->ragged) {
        evx_audit_error(r, row, EVX_E_CSV_COLUMNS, NULL, NULL, NULL);
    } else if (!selected(r, row)) {
        r->unselected++;
    } else if (!in_period(r, row)) {
        r->outside++;
    } else if (fill_case(r, row)) {
        r->judged++;
        weigh(r, row);
        EVX_IGNORE(evx_audit_due(r, row), "dates that cannot be counted are reported on their line");
    }
    return r->out.status;
}

static enum evx_status run_tables(struct evx_audit_run *r)
{
    enum evx_status s = evx_case_new(&r->c, r->f);
    for (int i = 0; i < r->o->files && !s; i++) {
        uint64_t row;
        r->due_from = r->due_stated = r->due_received = -1;
        s = evx_table_read(r->o->file[i], read_header, read_row, r, &row);
        if (s && s != EVX_E_USAGE)
            fprintf(stderr, "evx grade: %s: row %llu\n", r->o->file[i], (unsigned long long)row);
    }
    evx_case_destroy(&r->c);
    return s;
}

int evx_grade_audit(const struct evx_grade_options *o)
{
    if (!o->files)
        return evx_grade_complain(EVX_E_USAGE, "audit needs the table: a CSV file, or - for standard input");
    struct evx_audit_run *r = calloc(1, sizeof *r);
    if (!r) return evx_grade_complain(EVX_E_MEMORY, NULL);
    r->o = o;
    r->out.stream = stdout;
    enum evx_status s = evx_grade_framework(&r->f, o, NULL);
    bool named = s == EVX_OK;
    if (!s) s = run_tables(r);
    if (!s) evx_audit_summary(r);
    enum evx_status flushed = evx_out_flush(&r->out);
    if (!s) s = flushed;
    int code = s ? named ? evx_grade_complain(s, NULL) : evx_status_exit_code(s) : r->errors ? 65 : 0;
    evx_framework_destroy(&r->f);
    evx_out_free(&r->out);
    free(r);
    return code;
}
