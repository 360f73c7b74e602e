// SPDX-License-Identifier: Apache-2.0
//
// Inside of the verification of a whole inspection, a folder:
//   checkpoint                      the log's newest, with cosignatures
//   witnessed-checkpoint            the newest that a quorum cosigned; optional. If it is
//                                   there the log is verified up to it.
//   tile/L/N, tile/entries/N        the log (c2sp.org/tlog-tiles)
//   directory/N                     every directory version
//   receipts/X with X.entry, bundles/X, statements/X, checkpoints/X, forks/X    optional
// For the files inspection*.c only.
#ifndef EVX_AGENTS_EVX_VERIFY_INSPECTION_H
#define EVX_AGENTS_EVX_VERIFY_INSPECTION_H

#include "agents/evx/verify/kinds.h"
#include "agents/evx/verify/log.h"
#include "agents/evx/verify/streams.h"

struct evx_confirmed { // somebody's counter-signature
    char org[EVX_ORG_ID_BYTES];
    struct evx_stream_id stream;
    uint64_t first, last, items, rejected;
    struct evx_digest root;
    uint32_t code;
};

struct evx_inspecting {
    struct evx_checker *checker;
    const char *folder;
    struct evx_report *r;
    struct evx_directory_history *history;
    struct evx_grade grade;
    bool witnessed_apart; // the grade is of witnessed-checkpoint, not of checkpoint
    struct evx_inspection_id id;
    // what lies beside the log
    struct evx_sightings seen; // to be found in the log at their places
    size_t seen_next;          // the first not reached yet, in order
    struct evx_stated *stated;
    size_t stateds, stateds_cap;
    struct evx_confirmed *confirmed;
    size_t confirmeds, confirmeds_cap;
    size_t receipts, bundles, checkpoints, erased;
    // what the log shows
    struct evx_streams streams;
    uint64_t consignments, adoptions, items;
    size_t faults; // entries that do not hold
};

// Reads everything beside the log into the state. Failures are in the report.
EVX_MUST_CHECK enum evx_status evx_inspecting_extras(struct evx_inspecting *n);
// Reads the log from end to end. The status of the first thing that does not hold.
EVX_MUST_CHECK enum evx_status evx_inspecting_log(struct evx_inspecting *n);
// What was and what was not proved; STATEMENT_FALSE.
EVX_MUST_CHECK enum evx_status evx_inspecting_say(struct evx_inspecting *n);

#endif
