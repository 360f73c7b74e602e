// SPDX-License-Identifier: Apache-2.0
//
// The children that a companion file describes, by one of their identifiers, so
// that rows of another file which name only that identifier get name and date of
// birth.
#ifndef EVX_AGENTS_CLIENT_INGEST_ROSTER_H
#define EVX_AGENTS_CLIENT_INGEST_ROSTER_H

#include "agents/client/ingest/draft.h"

struct evx_roster;
EVX_MUST_CHECK enum evx_status evx_roster_new(struct evx_roster **out, const char *scheme);
void evx_roster_destroy(struct evx_roster **r);
// Copies the subject; one without an identifier of the scheme is passed over.
EVX_MUST_CHECK enum evx_status evx_roster_add(struct evx_roster *r, const Evx__V1__Subject *subject);
void evx_roster_finish(struct evx_roster *r); // after the last add
// Adds to `subject` what the roster knows of the child whose identifier it
// carries and `subject` does not yet say. False if the child is not there.
bool evx_roster_complete(const struct evx_roster *r, struct evx_draft *d, Evx__V1__Subject *subject);
size_t evx_roster_size(const struct evx_roster *r);

#endif
