// SPDX-License-Identifier: Apache-2.0
//
// The patients of a bundle, by every name by which a resource may refer to them.
#ifndef EVX_AGENTS_HEALTH_PATIENT_H
#define EVX_AGENTS_HEALTH_PATIENT_H

#include "agents/client/ingest/document.h"

struct evx_patients {
    const json_t **entry; // borrowed from the bundle
    size_t n;
};
EVX_MUST_CHECK enum evx_status evx_patients_find(struct evx_patients *out, const json_t *entries);
void evx_patients_free(struct evx_patients *p);
// "urn:uuid:…" by fullUrl, "Patient/ID" or a URL that ends so by id. NULL if none.
const json_t *evx_patients_get(const struct evx_patients *p, const char *reference);
// Adds the patient as the child of the evidence. An NHS number that is wrong is
// reported at `at` as an error.
EVX_MUST_CHECK enum evx_status evx_patient_subject(struct evx_reading *r, struct evx_draft *d,
                                                   const json_t *patient, uint64_t row);

#endif
