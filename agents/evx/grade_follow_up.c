// SPDX-License-Identifier: Apache-2.0
//
// evx grade follow-up: JSON lines {"state","event","facts":{…}} in, the step or
// the gates that stand in its way out.
#include <jansson.h>

#include "agents/evx/grade_lines.h"
#include "agents/evx/grade_verbs.h"
#include "grading/followup.h"

struct run {
    struct evx_framework *f;
    struct evx_case *c;
    struct evx_out out;
};

static enum evx_status set_facts(struct run *r, json_t *facts, const char **near)
{
    const char *key;
    json_t *value;
    json_object_foreach(facts, key, value)
    {
        enum evx_status s = EVX_E_FACT_UNKNOWN;
        if (json_is_boolean(value)) s = evx_case_fact_flag(r->c, key, json_is_true(value), near);
        if (json_is_integer(value)) s = evx_case_fact_number(r->c, key, json_integer_value(value), near);
        if (json_is_string(value)) s = evx_case_fact_text(r->c, key, json_string_value(value), near);
        if (s) return s;
    }
    return EVX_OK;
}

static void result(struct run *r, enum evx_status s, const struct evx_followup_result *result,
                   const char *near)
{
    struct evx_out *o = &r->out;
    evx_out_text(o, "{");
    evx_out_member(o, "state", result->state ? result->state : "");
    if (result->step) {
        evx_out_more(o, "rule", result->step->id);
        evx_out_more(o, "source", result->step->source);
    }
    evx_out_text(o, ",\"duties\":[");
    for (size_t i = 0; result->step && !s && i < result->step->duties; i++) {
        if (i) evx_out_text(o, ",");
        evx_out_string(o, result->step->duty[i]);
    }
    evx_out_text(o, "],\"failed\":[");
    for (size_t i = 0; i < result->failed_n; i++) {
        evx_out_text(o, i ? ",{" : "{");
        evx_out_member(o, "gate", result->failed[i]->id);
        evx_out_more(o, "source", result->failed[i]->source);
        evx_out_format(o, ",\"answered\":%s", result->unanswered[i] ? "false" : "true");
        evx_out_more(o, "message", result->failed[i]->message);
        evx_out_text(o, "}");
    }
    evx_out_text(o, "]");
    if (s) evx_out_more(o, "code", evx_error_info(s)->code);
    if (s) evx_out_more(o, "error", evx_error_info(s)->what);
    if (near) evx_out_more(o, "suggestion", near);
    evx_out_text(o, "}");
    evx_out_line(o);
}

static enum evx_status one(void *user, uint64_t number, const char *line, size_t n)
{
    struct run *r = user;
    struct evx_followup_result step = {0};
    const char *near = NULL;
    json_error_t error;
    (void)number;
    if (line && !n) return EVX_OK;
    json_t *root = line ? json_loadb(line, n, JSON_REJECT_DUPLICATES, &error) : NULL;
    const char *state = json_string_value(json_object_get(root, "state"));
    const char *event = json_string_value(json_object_get(root, "event"));
    evx_case_reset(r->c);
    enum evx_status s = state && event ? EVX_OK : EVX_E_JSON_SYNTAX;
    if (!s) s = set_facts(r, json_object_get(root, "facts"), &near);
    if (!s) s = evx_followup(r->c, state, event, &step, &near);
    result(r, s, &step, near);
    json_decref(root);
    return s;
}

int evx_grade_follow_up(const struct evx_grade_options *o)
{
    struct run r = {.out = {.stream = stdout}};
    uint64_t errors = 0;
    enum evx_status s = evx_grade_framework(&r.f, o, NULL);
    if (s) return evx_status_exit_code(s);
    s = evx_case_new(&r.c, r.f);
    if (!s) s = evx_lines_each(o->file, o->files, one, &r, &errors);
    enum evx_status flushed = evx_out_flush(&r.out);
    if (!s) s = flushed;
    evx_case_destroy(&r.c);
    evx_out_free(&r.out);
    evx_framework_destroy(&r.f);
    if (s) return evx_grade_complain(s, NULL);
    return errors ? 65 : 0;
}
