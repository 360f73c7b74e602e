// SPDX-License-Identifier: Apache-2.0
#include "agents/health/patient.h"

#include <stdlib.h>
#include <string.h>

#include "agents/client/ingest/identifier.h"

static const char nhs_system[] = "https://fhir.nhs.uk/Id/nhs-number";

static char *borrow(const char *text) { return (char *)(uintptr_t)(text ? text : ""); }

enum evx_status evx_patients_find(struct evx_patients *out, const json_t *entries)
{
    *out = (struct evx_patients){0};
    size_t total = json_array_size(entries);
    out->entry = calloc(total + 1, sizeof(void *));
    if (!out->entry) return EVX_E_MEMORY;
    for (size_t i = 0; i < total; i++) {
        const json_t *entry = json_array_get(entries, i);
        const char *type = evx_document_text_at(entry, "resource.resourceType");
        if (type && strcmp(type, "Patient") == 0) out->entry[out->n++] = entry;
    }
    return EVX_OK;
}

void evx_patients_free(struct evx_patients *p)
{
    free(p->entry);
    *p = (struct evx_patients){0};
}

static bool names(const json_t *entry, const char *reference)
{
    const char *url = evx_document_text(entry, "fullUrl");
    if (url && strcmp(url, reference) == 0) return true;
    const char *id = evx_document_text_at(entry, "resource.id"), *slash = strrchr(reference, '/');
    size_t before = slash ? (size_t)(slash - reference) : 0;
    return id && slash && before >= 7 && strncmp(slash - 7, "Patient", 7) == 0 && strcmp(slash + 1, id) == 0;
}

const json_t *evx_patients_get(const struct evx_patients *p, const char *reference)
{
    for (size_t i = 0; reference && i < p->n; i++)
        if (names(p->entry[i], reference)) return json_object_get(p->entry[i], "resource");
    return NULL;
}

static enum evx_status nhs_number(struct evx_reading *r, struct evx_draft *d, Evx__V1__Subject *s,
                                  const char *value, uint64_t row)
{
    char digits[EVX_NHS_NUMBER_TEXT];
    struct evx_place at = {row, "Patient.identifier", value};
    if (!evx_nhs_number(digits, value))
        return evx_reading_problem(r, &at, EVX_E_CELL_IDENTIFIER, EVX_SEVERITY_ERROR,
                                   "not an NHS number: ten digits, the last a check digit");
    evx_draft_identifier(d, s, "nhs-number", evx_pool_text(r->pool, digits, strlen(digits)), "");
    return EVX_OK;
}

// Only what serves to tell the child apart here: NHS number, the record's own
// id, the local record number. Other countries' and other bodies' numbers stay out.
static enum evx_status identifiers(struct evx_reading *r, struct evx_draft *d, Evx__V1__Subject *s,
                                   const json_t *patient, uint64_t row)
{
    size_t i;
    json_t *id;
    const char *own = evx_document_text(patient, "id");
    if (own) evx_draft_identifier(d, s, "fhir-patient-id", own, r->job->organisation);
    json_array_foreach(json_object_get(patient, "identifier"), i, id)
    {
        const char *system = evx_document_text(id, "system"), *value = evx_document_text(id, "value");
        const char *type = evx_document_text_at(id, "type.coding.0.code");
        if (!value || !*value || !system) continue;
        if (strcmp(system, nhs_system) == 0) {
            enum evx_status status = nhs_number(r, d, s, value, row);
            if (status) return status;
        } else if (type && strcmp(type, "MR") == 0 && !(own && strcmp(own, value) == 0))
            evx_draft_identifier(d, s, "local", value, r->job->organisation);
    }
    return EVX_OK;
}

static enum evx_status born(struct evx_reading *r, struct evx_draft *d, Evx__V1__Subject *s, const char *text,
                            uint64_t row)
{
    struct evx_moment m;
    struct evx_place at = {row, "Patient.birthDate", text ? text : ""};
    if (!text) return EVX_OK;
    enum evx_status status = evx_moment_parse(&m, text, "fhir", EVX_ZONE_LONDON);
    if (status)
        return evx_reading_problem(r, &at, status, EVX_SEVERITY_ERROR, "not a FHIR date, or no such day");
    s->born = evx_draft_moment(d, &m, text);
    return EVX_OK;
}

enum evx_status evx_patient_subject(struct evx_reading *r, struct evx_draft *d, const json_t *patient,
                                    uint64_t row)
{
    Evx__V1__Subject *s = evx_draft_subject(d, EVX__V1__SUBJECT_ROLE__ROLE_CHILD);
    if (!s) return EVX_E_MEMORY;
    s->family_name = borrow(evx_document_text_at(patient, "name.0.family"));
    s->given_name = borrow(evx_document_text_at(patient, "name.0.given.0"));
    s->sex = borrow(evx_document_text(patient, "gender"));
    enum evx_status status = identifiers(r, d, s, patient, row);
    return status ? status : born(r, d, s, evx_document_text(patient, "birthDate"), row);
}
