// SPDX-License-Identifier: Apache-2.0
#include "agents/evx/grade_case.h"

#include <string.h>

#include "grading/nearest.h"
#include "grading/rules.h"
#include "proto/base/clock.h"

enum evx_status evx_grade_case_open(struct evx_grade_case *g, const struct evx_framework *f)
{
    *g = (struct evx_grade_case){0};
    return evx_case_new(&g->c, f);
}

void evx_grade_case_close(struct evx_grade_case *g)
{
    evx_case_destroy(&g->c);
    evx_out_free(&g->errors);
    json_decref(g->root);
    g->root = NULL;
}

static enum evx_status complain(struct evx_grade_case *g, enum evx_status status, const char *where,
                                const char *value, const char *suggestion)
{
    struct evx_out *o = &g->errors;
    const struct evx_error_info *info = evx_error_info(status);
    evx_out_format(o, "%s{\"line\":%llu", g->errors_n++ ? "," : "", (unsigned long long)g->line);
    evx_out_more(o, "code", info->code);
    evx_out_more(o, "message", info->what);
    if (where) evx_out_more(o, "at", where);
    if (value) evx_out_more(o, "value", value);
    if (suggestion) evx_out_more(o, "suggestion", suggestion);
    evx_out_text(o, "}");
    return status;
}

static enum evx_status check(struct evx_grade_case *g, enum evx_status s, const char *where,
                             const char *value, const char *suggestion)
{
    return s ? complain(g, s, where, value, suggestion) : EVX_OK;
}

static enum evx_status first(enum evx_status before, enum evx_status now) { return before ? before : now; }

static enum evx_status read_judgements(struct evx_grade_case *g, json_t *object)
{
    enum evx_status status = EVX_OK;
    const char *key, *near;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        if (json_is_null(value)) continue;
        if (!json_is_string(value)) {
            status = first(status, complain(g, EVX_E_GRADE_UNKNOWN, key, "a grade is text", NULL));
            continue;
        }
        enum evx_status s = evx_case_judge(g->c, key, json_string_value(value), &near);
        const char *wrong = s == EVX_E_JUDGEMENT_UNKNOWN ? key : json_string_value(value);
        status = first(status, check(g, s, key, wrong, near));
    }
    return status;
}

static enum evx_status read_facts(struct evx_grade_case *g, json_t *object)
{
    enum evx_status status = EVX_OK;
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        const char *near = NULL;
        enum evx_status s = EVX_E_FACT_UNKNOWN;
        if (json_is_null(value)) continue;
        if (json_is_boolean(value)) s = evx_case_fact_flag(g->c, key, json_is_true(value), &near);
        if (json_is_integer(value)) s = evx_case_fact_number(g->c, key, json_integer_value(value), &near);
        if (json_is_string(value)) s = evx_case_fact_text(g->c, key, json_string_value(value), &near);
        status =
            first(status, check(g, s, key, json_is_string(value) ? json_string_value(value) : NULL, near));
    }
    return status;
}

static enum evx_status read_criteria(struct evx_grade_case *g, json_t *object)
{
    static const char *const states[] = {"open", "met", "not-met", "not-relevant"};
    enum evx_status status = EVX_OK;
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        const char *text = json_is_string(value) ? json_string_value(value) : "", *near = NULL;
        size_t i = 0;
        while (i < 4 && strcmp(states[i], text))
            i++;
        enum evx_status s = EVX_E_FACT_UNKNOWN;
        if (i < 4) s = evx_case_criterion(g->c, key, (enum evx_finding_state)i, &near);
        status = first(status, check(g, s, key, s == EVX_E_FACT_UNKNOWN ? text : key, near));
    }
    return status;
}

static const char *text_of(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static int direction_of(json_t *object)
{
    static const char *const words[] = {"strength", "concern", "neutral"};
    json_t *value = json_object_get(object, "direction");
    if (json_is_integer(value)) return (int)json_integer_value(value);
    for (int i = 0; i < 3; i++)
        if (json_is_string(value) && !strcmp(words[i], json_string_value(value))) return i + 1;
    return 0;
}

static enum evx_status read_evidence(struct evx_grade_case *g, json_t *array)
{
    enum evx_status status = EVX_OK;
    size_t i;
    json_t *e;
    json_array_foreach(array, i, e)
    {
        struct evx_evidence_fact fact = {text_of(e, "criterion"), text_of(e, "agency"), text_of(e, "origin"),
                                         direction_of(e), text_of(e, "evidence")};
        const char *near = NULL;
        enum evx_status s = evx_case_evidence(g->c, &fact, &near);
        const char *wrong = s == EVX_E_CRITERION_UNKNOWN ? fact.criterion
                            : s == EVX_E_AGENCY_UNKNOWN  ? fact.agency
                                                         : NULL;
        if (s == EVX_E_FACT_UNKNOWN) wrong = "direction is strength, concern or neutral";
        if (s == EVX_E_INCOMPLETE) wrong = "origin and evidence are needed";
        status = first(status, check(g, s, fact.evidence, wrong, near));
    }
    return status;
}

static enum evx_status read_overrides(struct evx_grade_case *g, json_t *array)
{
    enum evx_status status = EVX_OK;
    size_t i;
    json_t *e;
    json_array_foreach(array, i, e)
    {
        struct evx_override o = {text_of(e, "rule"), text_of(e, "who"), text_of(e, "reason"), 0};
        const char *near = NULL;
        enum evx_status s = evx_time_parse(&o.time_ms, text_of(e, "time")) ? EVX_OK : EVX_E_INCOMPLETE;
        if (!s) s = evx_case_override(g->c, &o, &near);
        status = first(status,
                       check(g, s, "overrides",
                             s == EVX_E_INCOMPLETE ? "rule, who, reason and time (UTC) are needed" : o.rule,
                             near));
    }
    return status;
}

static const struct {
    const char *key;
    enum evx_status (*read)(struct evx_grade_case *g, json_t *value);
    bool array;
} members[] = {
    {"judgements", read_judgements, false}, {"facts", read_facts, false},
    {"criteria", read_criteria, false},     {"evidence", read_evidence, true},
    {"overrides", read_overrides, true},    {"id", NULL, false},
};

static enum evx_status read_member(struct evx_grade_case *g, const char *key, json_t *value)
{
    struct evx_nearest near = evx_nearest_begin(key);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        evx_nearest_offer(&near, members[i].key);
        if (strcmp(members[i].key, key)) continue;
        if (!members[i].read) return EVX_OK;
        bool fits = members[i].array ? json_is_array(value) : json_is_object(value);
        if (!fits)
            return complain(g, EVX_E_JSON_SYNTAX, key,
                            members[i].array ? "a list belongs here" : "an object belongs here", NULL);
        return members[i].read(g, value);
    }
    return complain(g, EVX_E_JSON_SYNTAX, key, "no such member", near.best);
}

enum evx_status evx_grade_case_read(struct evx_grade_case *g, uint64_t number, const char *line, size_t n)
{
    json_decref(g->root);
    g->root = NULL;
    g->line = number;
    g->errors_n = 0;
    evx_buf_clear(&g->errors.buf);
    evx_case_reset(g->c);
    if (!line) return complain(g, EVX_E_FILE_TOO_LARGE, NULL, "a line has at most 1 MiB", NULL);
    json_error_t error;
    g->root = json_loadb(line, n, JSON_REJECT_DUPLICATES, &error);
    if (!g->root) return complain(g, EVX_E_JSON_SYNTAX, NULL, error.text, NULL);
    if (!json_is_object(g->root))
        return complain(g, EVX_E_JSON_SYNTAX, NULL, "a line is one JSON object", NULL);
    enum evx_status status = EVX_OK;
    const char *key;
    json_t *value;
    json_object_foreach(g->root, key, value) status = first(status, read_member(g, key, value));
    return status;
}

void evx_grade_case_id(const struct evx_grade_case *g, struct evx_out *o)
{
    json_t *id = json_is_object(g->root) ? json_object_get(g->root, "id") : NULL;
    if (json_is_string(id)) {
        evx_out_member(o, "id", json_string_value(id));
        evx_out_text(o, ",");
    }
    if (json_is_integer(id)) evx_out_format(o, "\"id\":%lld,", (long long)json_integer_value(id));
}

void evx_grade_case_errors(const struct evx_grade_case *g, struct evx_out *o)
{
    evx_out_text(o, "\"errors\":[");
    evx_out_bytes(o, g->errors.buf.p ? (const char *)g->errors.buf.p : "", g->errors.buf.n);
    evx_out_text(o, "]");
}
