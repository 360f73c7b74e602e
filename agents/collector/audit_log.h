// SPDX-License-Identifier: Apache-2.0
//
// The record of reads against the log: an AccessDigest (number of records, hash of the
// newest) is sent to ourselves at set points and stands in the log for ever, so the
// past of audit.db can neither be rewritten nor cut off unseen.
#ifndef EVX_AGENTS_COLLECTOR_AUDIT_LOG_H
#define EVX_AGENTS_COLLECTOR_AUDIT_LOG_H

#include "agents/collector/audit.h"
#include "agents/collector/store.h"

struct evx_audit_against_log {
    uint64_t records;     // in the file
    uint64_t digests;     // of ours in the log
    uint64_t vouched;     // records up to this one are as the log has them
    uint64_t first, last; // records altered, missing or rewritten; 0 = none
    bool missing;         // they are not there, as opposed to being others
    uint64_t index;       // log index of the digest that shows it
};
// Every digest of `organisation` in the store against the chain. AUDIT_BEHIND with
// first … last named; the chain itself is evx_audit_verify()'s business. Needs the store's key.
EVX_MUST_CHECK enum evx_status evx_audit_verify_against_log(struct evx_audit_against_log *out,
                                                            struct evx_audit *a, struct evx_store *s,
                                                            const char *organisation);
// The digest to be sent now, packed as an item into *out (replaced); *records says how
// far it reaches. MEMORY, those of the audit.
EVX_MUST_CHECK enum evx_status evx_audit_digest(struct evx_buf *out, uint64_t *records, struct evx_audit *a);

#endif
