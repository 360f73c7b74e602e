// SPDX-License-Identifier: Apache-2.0
#include "agents/client/agency/findings.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agents/client/ingest/profile.h"
#include "agents/police/police.h"
#include "proto/base/file.h"

#define HEAD "Episode,Person ID,Family name,Given name,Date of birth,Reported,Started,Risk initial\n"

struct scene {
    char folder[64];
    struct evx_profile_set set;
    struct evx_files files;
    struct evx_findings findings;
};

static void put(const struct scene *s, const char *name, const char *text)
{
    char *path = evx_path_join(s->folder, name);
    cr_assert_eq(evx_file_replace(path, evx_bytes_of_text(text), 0600), EVX_OK);
    free(path);
}

static void begin(struct scene *s)
{
    memset(s, 0, sizeof *s);
    snprintf(s->folder, sizeof s->folder, "/tmp/evx-findings-XXXXXX");
    cr_assert(mkdtemp(s->folder));
    const struct evx_ingest_agency *a = evx_police();
    for (size_t i = 0; i < a->profiles; i++)
        cr_assert_eq(
            evx_profile_set_add(&s->set, evx_bytes_of_text(a->profile[i].yaml), a->profile[i].name, NULL),
            EVX_OK);
    s->set.builtin = s->set.n;
}

static void read_first(struct scene *s)
{
    char *const paths[] = {s->folder};
    struct evx_ingest_job job = {.agency = evx_police(), .profiles = &s->set, .organisation = "northam"};
    cr_assert_eq(evx_files_open(&s->files, paths, 1), EVX_OK);
    cr_assert_eq(evx_findings_read(&s->findings, &job, &s->files.file[0], true), EVX_OK);
}

static void finish(struct scene *s)
{
    evx_findings_free(&s->findings);
    for (size_t i = 0; i < s->files.n; i++)
        unlink(s->files.file[i].path);
    char *hidden = evx_path_join(s->folder, ".hidden.csv");
    unlink(hidden);
    free(hidden);
    rmdir(s->folder);
    evx_files_close(&s->files);
    evx_profile_set_free(&s->set);
}

static char *printed(enum evx_status (*print)(FILE *, const struct evx_findings *),
                     const struct evx_findings *f)
{
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    cr_assert(to);
    cr_assert_eq(print(to, f), EVX_OK);
    fclose(to);
    return text;
}

Test(findings, json_is_the_object_that_the_interface_promises, .timeout = 30)
{
    struct scene s;
    begin(&s);
    put(&s, "a.csv", HEAD "1,P1,Example,Robin,31/02/2012,03/04/2026 20:00,03/04/2026 18:00,LOW\n");
    read_first(&s);
    char *text = printed(evx_findings_print_json, &s.findings);
    json_t *o = json_loads(text, 0, NULL);
    cr_assert(o);
    cr_assert_str_eq(json_string_value(json_object_get(o, "schema")), "evx.check/1");
    cr_assert_eq(json_integer_value(json_object_get(o, "rows")), 1);
    cr_assert_eq(json_integer_value(json_object_get(o, "evidence")), 0);
    cr_assert_str_eq(json_string_value(json_object_get(json_object_get(o, "detected"), "profile")),
                     "police-missing-episode");
    const json_t *p = json_array_get(json_object_get(o, "problems"), 0);
    static const char *const keys[] = {"sheet", "column", "value", "code", "severity", "message", "remedy"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        cr_assert(json_is_string(json_object_get(p, keys[i])), "%s", keys[i]);
    cr_assert_eq(json_integer_value(json_object_get(p, "row")), 2);
    cr_assert_str_eq(json_string_value(json_object_get(p, "column")), "Date of birth");
    cr_assert_str_eq(json_string_value(json_object_get(p, "value")), "31/02/2012");
    cr_assert_str_eq(json_string_value(json_object_get(p, "code")), "EVX-1021");
    json_decref(o);
    free(text);
    finish(&s);
}

Test(findings, every_row_is_listed_however_many, .timeout = 30)
{
    struct scene s;
    struct evx_buf text = {0};
    begin(&s);
    cr_assert_eq(evx_buf_append_text(&text, HEAD), EVX_OK);
    for (int i = 0; i < 400; i++)
        cr_assert_eq(evx_buf_printf(&text,
                                    "%d,P%d,Example,Robin,01/02/2012,03/04/2026 20:00,03/04/2026 18:00,%s\n",
                                    i, i, i % 2 ? "LOW" : "PURPLE"),
                     EVX_OK);
    cr_assert_eq(evx_buf_append(&text, "", 1), EVX_OK);
    put(&s, "a.csv", (const char *)text.p);
    evx_buf_free(&text);
    read_first(&s);
    cr_assert_eq(s.findings.errors, 200);
    cr_assert_eq(s.findings.items, 200);
    char *shown = printed(evx_findings_print, &s.findings);
    cr_assert(strstr(shown, ", 200 times"));
    cr_assert(strstr(shown, "rows 2, 4, 6,"));
    cr_assert(strstr(shown, ", 398, 400\n"));
    free(shown);
    finish(&s);
}

Test(findings, text_from_a_file_cannot_drive_the_terminal, .timeout = 30)
{
    struct scene s;
    begin(&s);
    put(&s, "a.csv",
        HEAD "1,P1,Exa\x1b[31mmple,Robin,01/02/2012,03/04/2026 20:00,03/04/2026 18:00,\x1b[2J\n");
    read_first(&s);
    cr_assert_eq(s.findings.errors, 2);
    char *shown = printed(evx_findings_print, &s.findings);
    cr_assert_eq(strchr(shown, '\x1b'), NULL);
    free(shown);
    finish(&s);
}

Test(findings, nor_can_a_column_name, .timeout = 30)
{
    struct scene s;
    begin(&s);
    put(&s, "a.csv",
        "\x1b[2JX,\x1b[2JX," HEAD
        "x,y,1,P1,Example,Robin,01/02/2012,03/04/2026 20:00,03/04/2026 18:00,LOW\n");
    read_first(&s);
    cr_assert_eq(s.findings.errors, 1);
    cr_assert_eq(s.findings.problem[0].code, EVX_E_HEADER_TWICE);
    char *shown = printed(evx_findings_print, &s.findings);
    cr_assert_eq(strchr(shown, '\x1b'), NULL);
    free(shown);
    finish(&s);
}

Test(findings, folders_are_read_in_order_and_hidden_files_are_not, .timeout = 30)
{
    struct scene s;
    begin(&s);
    put(&s, "b.csv", HEAD);
    put(&s, "a.csv", HEAD);
    put(&s, ".hidden.csv", HEAD);
    read_first(&s);
    cr_assert_eq(s.files.n, 2);
    cr_assert(strstr(s.files.file[0].path, "/a.csv"));
    cr_assert_eq(s.files.companions, 2);
    cr_assert(s.findings.fatal);
    finish(&s);
}

Test(findings, annotated_copy_stands_in_the_folder_named, .timeout = 30)
{
    struct scene s;
    begin(&s);
    put(&s, "a.csv", HEAD "1,P1,=Example,Robin,31/02/2012,03/04/2026 20:00,03/04/2026 18:00,LOW\n");
    read_first(&s);
    cr_assert_eq(evx_findings_annotate(&s.findings, &s.files.file[0], NULL, s.folder), EVX_OK);
    char *path = evx_path_join(s.folder, "a.csv.annotated.csv");
    struct evx_buf text = {0};
    cr_assert_eq(evx_file_read(&text, path, 1u << 16), EVX_OK);
    cr_assert(memmem(text.p, text.n, "\"EVX-1021\"", 10));
    cr_assert(memmem(text.p, text.n, "\"'=Example\"", 11));
    evx_buf_free(&text);
    unlink(path);
    free(path);
    finish(&s);
}
