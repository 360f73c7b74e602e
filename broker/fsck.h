// SPDX-License-Identifier: Apache-2.0
//
// Checks one stored log from its bytes up: every entry against its leaf hash,
// every tree node, every sender chain, every consignment's checksum, every
// checkpoint's root, the signer's register. Memory does not grow with the log.
#ifndef EVX_BROKER_FSCK_H
#define EVX_BROKER_FSCK_H

#include "broker/journal.h"

struct evx_fsck_options {
    const char *journal;                   // path
    const char *reg;                       // path of the signer's register
    const struct evx_directory *directory; // NULL: signatures and checkpoints' signatures are not checked
    struct evx_inspection_id inspection;
    bool deep; // also every consignment's signature and hashes
};

struct evx_fsck_result {
    uint64_t entries, bodies, streams, checkpoints, equivocations, directories;
    struct evx_digest root;
    uint64_t fault_index; // of the entry at fault, when there is one
    const char *fault;    // static text, NULL when all is well
};

// OK when all is well; else STORE_DAMAGED, LOG_BEHIND, SIGNATURE … and result->fault.
EVX_MUST_CHECK enum evx_status evx_fsck(struct evx_fsck_result *result, const struct evx_fsck_options *o);

#endif
