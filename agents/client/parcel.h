// SPDX-License-Identifier: Apache-2.0
//
// One sealed consignment on its way: the exact bytes that the outbox holds, with
// what the conversation needs to know of them. Immutable; counted references, so
// that the network may still be sending it when its receipt is already in.
#ifndef EVX_AGENTS_CLIENT_PARCEL_H
#define EVX_AGENTS_CLIENT_PARCEL_H

#include "crypto/consignment.h"

struct evx_parcel {
    uint64_t number; // in the outbox, order of arrival
    struct evx_digest id;
    struct evx_stream_id stream;
    uint64_t sequence;
    struct evx_bytes whole;
    struct evx_bytes header;               // points into whole
    const struct evx_signature *signature; // points into whole
};

// Takes the memory of *whole (emptied on success). MALFORMED if it is no consignment.
EVX_MUST_CHECK enum evx_status evx_parcel_new(struct evx_parcel **out, struct evx_buf *whole, uint64_t number,
                                              const struct evx_stream_id *stream, uint64_t sequence);
struct evx_parcel *evx_parcel_ref(struct evx_parcel *p);
void evx_parcel_destroy(struct evx_parcel **p); // drops one reference; thread safe

#endif
