// SPDX-License-Identifier: Apache-2.0
//
// evx grade due, evx grade schedule: what is due when.
#include <string.h>

#include "agents/evx/grade_verbs.h"
#include "grading/nearest.h"
#include "grading/rules.h"
#include "grading/schedule.h"

static bool wanted(const struct evx_grade_options *o, const struct evx_due_info *d)
{
    return (!o->event || !strcmp(o->event, d->event)) && (!o->rule || !strcmp(o->rule, d->id));
}

static void members(struct evx_out *o, const struct evx_due_info *d, const struct evx_due *due)
{
    char day[EVX_DAY_TEXT];
    bool working = d->unit == EVX_UNIT_WORKING_DAYS;
    evx_day_text(day, due->due);
    evx_out_member(o, "due", day);
    evx_out_more(o, "rule", d->id);
    evx_out_format(o, ",\"days\":%lld", (long long)due->days);
    evx_out_more(o, "unit", working ? "working-days" : "days");
    evx_out_more(o, "stated", d->within);
    if (due->earliest != due->due) {
        evx_day_text(day, due->earliest);
        evx_out_more(o, "earliest", day);
    }
    evx_out_more(o, "activity", d->activity);
    evx_out_more(o, "event", d->event);
    if (*d->when) evx_out_more(o, "when", d->when);
    evx_out_more(o, "source", d->source);
    evx_out_more(o, "message", d->message);
}

static int unknown_event(const struct evx_framework *f, const char *event)
{
    struct evx_nearest near = evx_nearest_begin(event);
    for (size_t i = 0; evx_framework_event(f, i); i++)
        evx_nearest_offer(&near, evx_framework_event(f, i));
    if (near.best) fprintf(stderr, "evx grade: no date by '%s'; did you mean '%s'?\n", event, near.best);
    return evx_grade_complain(EVX_E_EVENT_UNKNOWN, event);
}

// The first rule of the event in full, the others as "also".
static enum evx_status print_due(struct evx_out *out, const struct evx_framework *f,
                                 const struct evx_grade_options *o, evx_day event, size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < evx_framework_dues(f); i++) {
        const struct evx_due_info *d = evx_framework_due(f, i);
        struct evx_due due;
        if (!wanted(o, d)) continue;
        enum evx_status s = evx_due_date(d, event, &due);
        if (s) return s;
        evx_out_text(out, *n == 0 ? "{" : *n == 1 ? ",\"also\":[{" : ",{");
        members(out, d, &due);
        if (*n) evx_out_text(out, "}");
        ++*n;
    }
    evx_out_text(out, *n > 1 ? "]}\n" : "}\n");
    return EVX_OK;
}

int evx_grade_due(const struct evx_grade_options *o)
{
    struct evx_framework *f;
    struct evx_out out = {.stream = stdout};
    evx_day event;
    size_t n = 0;
    enum evx_status s = evx_grade_framework(&f, o, NULL);
    if (s) return evx_status_exit_code(s);
    int code = 0;
    if (!o->event || !o->date)
        code = evx_grade_complain(EVX_E_USAGE, "due needs --event NAME and --date YYYY-MM-DD");
    else if (!evx_day_parse(&event, o->date))
        code = evx_grade_complain(EVX_E_OUTSIDE_CALENDAR, o->date);
    else if ((s = print_due(&out, f, o, event, &n)))
        code = evx_grade_complain(s, o->date);
    else if (!n)
        code = unknown_event(f, o->event);
    else if ((s = evx_out_flush(&out)))
        code = evx_grade_complain(s, NULL);
    evx_out_free(&out);
    evx_framework_destroy(&f);
    return code;
}

static enum evx_status print_row(struct evx_out *out, const struct evx_due_info *d, evx_day event, bool json)
{
    struct evx_due due = {EVX_NO_DAY, EVX_NO_DAY, 0};
    char day[EVX_DAY_TEXT] = "";
    if (event != EVX_NO_DAY) {
        enum evx_status s = evx_due_date(d, event, &due);
        if (s) return s;
        evx_day_text(day, due.due);
    }
    if (json && event != EVX_NO_DAY) {
        evx_out_text(out, "{");
        members(out, d, &due);
        evx_out_text(out, "}");
    } else if (json) {
        evx_out_text(out, "{");
        evx_out_member(out, "rule", d->id);
        evx_out_more(out, "event", d->event);
        evx_out_more(out, "stated", d->within);
        evx_out_more(out, "activity", d->activity);
        evx_out_more(out, "message", d->message);
        evx_out_text(out, "}");
    } else {
        evx_out_format(out, "%-10s  %-6s %-28s %s of %s%s%s\n            %s\n", day, d->id, d->activity,
                       d->within, d->event, *d->when ? ", when " : "", d->when, d->message);
    }
    evx_out_text(out, json ? "\n" : "");
    return EVX_OK;
}

// Dates from --event on --date; without them, every rule that sets a date.
int evx_grade_schedule(const struct evx_grade_options *o)
{
    struct evx_framework *f;
    struct evx_out out = {.stream = stdout};
    evx_day event = EVX_NO_DAY;
    size_t n = 0;
    enum evx_status s = evx_grade_framework(&f, o, o->files ? o->file[0] : NULL);
    if (s) return evx_status_exit_code(s);
    int code = 0;
    if (o->date && !evx_day_parse(&event, o->date))
        code = evx_grade_complain(EVX_E_OUTSIDE_CALENDAR, o->date);
    if (!code && o->date && !o->event)
        code = evx_grade_complain(EVX_E_USAGE, "--date goes with --event NAME");
    for (size_t i = 0; i < evx_framework_dues(f) && !code; i++) {
        if (!wanted(o, evx_framework_due(f, i))) continue;
        n++;
        s = print_row(&out, evx_framework_due(f, i), event, o->json);
        if (s) code = evx_grade_complain(s, o->date);
    }
    if (!code && o->event && !n) code = unknown_event(f, o->event);
    if (!code && (s = evx_out_flush(&out))) code = evx_grade_complain(s, NULL);
    evx_out_free(&out);
    evx_framework_destroy(&f);
    return code;
}
