// SPDX-License-Identifier: Apache-2.0
//
// C2SP checkpoints (c2sp.org/tlog-checkpoint): "origin\nsize\nroot\n", signed
// by the log key under the origin as key name.
#ifndef EVX_CRYPTO_CHECKPOINT_H
#define EVX_CRYPTO_CHECKPOINT_H

#include "crypto/note.h"

struct evx_checkpoint {
    char origin[EVX_NOTE_NAME_BYTES];
    uint64_t size;
    struct evx_digest root;
};

EVX_MUST_CHECK enum evx_status evx_checkpoint_text(struct evx_buf *out, const struct evx_checkpoint *c);
EVX_MUST_CHECK enum evx_status evx_checkpoint_sign(struct evx_buf *note, const struct evx_checkpoint *c,
                                                   const struct evx_sign_secret *log_key,
                                                   const struct evx_sign_public *log_public);
// Parses and verifies: CHECKPOINT (form, other origin), NOTE_FORMAT,
// NOTE_SIGNATURE. log->name is the origin expected.
EVX_MUST_CHECK enum evx_status evx_checkpoint_open(struct evx_checkpoint *out, struct evx_bytes note,
                                                   const struct evx_vkey *log);
EVX_MUST_CHECK enum evx_status evx_checkpoint_parse_text(struct evx_checkpoint *out, struct evx_bytes text);

#endif
