// SPDX-License-Identifier: Apache-2.0
#include "agents/evx/grade_options.h"

#include <getopt.h>
#include <stdio.h>

#include "grading/frameworks/registry.h"
#include "proto/base/file.h"
#include "proto/limits.h"

int evx_grade_complain(enum evx_status status, const char *detail)
{
    const struct evx_error_info *info = evx_error_info(status);
    fprintf(stderr, "evx grade: %s%s%s. %s (%s)\n", info->what, detail ? ": " : "", detail ? detail : "",
            info->remedy, info->code);
    return evx_status_exit_code(status);
}

static enum evx_status add_where(struct evx_grade_options *o, const char *text)
{
    if (o->wheres == EVX_GRADE_WHERE) return EVX_E_USAGE;
    o->where[o->wheres++] = text;
    return EVX_OK;
}

static enum evx_status take(struct evx_grade_options *o, int option, const char *value)
{
    switch (option) {
    case 'f': o->framework = value; return EVX_OK;
    case 'F': o->framework_file = value; return EVX_OK;
    case 'e': o->event = value; return EVX_OK;
    case 'd': o->date = value; return EVX_OK;
    case 's': o->seed = value; return EVX_OK;
    case 't': o->target = value; return EVX_OK;
    case 'r': o->rule = value; return EVX_OK;
    case 'w': return add_where(o, value);
    case 'j': o->json = true; return EVX_OK;
    case 'a': o->all_dates = true; return EVX_OK;
    case 'h': o->help = true; return EVX_OK;
    default: return EVX_E_USAGE;
    }
}

enum evx_status evx_grade_options_parse(struct evx_grade_options *o, int argc, char **argv)
{
    static const struct option options[] = {{"framework", required_argument, NULL, 'f'},
                                            {"framework-file", required_argument, NULL, 'F'},
                                            {"event", required_argument, NULL, 'e'},
                                            {"date", required_argument, NULL, 'd'},
                                            {"seed", required_argument, NULL, 's'},
                                            {"target", required_argument, NULL, 't'},
                                            {"rule", required_argument, NULL, 'r'},
                                            {"where", required_argument, NULL, 'w'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"all-dates", no_argument, NULL, 'a'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    *o = (struct evx_grade_options){0};
    optind = 0; // a full restart: the front command has parsed before us
    for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        enum evx_status s = take(o, option, optarg);
        if (s) return s;
    }
    o->file = argv + optind;
    o->files = argc - optind;
    return EVX_OK;
}

static enum evx_status from_file(struct evx_framework **out, const char *path)
{
    struct evx_buf text = {0}, explain = {0};
    enum evx_status s = evx_file_read(&text, path, EVX_LIMIT_CONFIG_BYTES);
    if (!s) s = evx_framework_load(out, (const char *)text.p, text.n, &explain);
    if (s)
        fprintf(stderr, "evx grade: %s: %.*s\n", path, (int)explain.n,
                explain.n ? (const char *)explain.p : "");
    evx_buf_free(&text);
    evx_buf_free(&explain);
    return s;
}

enum evx_status evx_grade_framework(struct evx_framework **out, const struct evx_grade_options *o,
                                    const char *id)
{
    *out = NULL;
    if (o->framework_file) return from_file(out, o->framework_file);
    if (!id) id = o->framework;
    if (!id) {
        fprintf(stderr, "evx grade: which framework? --framework ID\n");
        return EVX_E_USAGE;
    }
    struct evx_buf explain = {0};
    const char *near = NULL;
    enum evx_status s = evx_framework_builtin_load(out, id, &near, &explain);
    if (s == EVX_E_FRAMEWORK_UNKNOWN)
        fprintf(stderr, "evx grade: there is no framework '%s'%s%s%s\n", id, near ? "; did you mean '" : "",
                near ? near : "", near ? "'?" : "");
    else if (s)
        fprintf(stderr, "evx grade: %s: %.*s\n", id, (int)explain.n,
                explain.n ? (const char *)explain.p : "");
    evx_buf_free(&explain);
    return s;
}
