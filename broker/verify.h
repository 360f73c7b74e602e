// SPDX-License-Identifier: Apache-2.0
//
// The checks of a submitted consignment that need no state: size, identity,
// signature, structure, in that order. Pure; runs in a worker thread, or in
// the caller's in a simulation.
#ifndef EVX_BROKER_VERIFY_H
#define EVX_BROKER_VERIFY_H

#include "crypto/consignment.h"

// One consignment on its way. Everything owned, except that consignment and
// key borrow from body and directory.
struct evx_verify_job {
    uint32_t session;
    char org[EVX_ORG_ID_BYTES];      // of the connected transport key
    struct evx_digest named;         // the id that the Submit frame named
    struct evx_directory *directory; // a reference
    struct evx_buf body;
    uint64_t bytes;              // of the body as it came
    struct evx_verify_job *next; // for queues

    enum evx_status status; // what evx_verify_run found
    struct evx_consignment consignment;
    const struct evx_dir_key *key;

    enum evx_status verdict;    // what the group made of it
    uint64_t expected_sequence; // with GAP
    uint64_t index, size;       // where it stands, and the log size that proves it
    uint64_t received_ms;
    bool duplicate;
};

// Sets status: OK, TOO_LARGE, MALFORMED, UNKNOWN_KEY, IDENTITY, VERSION, SUITE,
// SIGNATURE, STRUCTURE, MEMORY.
void evx_verify_run(struct evx_verify_job *job);
void evx_verify_job_destroy(struct evx_verify_job **job);

// The signing key that a header claims, read from its fixed place without
// unpacking. It only chooses which key must verify. False if it is not there.
bool evx_verify_claimed_key(struct evx_fingerprint *out, struct evx_bytes header);

#endif
