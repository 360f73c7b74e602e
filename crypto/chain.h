// SPDX-License-Identifier: Apache-2.0
//
// The sender chain (P7): within a stream, sequence 1, 2, 3 … and the id of the
// consignment before. Broker and collector keep one head per stream and ask
// here what a header means for it. Pure; no I/O.
#ifndef EVX_CRYPTO_CHAIN_H
#define EVX_CRYPTO_CHAIN_H

#include "crypto/keys.h"

struct evx_chain_link {
    struct evx_stream_id stream;
    uint64_t sequence;          // 1, 2, 3 …
    struct evx_digest previous; // all zero iff sequence = 1
};

struct evx_chain_head {
    uint64_t sequence;      // last accepted, 0 = none yet
    struct evx_digest last; // its id
    bool frozen;
};

enum evx_chain_verdict {
    EVX_CHAIN_NEXT, // extends the head
    EVX_CHAIN_OLD,  // sequence already used: compare ids; same = duplicate, else equivocation
    EVX_CHAIN_GAP,  // something before it is missing; expected = head.sequence + 1
    EVX_CHAIN_FORK, // right number, wrong previous
    EVX_CHAIN_FROZEN,
};
enum evx_chain_verdict evx_chain_check(const struct evx_chain_head *head, const struct evx_chain_link *link);
// Moves the head on; only after NEXT.
void evx_chain_advance(struct evx_chain_head *head, const struct evx_chain_link *link,
                       const struct evx_digest *id);

#endif
