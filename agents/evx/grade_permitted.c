// SPDX-License-Identifier: Apache-2.0
//
// evx grade permitted: one JSON object a line in, one a line out.
#include <string.h>

#include "agents/evx/grade_case.h"
#include "agents/evx/grade_lines.h"
#include "agents/evx/grade_verbs.h"
#include "grading/rules.h"
#include "proto/base/clock.h"

struct run {
    struct evx_framework *f;
    struct evx_grade_case g;
    struct evx_out out;
};

static void grades(struct evx_out *o, const struct evx_framework *f, uint32_t set)
{
    evx_out_text(o, "[");
    for (size_t i = 0, n = 0; i < evx_framework_grades(f); i++) {
        if (!(set >> i & 1)) continue;
        if (n++) evx_out_text(o, ",");
        evx_out_string(o, evx_framework_grade(f, i));
    }
    evx_out_text(o, "]");
}

// What is still to be judged, and the overall judgement in any case.
static bool shown(const struct run *r, size_t j)
{
    return evx_case_open(r->g.c, j) || !strcmp(evx_framework_judgement_role(r->f, j), "overall");
}

static void permitted(struct run *r, const struct evx_permitted *p)
{
    evx_out_text(&r->out, "\"permitted\":{");
    for (size_t j = 0, n = 0; j < evx_framework_judgements(r->f) && evx_framework_graded(r->f); j++) {
        if (!shown(r, j)) continue;
        if (n++) evx_out_text(&r->out, ",");
        evx_out_string(&r->out, evx_framework_judgement(r->f, j));
        evx_out_text(&r->out, ":");
        grades(&r->out, r->f, p->permitted[j]);
    }
    evx_out_text(&r->out, "},\"advised\":{");
    for (size_t j = 0, n = 0; j < evx_framework_judgements(r->f); j++) {
        if (!p->advised[j]) continue;
        if (n++) evx_out_text(&r->out, ",");
        evx_out_string(&r->out, evx_framework_judgement(r->f, j));
        evx_out_text(&r->out, ":");
        grades(&r->out, r->f, p->advised[j]);
    }
    evx_out_text(&r->out, "},");
}

static void fired(struct evx_out *o, const struct evx_fired *f)
{
    evx_out_text(o, "{");
    evx_out_member(o, "rule", f->rule);
    evx_out_more(o, "source", f->source);
    evx_out_more(o, "effect", f->effect);
    evx_out_more(o, "on", f->on);
    evx_out_more(o, "message", f->message);
}

// A grade that was given although a rule stands against it.
static void breach(struct run *r, size_t j, bool *any)
{
    struct evx_decision d;
    char time[EVX_TIME_TEXT];
    enum evx_status s =
        evx_case_decide(r->g.c, evx_framework_judgement(r->f, j), evx_case_grade(r->g.c, j), &d);
    for (size_t i = 0; i < d.against_n && (s != EVX_E_JUDGEMENT_UNKNOWN && s != EVX_E_GRADE_UNKNOWN); i++) {
        if (strcmp(d.against[i].effect, "limit") && strcmp(d.against[i].effect, "cap")) continue;
        evx_out_text(&r->out, *any ? "," : "\"breaches\":[");
        *any = true;
        fired(&r->out, &d.against[i]);
        evx_out_more(&r->out, "grade", evx_case_grade(r->g.c, j));
        if (d.by[i]) {
            evx_out_more(&r->out, "overridden_by", d.by[i]->who);
            evx_out_more(&r->out, "reason", d.by[i]->reason);
            evx_time_text(time, d.by[i]->time_ms);
            evx_out_more(&r->out, "time", time);
        }
        evx_out_text(&r->out, "}");
    }
}

static void breaches(struct run *r, const struct evx_permitted *p)
{
    bool any = false;
    for (size_t j = 0; j < evx_framework_judgements(r->f); j++) {
        int g = evx_framework_grade_position(r->f, evx_case_grade(r->g.c, j));
        if (g >= 0 && !(p->permitted[j] >> g & 1)) breach(r, j, &any);
    }
    if (any) evx_out_text(&r->out, "],");
}

static void answer(struct run *r, bool usable)
{
    struct evx_permitted p;
    evx_out_text(&r->out, "{");
    evx_grade_case_id(&r->g, &r->out);
    if (!usable || evx_case_permitted(r->g.c, &p)) {
        evx_out_text(&r->out, "\"permitted\":{},\"advised\":{},\"fired\":[],");
    } else {
        permitted(r, &p);
        if (!evx_framework_graded(r->f)) evx_out_text(&r->out, "\"graded\":false,");
        evx_out_text(&r->out, "\"fired\":[");
        for (size_t i = 0; i < p.fired_n; i++) {
            if (i) evx_out_text(&r->out, ",");
            fired(&r->out, &p.fired[i]);
            evx_out_text(&r->out, "}");
        }
        evx_out_text(&r->out, "],");
        breaches(r, &p);
    }
    evx_grade_case_errors(&r->g, &r->out);
    evx_out_text(&r->out, "}");
    evx_out_line(&r->out);
}

static enum evx_status one(void *user, uint64_t number, const char *line, size_t n)
{
    struct run *r = user;
    if (line && !n) return EVX_OK;
    enum evx_status s = evx_grade_case_read(&r->g, number, line, n);
    answer(r, s == EVX_OK);
    return r->out.status ? r->out.status : s;
}

int evx_grade_permitted(const struct evx_grade_options *o)
{
    struct run r = {.out = {.stream = stdout}};
    uint64_t errors = 0;
    enum evx_status s = evx_grade_framework(&r.f, o, NULL);
    if (s) return evx_status_exit_code(s);
    s = evx_grade_case_open(&r.g, r.f);
    if (!s) s = evx_lines_each(o->file, o->files, one, &r, &errors);
    enum evx_status flushed = evx_out_flush(&r.out);
    if (!s) s = flushed;
    evx_grade_case_close(&r.g);
    evx_out_free(&r.out);
    evx_framework_destroy(&r.f);
    if (s) return evx_grade_complain(s, NULL);
    return errors ? 65 : 0;
}
