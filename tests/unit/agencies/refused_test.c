// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/client/agency/findings.h"
#include "agents/health/health.h"
#include "agents/police/police.h"
#include "agents/school/school.h"
#include "tests/unit/agencies/reader.h"

struct example {
    const char *file;
    const struct evx_ingest_agency *(*agency)(void);
    enum evx_status code;
    uint64_t row, evidence;
    enum evx_severity severity;
};
static const struct example examples[] = {
    {"EVX-1002-workbook.xlsx", evx_police, EVX_E_FILE_FORMAT, 0, 0, EVX_SEVERITY_ERROR},
    {"EVX-1003-damaged-text.csv", evx_police, EVX_E_FILE_ENCODING, 4, 0, EVX_SEVERITY_ERROR},
    {"EVX-1005-no-rows.csv", evx_police, EVX_E_FILE_EMPTY, 0, 0, EVX_SEVERITY_ERROR},
    {"EVX-1010-open-quote.csv", evx_police, EVX_E_CSV_QUOTE, 3, 1, EVX_SEVERITY_ERROR},
    {"EVX-1011-stray-comma.csv", evx_police, EVX_E_CSV_COLUMNS, 3, 1, EVX_SEVERITY_ERROR},
    {"EVX-1012-column-missing.csv", evx_police, EVX_E_HEADER_MISSING, 1, 0, EVX_SEVERITY_ERROR},
    {"EVX-1013-column-twice.csv", evx_police, EVX_E_HEADER_TWICE, 1, 0, EVX_SEVERITY_ERROR},
    {"EVX-1014-unknown-columns.csv", evx_police, EVX_E_PROFILE_NONE, 1, 0, EVX_SEVERITY_ERROR},
    {"EVX-1020-empty-cell.csv", evx_police, EVX_E_CELL_REQUIRED, 3, 1, EVX_SEVERITY_ERROR},
    {"EVX-1021-no-such-day.csv", evx_police, EVX_E_CELL_DATE, 3, 1, EVX_SEVERITY_ERROR},
    {"EVX-1022-two-digit-year.csv", evx_police, EVX_E_CELL_DATE_SHORT, 3, 1, EVX_SEVERITY_ERROR},
    {"EVX-1023-found-before-missing.csv", evx_police, EVX_E_CELL_DATE_ORDER, 3, 1, EVX_SEVERITY_ERROR},
    {"EVX-1024-not-a-number.csv", evx_school, EVX_E_CELL_NUMBER, 3, 1, EVX_SEVERITY_ERROR},
    {"EVX-1025-unknown-code.csv", evx_police, EVX_E_CELL_CODE, 3, 1, EVX_SEVERITY_ERROR},
    {"EVX-1026-long-name.csv", evx_police, EVX_E_CELL_LONG, 3, 1, EVX_SEVERITY_ERROR},
    {"EVX-1027-control-character.csv", evx_police, EVX_E_CELL_CONTROL, 3, 1, EVX_SEVERITY_ERROR},
    {"EVX-1028-wrong-check-digit.csv", evx_police, EVX_E_CELL_IDENTIFIER, 3, 1, EVX_SEVERITY_ERROR},
    {"EVX-1029-hour-that-comes-twice.csv", evx_police, EVX_E_CELL_TIME_LOCAL, 3, 1, EVX_SEVERITY_ERROR},
    {"EVX-1030-without-the-pupil-file.csv", evx_school, EVX_E_ROW_ORPHAN, 0, 1, EVX_SEVERITY_WARNING},
    {"EVX-1031-row-twice.csv", evx_police, EVX_E_ROW_TWICE, 2, 1, EVX_SEVERITY_ERROR},
    {"EVX-1040-cut-off.json", evx_health, EVX_E_JSON_SYNTAX, 3, 0, EVX_SEVERITY_ERROR},
    {"EVX-1041-key-twice.json", evx_health, EVX_E_JSON_DUPLICATE, 3, 0, EVX_SEVERITY_ERROR},
    {"EVX-1042-not-a-bundle.json", evx_health, EVX_E_FHIR_TYPE, 0, 0, EVX_SEVERITY_ERROR},
    {"EVX-1043-patient-elsewhere.json", evx_health, EVX_E_FHIR_REFERENCE, 2, 0, EVX_SEVERITY_ERROR},
    {"EVX-1044-without-a-date.json", evx_health, EVX_E_FHIR_REQUIRED, 2, 0, EVX_SEVERITY_ERROR},
    {"EVX-1045-a-claim.json", evx_health, EVX_E_FHIR_IGNORED, 0, 0, EVX_SEVERITY_NOTE},
    {"EVX-1046-published-figures.csv", evx_school, EVX_E_ROW_AGGREGATE, 0, 0, EVX_SEVERITY_NOTE},
};

Test(refused, every_example_provokes_its_code_at_its_row, .timeout = 60)
{
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        const struct example *e = &examples[i];
        char path[160];
        const char *paths[] = {path};
        struct kept k;
        snprintf(path, sizeof path, "tests/data/refused/%s", e->file);
        kept_read_file(&k, e->agency(), paths, 1);
        const struct kept_problem *p = kept_find(&k, e->code);
        cr_assert(p, "%s: no %d among %zu problems", e->file, (int)e->code, k.problems);
        cr_assert_eq(p->row, e->row, "%s: row %llu", e->file, (unsigned long long)p->row);
        cr_assert_eq(p->severity, e->severity, "%s", e->file);
        cr_assert_eq(k.result.evidence, e->evidence, "%s: evidence %llu", e->file,
                     (unsigned long long)k.result.evidence);
        cr_assert(strncmp(evx_error_info(e->code)->code, e->file, 8) == 0, "%s is named after another code",
                  e->file);
        for (size_t j = 0; j < k.problems; j++)
            cr_assert(k.problem[j].code == e->code || k.problem[j].code == EVX_E_FHIR_IGNORED ||
                          k.problem[j].code == EVX_E_ROW_ORPHAN,
                      "%s also has %d", e->file, (int)k.problem[j].code);
        kept_free(&k);
    }
}

static enum evx_status status_of_path(char *path)
{
    struct evx_files files;
    struct evx_findings f;
    struct evx_ingest_job job = {.agency = evx_police(), .organisation = "northam"};
    char *const paths[] = {path};
    cr_assert_eq(evx_files_open(&files, paths, 1), EVX_OK);
    cr_assert_eq(files.n, 1);
    cr_assert_eq(evx_findings_read(&f, &job, &files.file[0], false), EVX_OK);
    enum evx_status s = f.problems == 1 ? f.problem[0].code : EVX_OK;
    cr_assert(f.fatal);
    evx_findings_free(&f);
    evx_files_close(&files);
    return s;
}

Test(refused, a_path_that_is_not_there_is_reported, .timeout = 20)
{
    char path[] = "/nonexistent/missing.csv";
    cr_assert_eq(status_of_path(path), EVX_E_FILE_UNREADABLE);
}

Test(refused, a_file_over_the_limit_is_reported_unread, .timeout = 20)
{
    char path[] = "/tmp/evx-large-XXXXXX";
    int fd = mkstemp(path);
    cr_assert(fd >= 0 && ftruncate(fd, (off_t)EVX_LIMIT_INPUT_FILE_BYTES + 1) == 0);
    enum evx_status s = status_of_path(path);
    close(fd);
    unlink(path);
    cr_assert_eq(s, EVX_E_FILE_TOO_LARGE);
}
