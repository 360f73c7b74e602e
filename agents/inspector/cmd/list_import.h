// SPDX-License-Identifier: Apache-2.0
//
// The inspection's own list of tracked children: CSV in UTF-8 with a header. Columns,
// in any order, '_' or '-' or a space alike: family, given, dob (2012-03-14 or
// 14/03/2012), sex, nhs-number, upn, and local identifiers: la-child-id,
// police-person-id, school-pupil-id, fhir-patient-id (issuer: the one agency of that
// kind in the inspection) or SCHEME@ORGANISATION. Other columns are refused.
#ifndef EVX_AGENTS_INSPECTOR_CMD_LIST_IMPORT_H
#define EVX_AGENTS_INSPECTOR_CMD_LIST_IMPORT_H

#include "agents/inspector/views/views.h"

struct evx_list {
    const Evx__V1__Subject **child; // slab memory of the views
    size_t n;
};
// HEADER_MISSING, CELL_DATE, CELL_IDENTIFIER, CELL_REQUIRED, CSV_*: *explain says
// where. All or nothing.
EVX_MUST_CHECK enum evx_status evx_list_read(struct evx_list *out, struct evx_views *v, const char *path,
                                             struct evx_buf *explain);

#endif
