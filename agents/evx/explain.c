// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/client/cli/json.h"
#include "agents/client/cli/table.h"
#include "agents/evx/verbs.h"
#include "proto/base/file.h"

const struct evx_cli_option evx_explain_options[] = {
    {"all", NULL, "the whole catalogue"},
    {"markdown", "DIR", "write one page a code into DIR"},
};
const size_t evx_explain_options_n = 2;

static json_t *json_of(const struct evx_error_info *e)
{
    return json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:s}", "code", e->code, "number", (int)e->status,
                     "name", e->name, "class", evx_class_name(e->class), "retry", evx_retry_name(e->retry),
                     "who", evx_who_name(e->who), "what", e->what, "remedy", e->remedy);
}

static enum evx_status page(struct evx_buf *out, const struct evx_error_info *e)
{
    return evx_buf_printf(
        out,
        "# %s %s\n\n%c%s.\n\n- class: %s\n- retry: %s\n- who acts: %s\n- remedy: %s\n- exit code: "
        "%d\n",
        e->code, e->name, e->what[0] >= 'a' ? e->what[0] - 32 : e->what[0], e->what + 1,
        evx_class_name(e->class), evx_retry_name(e->retry), evx_who_name(e->who),
        *e->remedy ? e->remedy : "nothing to do", evx_status_exit_code(e->status));
}

static enum evx_status write_page(const char *folder, const char *name, const struct evx_buf *text)
{
    char *path = evx_path_join(folder, name);
    if (!path) return EVX_E_MEMORY;
    enum evx_status s = evx_file_replace(path, evx_buf_bytes(text), 0644);
    free(path);
    return s;
}

static enum evx_status write_code(const char *folder, const struct evx_error_info *e, struct evx_buf *index)
{
    char name[32];
    struct evx_buf text = {0};
    snprintf(name, sizeof name, "%s.md", e->code);
    enum evx_status s = page(&text, e);
    if (!s) s = write_page(folder, name, &text);
    if (!s)
        s = evx_buf_printf(index, "| [%s](%s) | %s | %s | %s |\n", e->code, name, e->name, e->what,
                           e->remedy);
    evx_buf_free(&text);
    return s;
}

static int write_markdown(const char *folder)
{
    struct evx_buf index = {0};
    enum evx_status s = evx_dir_make(folder);
    if (!s)
        s = evx_buf_append_text(&index,
                                "# Error codes\n\nGenerated from proto/base/errors.def by `evx explain "
                                "--markdown docs/errors`.\n\n| code | name | what happened | remedy |\n"
                                "| --- | --- | --- | --- |\n");
    for (size_t i = 0; i < evx_error_count() && !s; i++)
        s = write_code(folder, evx_error_at(i), &index);
    if (!s) s = write_page(folder, "README.md", &index);
    evx_buf_free(&index);
    return s ? evx_cli_fail(s, folder, NULL) : 0;
}

static enum evx_status all_json(void)
{
    json_t *o = evx_json_object("evx.errors/1"), *list = json_array();
    enum evx_status s = o && list ? EVX_OK : EVX_E_MEMORY;
    for (size_t i = 0; i < evx_error_count() && !s; i++)
        s = evx_json_add(list, json_of(evx_error_at(i)));
    if (s) {
        json_decref(o);
        json_decref(list);
        return s;
    }
    s = evx_json_set(o, "errors", list);
    if (!s) return evx_json_print(stdout, o);
    json_decref(o);
    return s;
}

static enum evx_status all_table(const struct evx_cli_options *o)
{
    static const char *const headers[] = {"code", "name", "what happened"};
    struct evx_table *t = NULL;
    enum evx_status s = evx_table_new(&t, headers, 3);
    for (size_t i = 0; i < evx_error_count() && !s; i++) {
        const struct evx_error_info *e = evx_error_at(i);
        s = evx_table_row(t, (const char *const[]){e->code, e->name, e->what});
    }
    if (!s) s = evx_table_print(stdout, t, o->plain, evx_cli_colour(o));
    evx_table_destroy(&t);
    return s;
}

static enum evx_status one(const struct evx_error_info *e, bool as_json)
{
    if (as_json) {
        json_t *o = evx_json_object("evx.error/1"), *row = json_of(e);
        enum evx_status s = o && row && !json_object_update(o, row) ? EVX_OK : EVX_E_MEMORY;
        json_decref(row);
        if (!s) return evx_json_print(stdout, o);
        json_decref(o);
        return s;
    }
    printf("%s %s\n  what:    %s\n  class:   %s\n  retry:   %s\n  who:     %s\n  remedy:  %s\n", e->code,
           e->name, e->what, evx_class_name(e->class), evx_retry_name(e->retry), evx_who_name(e->who),
           *e->remedy ? e->remedy : "nothing to do");
    return EVX_OK;
}

int evx_verb_explain(int argc, char **argv)
{
    struct evx_cli_options o;
    enum evx_status s = evx_cli_parse(&o, evx_explain_options, evx_explain_options_n, argc, argv);
    if (s) return evx_status_exit_code(s);
    if (evx_cli_has(&o, "markdown")) return write_markdown(evx_cli_value(&o, "markdown"));
    if (evx_cli_has(&o, "all")) {
        s = o.json ? all_json() : all_table(&o);
        return s ? evx_cli_fail(s, NULL, NULL) : 0;
    }
    if (o.argc == 0)
        return evx_cli_fail(EVX_E_USAGE, "explain", "a code such as EVX-2011 is wanted, or --all");
    for (int i = 0; i < o.argc && !s; i++) {
        const struct evx_error_info *e = evx_error_find(o.argv[i]);
        if (!e)
            return evx_cli_fail(EVX_E_NOT_FOUND, o.argv[i],
                                "there is no such code; list them: evx explain --all");
        s = one(e, o.json);
    }
    return s ? evx_cli_fail(s, NULL, NULL) : 0;
}
