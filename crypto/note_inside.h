// SPDX-License-Identifier: Apache-2.0
//
// What the directory needs to know of a note beyond crypto/note.h: whether a
// known key's signature is missing or wrong. For the files of this folder only.
#ifndef EVX_CRYPTO_NOTE_INSIDE_H
#define EVX_CRYPTO_NOTE_INSIDE_H

#include "crypto/note.h"

enum evx_note_verdict { EVX_NOTE_ABSENT, EVX_NOTE_GOOD, EVX_NOTE_BAD };

// BAD if any line of this name and key id fails: such a note is refused whole.
// *time_s (may be NULL) receives the earliest of a cosigner's times.
enum evx_note_verdict evx_note_verdict(const struct evx_note *n, const struct evx_vkey *k, uint64_t *time_s);
// Whether a line bears this key's name and id, verified or not.
bool evx_note_bears(const struct evx_note *n, const struct evx_vkey *k);
// The text that a cosignature/v1 signs.
EVX_MUST_CHECK enum evx_status evx_note_cosigned_text(struct evx_buf *out, struct evx_bytes text,
                                                      uint64_t time_s);

#endif
