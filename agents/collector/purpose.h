// SPDX-License-Identifier: Apache-2.0
//
// What evidence may be opened for. A word of the list, or a reason in words: 12 to
// 200 bytes, at least two words, no line breaks, and nothing that looks like a
// person's number: no six digits in a row (spaces, hyphens and slashes between them
// do not count), no "@". The reason goes to the agencies whose evidence was used.
#ifndef EVX_AGENTS_COLLECTOR_PURPOSE_H
#define EVX_AGENTS_COLLECTOR_PURPOSE_H

#include <stdbool.h>

#include "proto/base/status.h"

#define EVX_PURPOSE_DEFAULT "inspection"
extern const char *const evx_purposes[]; // ends with NULL
bool evx_purpose_good(const char *text);

#endif
