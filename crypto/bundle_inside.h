// SPDX-License-Identifier: Apache-2.0
//
// What making and verifying a bundle share. For bundle*.c only.
#ifndef EVX_CRYPTO_BUNDLE_INSIDE_H
#define EVX_CRYPTO_BUNDLE_INSIDE_H

#include "crypto/bundle.h"

// The keys whose signature lines may stand under a checkpoint: the log's, then the witnesses'.
#define EVX_BUNDLE_KEYS EVX_LIMIT_NOTE_SIGNATURES
struct evx_bundle_keys {
    struct evx_vkey key[EVX_BUNDLE_KEYS];
    size_t n;
};

// The roots of a directory, in its order.
void evx_bundle_roots(struct evx_bundle_keys *out, const struct evx_directory *d);
// The log of a policy and its witnesses, in the policy's order.
void evx_bundle_cosigners(struct evx_bundle_keys *out, const struct evx_policy *p);

// Appends the note with only the lines of these keys that hold: each key's first,
// in the keys' order. NOTE_FORMAT (no note, or nothing is left), MEMORY.
EVX_MUST_CHECK enum evx_status evx_bundle_note(struct evx_buf *out, struct evx_bytes note,
                                               const struct evx_bundle_keys *keys);

// "record.path": a base64 hash a line.
EVX_MUST_CHECK enum evx_status evx_bundle_path_text(struct evx_buf *out, const struct evx_proof *path);
EVX_MUST_CHECK enum evx_status evx_bundle_path_parse(struct evx_proof *out, struct evx_bytes text);

#endif
