// SPDX-License-Identifier: Apache-2.0
//
// Health's own files: FHIR R4 bundles. Encounter, Condition, Immunization,
// Observation and CarePlan become evidence about their Patient; other types are
// counted and left out.
#ifndef EVX_AGENTS_HEALTH_HEALTH_H
#define EVX_AGENTS_HEALTH_HEALTH_H

#include "agents/client/ingest/ingest.h"

const struct evx_ingest_agency *evx_health(void);
EVX_MUST_CHECK enum evx_status evx_health_read_bundle(struct evx_reading *r);

#endif
