// SPDX-License-Identifier: Apache-2.0
//
// evx grade coverage: evidence in (JSON lines), one row a criterion out.
#include "agents/evx/grade_case.h"
#include "agents/evx/grade_lines.h"
#include "agents/evx/grade_verbs.h"
#include "grading/rules.h"

struct run {
    struct evx_framework *f;
    struct evx_grade_case g;
    struct evx_out out;
};

static void row(struct evx_out *o, const struct evx_coverage_row *row)
{
    const struct evx_criterion *c = row->criterion;
    evx_out_text(o, "{");
    evx_out_member(o, "criterion", c->id);
    evx_out_more(o, "judgement", c->judgement);
    if (*c->grade) evx_out_more(o, "grade", c->grade);
    evx_out_more(o, "source", c->source);
    evx_out_more(o, "applies", row->applies ? "yes" : row->undecided ? "undecided" : "no");
    if (*c->when) evx_out_more(o, "when", c->when);
    evx_out_format(
        o, ",\"items\":%zu,\"origins\":%zu,\"strengths\":%zu,\"concerns\":%zu,\"neutral\":%zu,\"missing\":[",
        row->items, row->origins, row->strengths, row->concerns, row->neutrals);
    for (size_t i = 0; i < row->missing_n; i++) {
        if (i) evx_out_text(o, ",");
        evx_out_string(o, row->missing[i]);
    }
    evx_out_text(o, "]}");
}

static enum evx_status rows(struct run *r)
{
    size_t covered = 0, applying = 0, undecided = 0;
    enum evx_status s = EVX_OK;
    evx_out_text(&r->out, "\"coverage\":[");
    for (size_t i = 0; i < evx_framework_criteria(r->f) && !s; i++) {
        struct evx_coverage_row c;
        s = evx_case_coverage(r->g.c, i, &c);
        if (s) break;
        if (i) evx_out_text(&r->out, ",");
        row(&r->out, &c);
        applying += c.applies;
        undecided += c.undecided;
        covered += c.applies && c.items;
    }
    evx_out_format(&r->out, "],\"applying\":%zu,\"undecided\":%zu,\"covered\":%zu,", applying, undecided,
                   covered);
    return s;
}

static enum evx_status one(void *user, uint64_t number, const char *line, size_t n)
{
    struct run *r = user;
    if (line && !n) return EVX_OK;
    enum evx_status s = evx_grade_case_read(&r->g, number, line, n);
    evx_out_text(&r->out, "{");
    evx_grade_case_id(&r->g, &r->out);
    if (!s)
        s = rows(r);
    else
        evx_out_text(&r->out, "\"coverage\":[],");
    evx_grade_case_errors(&r->g, &r->out);
    evx_out_text(&r->out, "}");
    evx_out_line(&r->out);
    return r->out.status ? r->out.status : s;
}

int evx_grade_coverage(const struct evx_grade_options *o)
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
