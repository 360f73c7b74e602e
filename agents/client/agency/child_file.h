// SPDX-License-Identifier: Apache-2.0
//
// The file that `nil --child` takes: about which child, on what ground, what was
// searched. YAML:
//
//   family-name: Example          ground: held-nothing | withheld | not-held
//   given-name: Robin             reason: legal ground when withheld
//   born: 2012-03-04              held-by: organisation id, when not held
//   identifiers:                  searched: what was searched
//     - {scheme: nhs-number, value: "999 000 0018"}
//   period-from: 2026-01-01       period-until: 2026-06-30
#ifndef EVX_AGENTS_CLIENT_AGENCY_CHILD_FILE_H
#define EVX_AGENTS_CLIENT_AGENCY_CHILD_FILE_H

#include "proto/base/bytes.h"

struct evx_child_identifier {
    char *scheme, *value;
};
struct evx_child_file {
    char *family_name, *given_name, *born;
    struct evx_child_identifier *identifiers;
    unsigned identifiers_count;
    char *ground, *reason, *held_by, *searched;
    char *period_from, *period_until;
};
// CONFIG with *explain (line and what), FILE_UNREADABLE, MEMORY.
EVX_MUST_CHECK enum evx_status evx_child_file_load(struct evx_child_file **out, const char *path,
                                                   struct evx_buf *explain);
void evx_child_file_free(struct evx_child_file **c);

#endif
