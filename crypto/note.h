// SPDX-License-Identifier: Apache-2.0
//
// C2SP signed notes, byte exact (c2sp.org/signed-note): text ending in a
// newline, an empty line, then signature lines "— name base64(keyid || sig)".
// Directories and checkpoints are notes; so any C2SP tool reads them.
#ifndef EVX_CRYPTO_NOTE_H
#define EVX_CRYPTO_NOTE_H

#include "crypto/keys.h"
#include "proto/limits.h"

#define EVX_NOTE_ED25519     0x01
#define EVX_NOTE_COSIGNATURE 0x04
#define EVX_NOTE_NAME_BYTES  256

// A verifier key: "name+hex(keyid)+base64(type || public key)".
struct evx_vkey {
    char name[EVX_NOTE_NAME_BYTES];
    uint8_t type; // EVX_NOTE_ED25519 or EVX_NOTE_COSIGNATURE
    uint8_t keyid[4];
    struct evx_sign_public key;
};

// NOTE_FORMAT if the name is empty or holds spaces or '+'.
EVX_MUST_CHECK enum evx_status evx_vkey_make(struct evx_vkey *out, const char *name, uint8_t type,
                                             const struct evx_sign_public *key);
EVX_MUST_CHECK enum evx_status evx_vkey_parse(struct evx_vkey *out, const char *text);
EVX_MUST_CHECK enum evx_status evx_vkey_text(struct evx_buf *out, const struct evx_vkey *k);

struct evx_note_signature {
    struct evx_bytes name;
    uint8_t keyid[4];
    uint8_t blob[EVX_NOTE_NAME_BYTES]; // what follows the keyid
    size_t blob_n;
};

// Borrows from the bytes it was parsed from.
struct evx_note {
    struct evx_bytes text; // including the final newline
    struct evx_note_signature signature[EVX_LIMIT_NOTE_SIGNATURES];
    size_t signatures;
};

EVX_MUST_CHECK enum evx_status evx_note_parse(struct evx_note *out, struct evx_bytes note);
// True when a signature line of this key is there and verifies. For
// EVX_NOTE_COSIGNATURE, *time_s (may be NULL) receives the witness's time.
EVX_MUST_CHECK bool evx_note_verified_by(const struct evx_note *n, const struct evx_vkey *k,
                                         uint64_t *time_s);

// Appends text, empty line and one Ed25519 signature line. text must end in a
// newline, be valid UTF-8 and hold no other control characters: NOTE_FORMAT.
EVX_MUST_CHECK enum evx_status evx_note_sign(struct evx_buf *out, struct evx_bytes text, const char *name,
                                             const struct evx_sign_secret *k,
                                             const struct evx_sign_public *public_key);
// Appends one more Ed25519 signature line to a complete note in *note.
EVX_MUST_CHECK enum evx_status evx_note_add_signature(struct evx_buf *note, const char *name,
                                                      const struct evx_sign_secret *k,
                                                      const struct evx_sign_public *public_key);
// One cosignature/v1 line (c2sp.org/tlog-cosignature) for the note's text.
EVX_MUST_CHECK enum evx_status evx_note_cosign_line(struct evx_buf *line, struct evx_bytes text,
                                                    uint64_t time_s, const char *name,
                                                    const struct evx_sign_secret *k,
                                                    const struct evx_sign_public *public_key);

#endif
