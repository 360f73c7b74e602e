// SPDX-License-Identifier: Apache-2.0
//
// Where the broker keeps things, and a walk over the logs that are there.
#ifndef EVX_BROKER_PLACES_H
#define EVX_BROKER_PLACES_H

#include "crypto/keys.h"

// state/<inspection>/journal.db and signer_state/<inspection>.register, malloc'd;
// NULL without memory.
char *evx_journal_path(const char *state, const struct evx_inspection_id *id);
char *evx_register_path(const char *signer_state, const struct evx_inspection_id *id);

// Calls visit for every inspection that has a journal; stops at the first error.
typedef enum evx_status (*evx_place_visit)(void *user, const struct evx_inspection_id *id);
EVX_MUST_CHECK enum evx_status evx_places_each(const char *state, evx_place_visit visit, void *user);

#endif
