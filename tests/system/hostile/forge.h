// SPDX-License-Identifier: Apache-2.0
//
// Consignments made to be wrong: a stream of valid ones under an agency's real
// keys, which the classes then alter, repeat, reorder or send as somebody else.
#ifndef EVX_TESTS_SYSTEM_HOSTILE_FORGE_H
#define EVX_TESTS_SYSTEM_HOSTILE_FORGE_H

#include "crypto/seal.h"
#include "tests/system/hostile/peer.h"

// One enrolled organisation: its keys from its key folder, the directory, and
// a stream of its own.
struct agency {
    struct evx_directory *directory;
    struct evx_inspection_id inspection;
    struct evx_sign_secret *sign;
    struct evx_sign_public sign_public;
    struct evx_sealer *sealer;
    struct credentials door;
    struct evx_chain_head head;
    struct evx_stream_id stream;
};

bool agency_open(struct agency *a, const char *endpoint, const char *directory, const char *keys,
                 const char *inspection);
void agency_close(struct agency *a);
void agency_new_stream(struct agency *a);

// Seals one small item as the next of the stream; the head moves on.
bool agency_seal(struct agency *a, struct evx_buf *out, struct evx_digest *id);
// Seals at a given place of the chain without moving the head.
bool agency_seal_at(struct agency *a, const struct evx_chain_link *link, struct evx_buf *out,
                    struct evx_digest *id);

// What came back for one Submit.
struct answer {
    bool any;       // something came before the timeout
    bool receipt;   // accepted
    bool duplicate; // … earlier
    uint64_t index;
    uint32_t code; // of a refusal
    uint64_t expected;
};
bool submit(struct peer *p, const struct evx_digest *id, struct evx_bytes body);
struct answer take_answer(struct peer *p, int timeout_ms);

#endif
