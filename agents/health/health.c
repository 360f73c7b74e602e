// SPDX-License-Identifier: Apache-2.0
#include "agents/health/health.h"

const struct evx_ingest_agency *evx_health(void)
{
    static const struct evx_ingest_agency health = {
        .id = "health",
        .formats = "FHIR R4 Bundle, JSON: Encounter, Condition, Immunization, Observation, CarePlan\n"
                   "any file, as it is: submit --attach FILE\n",
        .read_json = evx_health_read_bundle,
    };
    return &health;
}
