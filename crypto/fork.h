// SPDX-License-Identifier: Apache-2.0
//
// Proof that a log lied (P10): two checkpoints that its key signed and that
// cannot both be true. Anyone can check it with the log's key alone.
//
// Of two sizes it takes one thing more: the consistency proof that the log itself
// gave. If it leads to the larger root from another root of the smaller size than
// the log signed, the larger tree does not begin with the smaller one. Without
// that the two are only a question that the log has yet to answer.
//
// File, one spelling (docs/protocol.md "Proof of a fork"):
//   evx.fork/v1
//   first BYTES
//   second BYTES
//   old-root BASE64        only with a proof; then its hashes, one a line
//   (an empty line, then both notes, one directly after the other)
#ifndef EVX_CRYPTO_FORK_H
#define EVX_CRYPTO_FORK_H

#include "crypto/checkpoint.h"
#include "crypto/merkle.h"

struct evx_fork {
    struct evx_buf first, second; // the notes; owned
    bool has_proof;
    struct evx_proof proof;     // from the smaller size to the larger
    struct evx_digest old_root; // the smaller tree's, as that proof has it
};
void evx_fork_free(struct evx_fork *f);
// Copies both notes. MEMORY.
EVX_MUST_CHECK enum evx_status evx_fork_make(struct evx_fork *out, struct evx_bytes first,
                                             struct evx_bytes second);

// TOO_LARGE, MEMORY.
EVX_MUST_CHECK enum evx_status evx_fork_text(struct evx_buf *out, const struct evx_fork *f);
// FORK_FILE; the notes are not looked into. Free *out.
EVX_MUST_CHECK enum evx_status evx_fork_parse(struct evx_fork *out, struct evx_bytes text);

enum evx_fork_verdict {
    EVX_FORK_REFUTED,  // both can be true: the same tree, or proved consistent
    EVX_FORK_UNPROVED, // the log has not shown how both can be true, nor that they cannot
    EVX_FORK_PROVED,   // they cannot both be true
};
// *first and *second receive what was signed. An error means that one of the notes
// is no checkpoint of this log, so nothing is proved: NOTE_FORMAT, NOTE_SIGNATURE,
// CHECKPOINT.
EVX_MUST_CHECK enum evx_status evx_fork_check(enum evx_fork_verdict *out, const struct evx_fork *f,
                                              const struct evx_vkey *log, struct evx_checkpoint *first,
                                              struct evx_checkpoint *second);

#endif
