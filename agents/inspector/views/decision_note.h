// SPDX-License-Identifier: Apache-2.0
//
// Who decided and why, as one sealed row of the casebook.
#ifndef EVX_AGENTS_INSPECTOR_VIEWS_DECISION_NOTE_H
#define EVX_AGENTS_INSPECTOR_VIEWS_DECISION_NOTE_H

#include "agents/inspector/views/slab.h"
#include "crypto/seal.h"

EVX_MUST_CHECK enum evx_status evx_decision_note_seal(struct evx_buf *out, const struct evx_store_key *k,
                                                      const char *who, const char *why);
// The texts are in the slab. STORE_DAMAGED.
EVX_MUST_CHECK enum evx_status evx_decision_note_open(const char **who, const char **why,
                                                      struct evx_slab *slab, const struct evx_store_key *k,
                                                      struct evx_bytes sealed);

#endif
