// SPDX-License-Identifier: Apache-2.0
//
// Whose word a checkpoint is: the log's key and the witnesses', by the policy that
// was given or by the directory.
#ifndef EVX_AGENTS_EVX_VERIFY_SIGNER_H
#define EVX_AGENTS_EVX_VERIFY_SIGNER_H

#include "agents/evx/verify/trust.h"

// The inspection that an origin ends in; false for logs of others.
EVX_MUST_CHECK bool evx_signer_inspection(struct evx_inspection_id *out, const char *origin);

enum evx_quorum_rule {
    EVX_QUORUM_GAP,    // too few witnesses is something that was not proved
    EVX_QUORUM_DEMAND, // … is a failure
};

// Grades the note and says in the report who signed it. `h` may be NULL when a
// policy was given. A policy that was given always demands its quorum; the
// directory's is demanded as `rule` says. TRUST_MISSING, CHECKPOINT, NOTE_FORMAT,
// NOTE_SIGNATURE, WRONG_INSPECTION, UNKNOWN_KEY, REVOKED (the log's key, from below this
// size on), QUORUM.
EVX_MUST_CHECK enum evx_status evx_signer_check(struct evx_grade *out, const struct evx_trust *t,
                                                const struct evx_directory_history *h, struct evx_bytes note,
                                                enum evx_quorum_rule rule, struct evx_report *r);

#endif
