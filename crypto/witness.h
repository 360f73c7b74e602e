// SPDX-License-Identifier: Apache-2.0
//
// What a witness may sign (c2sp.org/tlog-witness): never two roots at one size,
// never a smaller tree than before, never an earlier time. Pure decisions; the
// caller keeps the record and makes the new one durable BEFORE the line leaves,
// so that a crash in between cannot make it sign something else.
#ifndef EVX_CRYPTO_WITNESS_H
#define EVX_CRYPTO_WITNESS_H

#include "crypto/checkpoint.h"
#include "crypto/merkle.h"

// What it last cosigned of one log; all zero: nothing yet.
struct evx_witness_record {
    uint64_t size;
    struct evx_digest root;
    uint64_t time_s;
};

#define EVX_WITNESS_RECORD_BYTES 48
void evx_witness_record_write(uint8_t out[EVX_WITNESS_RECORD_BYTES], const struct evx_witness_record *r);
// STORE_DAMAGED unless it is exactly what the function above writes.
EVX_MUST_CHECK enum evx_status evx_witness_record_read(struct evx_witness_record *out,
                                                       struct evx_bytes bytes);

// The record after cosigning `c`, which was proved consistent with the last one.
// The same tree may be cosigned again. CONSISTENCY: another root at the same size,
// or an empty tree that is not empty; COSIGN_LATE: a smaller tree; CLOCK: this
// machine's clock stands more than five minutes before the last cosignature.
EVX_MUST_CHECK enum evx_status evx_witness_next(struct evx_witness_record *next,
                                                const struct evx_witness_record *last,
                                                const struct evx_checkpoint *c, uint64_t now_s);

// --- for logs of others: one request of tlog-witness, as text ---

struct evx_witness_log {
    const struct evx_vkey *key; // of one origin, their common name
    size_t keys;
    struct evx_witness_record last;
};
struct evx_witness {
    const char *name; // its own key's
    const struct evx_sign_secret *secret;
    const struct evx_sign_public *public_key;
    const struct evx_witness_log *log;
    size_t logs;
};
struct evx_witness_answer {
    unsigned code;            // 200 400 403 404 409 422 as the specification says; 500: memory, or our clock
    const char *content_type; // of the body
    struct evx_buf body;      // owned: cosignature lines; with 409 the size that it knows
    size_t log;               // position, with 200
    struct evx_witness_record next; // with 200: to be made durable before the body is sent
};
// The body of a POST to <prefix>/add-checkpoint, parsed and decided. Not for two
// threads at once over one log: between this and keeping `next` nothing may come.
void evx_witness_add_checkpoint(struct evx_witness_answer *out, const struct evx_witness *w,
                                struct evx_bytes request, uint64_t now_s);

#endif
