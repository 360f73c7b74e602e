// SPDX-License-Identifier: Apache-2.0
//
// Due dates stated in a table, counted again. A clock that starts on receipt
// before publication gives an earlier date; how much earlier is believable is in
// the framework file. What is neither is said to be unexplained.
#include <string.h>

#include "agents/evx/grade_audit.h"
#include "agents/evx/grade_dates.h"

static const struct evx_due_info *due_rule(const struct evx_framework *f, const char *id)
{
    for (size_t i = 0; i < evx_framework_dues(f); i++)
        if (!strcmp(evx_framework_due(f, i)->id, id)) return evx_framework_due(f, i);
    return NULL;
}

struct dates {
    evx_day from, stated, computed, received;
    int64_t days;
};

static void report(struct evx_audit_run *r, const struct evx_row *row, const char *verdict,
                   const struct dates *d)
{
    const struct {
        const char *key;
        evx_day day;
    } shown[] = {
        {"from", d->from}, {"stated", d->stated}, {"computed", d->computed}, {"received", d->received}};
    evx_out_text(&r->out, "{");
    evx_audit_key(r, row);
    evx_out_more(&r->out, "rule", evx_framework_due_check(r->f)->rule);
    evx_out_more(&r->out, "verdict", verdict);
    for (size_t i = 0; i < 4; i++) {
        char text[EVX_DAY_TEXT];
        evx_day_text(text, shown[i].day);
        if (*text) evx_out_more(&r->out, shown[i].key, text);
    }
    if (d->stated != EVX_NO_DAY)
        evx_out_format(&r->out, ",\"working_days\":%lld,\"calendar_days\":%lld", (long long)d->days,
                       (long long)(d->stated - d->from));
    evx_out_text(&r->out, "}");
    evx_out_line(&r->out);
}

static enum evx_status judge(struct evx_audit_run *r, const struct evx_row *row,
                             const struct evx_due_info *rule, struct dates *d, bool true_start)
{
    struct evx_due due;
    enum evx_status s = evx_due_date(rule, d->from, &due);
    if (!s) s = evx_working_days_between(&d->days, d->from, d->stated);
    if (s) return s;
    d->computed = due.due;
    int64_t early = rule->most - d->days;
    if (d->stated == d->computed) {
        r->due_exact++;
        report(r, row, "exact", d);
    } else if (!true_start && early > 0 && early <= evx_framework_due_check(r->f)->early) {
        s = evx_working_days_after(&d->received, d->stated, -rule->most);
        r->due_receipt++;
        report(r, row, "receipt", d);
    } else {
        r->due_unexplained++;
        report(r, row, "unexplained", d);
    }
    return s;
}

enum evx_status evx_audit_due(struct evx_audit_run *r, const struct evx_row *row)
{
    const struct evx_due_check *check = evx_framework_due_check(r->f);
    if (!check->rule || r->due_from < 0 || r->due_stated < 0) return EVX_OK;
    const struct evx_due_info *rule = due_rule(r->f, check->rule);
    struct dates d = {EVX_NO_DAY, EVX_NO_DAY, EVX_NO_DAY, EVX_NO_DAY, 0};
    const char *received = r->due_received < 0 ? "" : row->cell[r->due_received];
    const char *from = *received ? received : row->cell[r->due_from], *stated = row->cell[r->due_stated];
    if (!*stated) {
        r->due_missing++;
        report(r, row, "none-stated", &d);
        return EVX_OK;
    }
    enum evx_status s = EVX_E_OUTSIDE_CALENDAR;
    bool readable = evx_table_date(&d.from, from);
    if (readable && evx_table_date(&d.stated, stated)) s = judge(r, row, rule, &d, *received != '\0');
    if (s) evx_audit_error(r, row, s, readable ? check->due : check->from, readable ? stated : from, NULL);
    return s;
}

static void count(struct evx_out *o, const char *key, size_t n) { evx_out_format(o, ",\"%s\":%zu", key, n); }

static void rule_summary(struct evx_audit_run *r, size_t i, bool *any)
{
    const struct evx_rule_info *rule = evx_framework_rule(r->f, i);
    const struct evx_audit_tally *t = &r->rule[i];
    if (!t->fired) return;
    evx_out_text(&r->out, *any ? ",{" : "{");
    *any = true;
    evx_out_member(&r->out, "rule", rule->id);
    evx_out_more(&r->out, "effect", rule->effect);
    count(&r->out, "fired", t->fired);
    count(&r->out, "breaches", t->breached);
    evx_out_text(&r->out, ",\"outcomes\":{");
    bool more = false;
    for (size_t g = 0; g < evx_framework_grades(r->f); g++) {
        if (!t->grade[g]) continue;
        evx_out_format(&r->out, "%s\"%s\":%zu", more ? "," : "", evx_framework_grade(r->f, g), t->grade[g]);
        more = true;
    }
    if (t->grade[EVX_LIMIT_GRADING_GRADES])
        evx_out_format(&r->out, "%s\"none\":%zu", more ? "," : "", t->grade[EVX_LIMIT_GRADING_GRADES]);
    evx_out_text(&r->out, "}}");
}

void evx_audit_summary(struct evx_audit_run *r)
{
    struct evx_out *o = &r->out;
    bool any = false;
    size_t breaches = 0;
    for (size_t i = 0; i < evx_framework_rules(r->f); i++)
        breaches += r->rule[i].breached;
    evx_out_text(o, "{\"summary\":{");
    evx_out_member(o, "framework", evx_framework_id(r->f));
    count(o, "rows", r->rows);
    count(o, "audited", r->judged);
    count(o, "outside_period", r->outside);
    count(o, "not_selected", r->unselected);
    count(o, "undated", r->undated);
    count(o, "errors", r->errors);
    count(o, "breaches", breaches);
    count(o, "without_overall", r->without_overall);
    count(o, "worst_overall_without_limit", r->worst_without_limit);
    evx_out_text(o, ",\"rules\":[");
    for (size_t i = 0; i < evx_framework_rules(r->f); i++)
        rule_summary(r, i, &any);
    evx_out_text(o, "]");
    if (evx_framework_due_check(r->f)->rule)
        evx_out_format(o, ",\"due\":{\"exact\":%zu,\"receipt\":%zu,\"unexplained\":%zu,\"none_stated\":%zu}",
                       r->due_exact, r->due_receipt, r->due_unexplained, r->due_missing);
    evx_out_text(o, "}}");
    evx_out_line(o);
}
