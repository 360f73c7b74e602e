// SPDX-License-Identifier: Apache-2.0
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "agents/health/health.h"
#include "agents/health/patient.h"
#include "agents/health/resource.h"

#define OTHERS_MAX 64
#define PATH_BYTES 96

struct run {
    struct evx_reading *reading;
    struct evx_patients patients;
    struct {
        const char *what;
        uint64_t n;
    } other[OTHERS_MAX]; // left out, by type
    size_t others;
    uint64_t row; // the entry at hand, 1-based
    const json_t *resource;
    const struct evx_resource *kind;
    char path[PATH_BYTES]; // of what a problem is about
};

__attribute__((format(printf, 4, 5))) static enum evx_status wrong(struct run *run, enum evx_status code,
                                                                   const char *path, const char *format, ...)
{
    char said[200];
    va_list args;
    va_start(args, format);
    vsnprintf(said, sizeof said, format, args);
    va_end(args);
    snprintf(run->path, sizeof run->path, "entry[%llu].resource.%.60s", (unsigned long long)run->row - 1,
             path);
    const char *value = evx_document_text_at(run->resource, path);
    struct evx_place at = {run->row, run->path, value ? value : ""};
    return evx_reading_problem(run->reading, &at, code, EVX_SEVERITY_ERROR, "%s", said);
}

static const char *first_text(const json_t *resource, const char *const *path, const char **found)
{
    for (size_t i = 0; i < EVX_RESOURCE_PATHS && path[i]; i++) {
        const char *text = evx_document_text_at(resource, path[i]);
        *found = path[i];
        if (text && *text) return text;
    }
    *found = path[0];
    return NULL;
}

static const char *concept_name(const json_t *resource, const char *const *path, const char **code)
{
    for (size_t i = 0; i < EVX_RESOURCE_PATHS && path[i]; i++) {
        const json_t *at = evx_document_at(resource, path[i]);
        if (json_is_string(at)) return json_string_value(at);
        const char *text = evx_document_text(at, "text");
        if (!text) text = evx_document_text_at(at, "coding.0.display");
        *code = evx_document_text_at(at, "coding.0.code");
        if (!*code) *code = evx_document_text(at, "code");
        if (text || *code) return text ? text : *code;
    }
    return NULL;
}

static enum evx_status moment(struct run *run, const char *path, Evx__V1__Moment **out)
{
    *out = NULL;
    const char *text = path ? evx_document_text_at(run->resource, path) : NULL;
    struct evx_moment m;
    if (!text) return EVX_OK;
    enum evx_status s = evx_moment_parse(&m, text, "fhir", EVX_ZONE_LONDON);
    if (s) return wrong(run, s, path, "not a FHIR date or time, or one that does not exist");
    *out = evx_draft_moment(run->reading->draft, &m, text);
    return EVX_OK;
}

static enum evx_status times(struct run *run, struct evx_draft *d)
{
    const char *path;
    Evx__V1__Moment *ended;
    if (!first_text(run->resource, run->kind->occurred, &path))
        return wrong(run, EVX_E_FHIR_REQUIRED, path, "%s does not say when", run->kind->type);
    enum evx_status s = moment(run, path, &d->evidence.occurred);
    if (!s) s = moment(run, run->kind->recorded, &d->evidence.recorded);
    if (!s) s = moment(run, run->kind->ended, &ended);
    if (s) return s;
    if (ended && d->evidence.occurred && ended->utc_ms < d->evidence.occurred->utc_ms)
        return wrong(run, EVX_E_CELL_DATE_ORDER, run->kind->ended, "lies before %s", path);
    if (ended) evx_draft_date(d, "ended", ended);
    return EVX_OK;
}

static enum evx_status what(struct run *run, struct evx_draft *d)
{
    const char *code = NULL, *name = concept_name(run->resource, run->kind->code, &code);
    if (!name)
        return wrong(run, EVX_E_FHIR_REQUIRED, run->kind->code[0], "%s does not say what it is",
                     run->kind->type);
    size_t n = strlen(run->kind->word) + strlen(name) + 4;
    char *said = evx_pool_take(run->reading->pool, n);
    if (!said) return EVX_E_MEMORY;
    snprintf(said, n, "%s: %s.", run->kind->word, name);
    d->evidence.narrative = said;
    evx_draft_text(d, "what", name);
    evx_draft_text(d, "code", code);
    evx_draft_text(d, "status", evx_document_text(run->resource, "status"));
    return EVX_OK;
}

static enum evx_status who(struct run *run, struct evx_draft *d)
{
    const json_t *patient =
        evx_patients_get(&run->patients, evx_document_text_at(run->resource, run->kind->subject));
    if (patient) return evx_patient_subject(run->reading, d, patient, run->row);
    return wrong(run, EVX_E_FHIR_REFERENCE, run->kind->subject, "the patient of this %s is not in the bundle",
                 run->kind->type);
}

static enum evx_status take_resource(struct run *run)
{
    struct evx_reading *r = run->reading;
    struct evx_draft *d = evx_reading_draft(r, run->kind->kind, run->row, "fhir-r4-bundle");
    d->evidence.purpose = "joint inspection";
    d->evidence.lawful_basis = "UK GDPR articles 6(1)(e) and 9(2)(h)";
    d->evidence.marking = "OFFICIAL-SENSITIVE";
    d->evidence.retention_class = "inspection-record";
    evx_draft_criterion(d, run->kind->criterion);
    evx_draft_criterion(d, run->kind->other_criterion);
    enum evx_status s = who(run, d);
    if (!s) s = what(run, d);
    if (!s) s = times(run, d);
    if (!s && run->kind->more) run->kind->more(d, run->resource);
    return s ? s : evx_reading_emit(r, d, run->row);
}

static void leave_out(struct run *run, const char *what_it_is)
{
    run->reading->result->left_out++;
    for (size_t i = 0; i < run->others; i++)
        if (strcmp(run->other[i].what, what_it_is) == 0) {
            run->other[i].n++;
            return;
        }
    if (run->others == OTHERS_MAX)
        run->other[OTHERS_MAX - 1].n++;
    else {
        run->other[run->others].what = what_it_is;
        run->other[run->others++].n = 1;
    }
}

static enum evx_status note_left_out(struct run *run)
{
    enum evx_status s = EVX_OK;
    for (size_t i = 0; !s && i < run->others; i++) {
        struct evx_place at = {0, "resourceType", run->other[i].what};
        s = evx_reading_problem(run->reading, &at, EVX_E_FHIR_IGNORED, EVX_SEVERITY_NOTE,
                                "%llu of %.60s left out", (unsigned long long)run->other[i].n,
                                run->other[i].what);
    }
    return s;
}

static bool entered_in_error(const json_t *resource)
{
    const char *status = evx_document_text(resource, "status");
    const char *verification = evx_document_text_at(resource, "verificationStatus.coding.0.code");
    return (status && strcmp(status, "entered-in-error") == 0) ||
           (verification && strcmp(verification, "entered-in-error") == 0);
}

static enum evx_status take_entry(struct run *run, const json_t *entry)
{
    run->row++;
    run->resource = json_object_get(entry, "resource");
    const char *type = evx_document_text(run->resource, "resourceType");
    run->kind = evx_resource_find(type);
    evx_reading_row(run->reading);
    enum evx_status s = EVX_OK;
    if (!type)
        s = wrong(run, EVX_E_FHIR_REQUIRED, "resourceType",
                  "the entry has no resource, or one without a type");
    else if (!run->kind)
        leave_out(run, type);
    else if (entered_in_error(run->resource))
        leave_out(run, "records entered in error");
    else
        s = take_resource(run);
    evx_reading_row_end(run->reading);
    return s;
}

static enum evx_status read_entries(struct evx_reading *r, const json_t *entries)
{
    struct run run = {.reading = r};
    struct evx_place at = {0, "entry", ""};
    if (json_array_size(entries) == 0)
        return evx_reading_problem(r, &at, EVX_E_FILE_EMPTY, EVX_SEVERITY_ERROR, "the bundle has no entries");
    enum evx_status s = evx_patients_find(&run.patients, entries);
    for (size_t i = 0; !s && i < json_array_size(entries); i++)
        s = take_entry(&run, json_array_get(entries, i));
    if (!s) s = note_left_out(&run);
    evx_patients_free(&run.patients);
    return s;
}

enum evx_status evx_health_read_bundle(struct evx_reading *r)
{
    json_t *document;
    enum evx_status s = evx_document_open(&document, r);
    if (s || !document) return s;
    const char *type = evx_document_text(document, "resourceType");
    struct evx_place at = {0, "resourceType", type ? type : ""};
    if (type && strcmp(type, "Bundle") == 0) {
        snprintf(r->result->detected.format, sizeof r->result->detected.format, "fhir-r4-json");
        s = read_entries(r, json_object_get(document, "entry"));
    } else
        s = evx_reading_problem(r, &at, EVX_E_FHIR_TYPE, EVX_SEVERITY_ERROR, "not a FHIR Bundle");
    json_decref(document);
    return s;
}
