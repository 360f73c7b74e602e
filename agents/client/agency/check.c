// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "agents/client/agency/findings.h"
#include "agents/client/agency/front.h"
#include "agents/client/cli/table.h"
#include "proto/base/file.h"

const struct evx_cli_option evx_check_options[] = {
    {"profile", "FILE", "use this column profile too; preferred to those built in"},
    {"encoding", "NAME", "the text's encoding, instead of the detected one"},
    {"annotate", "FOLDER", "write each table there again, with the problems beside the rows"},
    {"formats", NULL, "list the formats that this program reads"},
    {"profiles", NULL, "list the column profiles"},
    {"codes", "COLUMN", "list the codes of a column"},
};
const size_t evx_check_options_n = sizeof evx_check_options / sizeof *evx_check_options;

static int list_profiles(const struct evx_profile_set *set, const struct evx_cli_options *o)
{
    static const char *const headers[] = {"PROFILE", "WHAT IT READS", "KNOWN BY ITS COLUMNS"};
    struct evx_table *t;
    enum evx_status s = evx_table_new(&t, headers, 3);
    for (size_t i = 0; !s && i < set->n; i++) {
        const struct evx_profile *p = set->profile[i];
        struct evx_buf columns = {0};
        for (unsigned c = 0; !s && c < p->match_count; c++)
            s = evx_buf_printf(&columns, "%s%s", c ? ", " : "", p->match[c]);
        if (!s) s = evx_buf_append(&columns, "", 1);
        if (!s) s = evx_table_row(t, (const char *const[]){p->id, p->title, (const char *)columns.p});
        evx_buf_free(&columns);
    }
    if (!s) s = evx_table_print(stdout, t, o->plain, evx_cli_colour(o));
    evx_table_destroy(&t);
    return s ? evx_cli_fail(s, NULL, NULL) : 0;
}

static enum evx_status list_codes_of(const struct evx_profile *p, const char *column, struct evx_table *t)
{
    const struct evx_profile_column *c = evx_profile_column(p, column);
    const struct evx_profile_list *l = c && c->list ? evx_profile_list(p, c->list) : NULL;
    enum evx_status s = EVX_OK;
    for (unsigned i = 0; !s && l && i < l->codes_count; i++)
        s = evx_table_row(t, (const char *const[]){p->id, l->codes[i].code, l->codes[i].means});
    return s;
}

static int list_codes(const struct evx_profile_set *set, const struct evx_cli_options *o, const char *column)
{
    static const char *const headers[] = {"PROFILE", "CODE", "MEANS"};
    struct evx_table *t;
    enum evx_status s = evx_table_new(&t, headers, 3);
    for (size_t i = 0; !s && i < set->n; i++)
        s = list_codes_of(set->profile[i], column, t);
    bool none = !s && evx_table_rows(t) == 0;
    if (!s && !none) s = evx_table_print(stdout, t, o->plain, evx_cli_colour(o));
    evx_table_destroy(&t);
    if (none) return evx_cli_fail(EVX_E_USAGE, column, "no profile has a column of that name with codes");
    return s ? evx_cli_fail(s, NULL, NULL) : 0;
}

struct check {
    const struct evx_cli_options *o;
    struct evx_ingest_job job;
    size_t errors, missing;
};

static enum evx_status check_file(struct check *c, const struct evx_file *file)
{
    struct evx_findings f;
    const char *folder = evx_cli_value(c->o, "annotate");
    enum evx_status s = evx_findings_read(&f, &c->job, file, false);
    if (s) return s;
    c->errors += f.errors;
    c->missing += file->status == EVX_E_FILE_UNREADABLE;
    s = c->o->json ? evx_findings_print_json(stdout, &f) : evx_findings_print(stdout, &f);
    bool table = strcmp(f.result.detected.format, "csv") == 0 && !f.fatal;
    if (!s && folder && table && f.problems) s = evx_findings_annotate(&f, file, c->job.encoding, folder);
    evx_findings_free(&f);
    return s;
}

static int check_files(struct check *c)
{
    struct evx_files files;
    enum evx_status s = evx_files_open(&files, c->o->argv, (size_t)c->o->argc);
    if (s) return evx_cli_fail(s, NULL, NULL);
    c->job.companion = files.companion;
    c->job.companions = files.companions;
    for (size_t i = 0; !s && i < files.n; i++)
        s = check_file(c, &files.file[i]);
    size_t n = files.n;
    evx_files_close(&files);
    if (s) return evx_cli_fail(s, NULL, NULL);
    if (n == 0) return evx_cli_fail(EVX_E_FILE_UNREADABLE, c->o->argv[0], "there are no files in it");
    if (c->missing == n) return evx_status_exit_code(EVX_E_FILE_UNREADABLE);
    return c->errors ? evx_status_exit_code(EVX_E_CELL_CODE) : 0;
}

int evx_agency_check(int argc, char **argv)
{
    struct evx_cli_options o;
    struct evx_profile_set set;
    enum evx_status s = evx_cli_parse(&o, evx_check_options, evx_check_options_n, argc, argv);
    if (!s && evx_cli_has(&o, "formats")) return fputs(evx_front_agency()->formats, stdout) < 0;
    if (!s) s = evx_front_profiles(&set, &o);
    if (s) return evx_status_exit_code(s);
    struct check c = {.o = &o,
                      .job = {.agency = evx_front_agency(),
                              .profiles = &set,
                              .organisation = evx_front_agency()->id,
                              .encoding = evx_cli_value(&o, "encoding")}};
    int code;
    if (evx_cli_has(&o, "profiles"))
        code = list_profiles(&set, &o);
    else if (evx_cli_has(&o, "codes"))
        code = list_codes(&set, &o, evx_cli_value(&o, "codes"));
    else if (o.argc == 0)
        code = evx_cli_fail(EVX_E_USAGE, "check", "name at least one file or folder");
    else
        code = check_files(&c);
    evx_profile_set_free(&set);
    return code;
}
