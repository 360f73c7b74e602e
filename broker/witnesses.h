// SPDX-License-Identifier: Apache-2.0
//
// What witnesses say of one log: lines on signed checkpoints, which checkpoint they
// are asked to cosign next, and the newest that a quorum of them cosigned. Under load
// each witness would otherwise sign a different checkpoint and no quorum ever meet.
// Lines are kept in memory until the next group, or an idle moment, stores them: a
// crash loses at most lines that their witnesses give again. Nothing waits for them.
#ifndef EVX_BROKER_WITNESSES_H
#define EVX_BROKER_WITNESSES_H

#include "broker/ledger.h"

// How long one checkpoint stands to be cosigned before a newer one takes its place.
#define EVX_WITNESSES_ROUND_MS 5000

// The directory changed: who counts, and what the stored lines are worth now. IO,
// STORE_DAMAGED, MEMORY.
EVX_MUST_CHECK enum evx_status evx_witnesses_review(struct evx_ledger *l, const struct evx_directory *d);
void evx_witnesses_free(struct evx_ledger *l);

// The checkpoint signed at exactly `size` with every line on it. NOT_FOUND when none
// was signed there.
EVX_MUST_CHECK enum evx_status evx_witnesses_note(struct evx_ledger *l, uint64_t size,
                                                  struct evx_ledger_signed *out);
// The checkpoint that is to be cosigned now; its note bears no lines. Borrowed.
EVX_MUST_CHECK enum evx_status evx_witnesses_candidate(struct evx_ledger *l, uint64_t now_ms,
                                                       const struct evx_ledger_signed **out);

// Takes a line of `org`. COSIGN_LATE: below the newest that a quorum cosigned, or no
// checkpoint was signed at that size; UNKNOWN_KEY: the organisation has no key that may
// cosign; NOTE_SIGNATURE: the line is not one key's of it on that checkpoint; CLOCK: its
// time is more than five minutes from ours. BUSY: as many as can be kept wait to be stored.
EVX_MUST_CHECK enum evx_status evx_witnesses_add(struct evx_ledger *l, const char *org, uint64_t size,
                                                 struct evx_bytes line, uint64_t now_ms);

// Inside an open group; forget them once it is committed.
EVX_MUST_CHECK enum evx_status evx_witnesses_put(struct evx_ledger *l);
void evx_witnesses_stored(struct evx_ledger *l);

#endif
