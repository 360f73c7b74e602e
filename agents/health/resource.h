// SPDX-License-Identifier: Apache-2.0
//
// The resource types that are evidence, as a table: where each keeps its code
// and its times, and what else is taken from it.
#ifndef EVX_AGENTS_HEALTH_RESOURCE_H
#define EVX_AGENTS_HEALTH_RESOURCE_H

#include "agents/client/ingest/document.h"

#define EVX_RESOURCE_PATHS 4

struct evx_resource {
    const char *type; // "Encounter"
    const char *kind; // of the evidence
    const char *word; // begins the narrative
    const char *subject;
    const char *code[EVX_RESOURCE_PATHS];     // CodeableConcept; the first that is there
    const char *occurred[EVX_RESOURCE_PATHS]; // the first that is there
    const char *recorded;                     // may be NULL
    const char *ended;
    const char *criterion, *other_criterion;
    // What is special to the type; may be NULL.
    void (*more)(struct evx_draft *d, const json_t *resource);
};
// NULL when the type is not evidence.
const struct evx_resource *evx_resource_find(const char *type);

#endif
