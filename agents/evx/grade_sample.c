// SPDX-License-Identifier: Apache-2.0
//
// evx grade sample: children as JSON lines {"child":ID,"marks":["missing"]},
// one line out for each child to track, with the rule that says why.
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "agents/evx/grade_lines.h"
#include "agents/evx/grade_verbs.h"
#include "grading/sample.h"

struct run {
    json_t *kept; // array of the objects, so that ids and marks stay
    struct evx_child *child;
    const char **mark;
    size_t children, marks;
};

static enum evx_status complain(uint64_t number, const char *what)
{
    fprintf(stderr, "evx grade: line %llu: %s (%s)\n", (unsigned long long)number, what,
            evx_error_info(EVX_E_JSON_SYNTAX)->code);
    return EVX_E_JSON_SYNTAX;
}

static enum evx_status one(void *user, uint64_t number, const char *line, size_t n)
{
    struct run *r = user;
    json_error_t error;
    if (!line) return complain(number, "the line is too long");
    if (!n) return EVX_OK;
    json_t *root = json_loadb(line, n, JSON_REJECT_DUPLICATES, &error);
    if (!root) return complain(number, error.text);
    json_t *marks = json_object_get(root, "marks");
    bool right = json_is_string(json_object_get(root, "child")) && (!marks || json_is_array(marks));
    for (size_t i = 0; i < json_array_size(marks) && right; i++)
        right = json_is_string(json_array_get(marks, i));
    if (!right) {
        json_decref(root);
        return complain(number, "{\"child\":ID,\"marks\":[…]} is expected");
    }
    r->marks += json_array_size(marks);
    r->children++;
    return json_array_append_new(r->kept, root) ? EVX_E_MEMORY : EVX_OK;
}

static enum evx_status gather(struct run *r)
{
    r->child = calloc(r->children + 1, sizeof *r->child);
    r->mark = calloc(r->marks + 1, sizeof *r->mark);
    if (!r->child || !r->mark) return EVX_E_MEMORY;
    size_t at = 0;
    for (size_t i = 0; i < r->children; i++) {
        json_t *root = json_array_get(r->kept, i), *marks = json_object_get(root, "marks");
        r->child[i] = (struct evx_child){json_string_value(json_object_get(root, "child")), r->mark + at,
                                         json_array_size(marks)};
        for (size_t m = 0; m < json_array_size(marks); m++)
            r->mark[at++] = json_string_value(json_array_get(marks, m));
    }
    return EVX_OK;
}

static void print(struct evx_out *out, const struct run *r, const struct evx_pick *pick, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        evx_out_text(out, "{");
        evx_out_member(out, "child", r->child[pick[i].child].id);
        evx_out_more(out, "rule", pick[i].rule->id);
        evx_out_format(out, ",\"drawn\":%s", pick[i].random ? "true" : "false");
        evx_out_more(out, "why", pick[i].rule->message);
        evx_out_text(out, "}");
        evx_out_line(out);
    }
}

static enum evx_status choose(const struct evx_framework *f, struct run *r,
                              const struct evx_sample_request *request)
{
    struct evx_out out = {.stream = stdout};
    const char *near = NULL;
    size_t n = 0;
    enum evx_status s = gather(r);
    struct evx_pick *pick = calloc(r->children + 1, sizeof *pick);
    if (!pick) s = EVX_E_MEMORY;
    if (!s) s = evx_sample(f, r->child, r->children, request, pick, &n, &near);
    if (s == EVX_E_FACT_UNKNOWN)
        fprintf(stderr, "evx grade: a mark is not known%s%s\n", near ? "; nearest: " : "", near ? near : "");
    if (!s) print(&out, r, pick, n);
    if (!s) s = evx_out_flush(&out);
    evx_out_free(&out);
    free(pick);
    return s;
}

static bool whole_number(const char *text, uint64_t *value)
{
    *value = 0;
    if (!text || !*text) return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || *value > (UINT64_MAX - 9) / 10) return false;
        *value = *value * 10 + (uint64_t)(*text - '0');
    }
    return true;
}

int evx_grade_sample(const struct evx_grade_options *o)
{
    struct evx_framework *f;
    struct run r = {.kept = json_array()};
    uint64_t errors = 0, seed = 0, target = 0;
    if (!whole_number(o->seed, &seed) || (o->target && !whole_number(o->target, &target))) {
        json_decref(r.kept);
        return evx_grade_complain(EVX_E_USAGE,
                                  "sample needs --seed N, a whole number, so that it can be drawn again");
    }
    enum evx_status s = evx_grade_framework(&f, o, NULL);
    if (!s) s = evx_lines_each(o->file, o->files, one, &r, &errors);
    if (!s && errors) s = EVX_E_JSON_SYNTAX; // a sample of part of the children would mislead
    struct evx_sample_request request = {seed, (size_t)target};
    if (!s) s = choose(f, &r, &request);
    json_decref(r.kept);
    free(r.child);
    free(r.mark);
    evx_framework_destroy(&f);
    return s ? evx_grade_complain(s, NULL) : 0;
}
