// SPDX-License-Identifier: Apache-2.0
//
// Children's social care's own files: the SSDA903 return (header, episodes,
// missing, reviews, OC2) as CSV by profile.
#ifndef EVX_AGENTS_SOCIAL_CARE_SOCIAL_CARE_H
#define EVX_AGENTS_SOCIAL_CARE_SOCIAL_CARE_H

#include "agents/client/ingest/ingest.h"

const struct evx_ingest_agency *evx_social_care(void);

#endif
