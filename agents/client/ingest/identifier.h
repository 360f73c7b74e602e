// SPDX-License-Identifier: Apache-2.0
//
// Identifiers of children: what their schemes promise. Values never go to logs.
#ifndef EVX_AGENTS_CLIENT_INGEST_IDENTIFIER_H
#define EVX_AGENTS_CLIENT_INGEST_IDENTIFIER_H

#include <stdbool.h>
#include <stddef.h>

// Ten digits, spaces allowed between (3-3-4 or none), check digit right. Writes
// the digits alone. The 999 range, which is for tests, passes like any other.
#define EVX_NHS_NUMBER_TEXT 11
bool evx_nhs_number(char out[EVX_NHS_NUMBER_TEXT], const char *text);

// A unique pupil number: check letter, twelve digits or eleven and a letter. Only
// the form and the check letter; systems under test use other forms.
bool evx_upn_plausible(const char *text);

#endif
