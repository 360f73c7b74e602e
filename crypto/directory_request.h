// SPDX-License-Identifier: Apache-2.0
//
// What an organisation asks the directory's keepers for: its public keys, in a
// signed note (C2SP) over this text, in one spelling only:
//
//   evx.directory-request/v1
//   org ID
//   made TIME
//   key ORG USE EPOCH HEX FROM UNTIL      (one or more; the directory's own lines, in its order)
//
// Every key in it that can sign has signed the note, under the organisation's id
// as name: proof of possession. A rotation is signed by the organisation's key in
// force as well. Approvals are further signatures, by roots, under their names.
#ifndef EVX_CRYPTO_DIRECTORY_REQUEST_H
#define EVX_CRYPTO_DIRECTORY_REQUEST_H

#include "crypto/directory.h"

#define EVX_DIRECTORY_REQUEST_KEYS 16
#define EVX_DIRECTORY_APPROVALS    2 // different roots, at least; the threshold if that is more

struct evx_dir_request {
    char org[EVX_ORG_ID_BYTES];
    int64_t made_ms;
    struct evx_dir_key key[EVX_DIRECTORY_REQUEST_KEYS];
    size_t keys;
    struct evx_fingerprint fingerprint; // SHA-256 of the text: what is read aloud
    struct evx_note note;               // borrows from the bytes it was opened from
    struct evx_bytes key_lines;         // borrowed too
};

// The text, from the organisation's id and its key lines (whole lines, sorted here).
EVX_MUST_CHECK enum evx_status evx_directory_request_text(struct evx_buf *out, const char *org,
                                                          int64_t made_ms, struct evx_bytes key_lines);
// DIRECTORY_FORMAT, NOTE_FORMAT; SIGNATURE when a key that can sign did not.
EVX_MUST_CHECK enum evx_status evx_directory_request_open(struct evx_dir_request *out, struct evx_bytes note);
// How many different roots of this directory approved it.
size_t evx_directory_request_approvals(const struct evx_dir_request *r, const struct evx_directory *d);
// For an organisation that is new, or lost its keys. UNKNOWN_KEY when it brings no sig key,
// APPROVALS when fewer roots approved than EVX_DIRECTORY_APPROVALS and the threshold ask for.
EVX_MUST_CHECK enum evx_status evx_directory_request_enrols(const struct evx_dir_request *r,
                                                            const struct evx_directory *d);
// For one that is known: signed by its sig key that is valid now and not revoked anywhere
// (SIGNATURE), every epoch above those of its use (DIRECTORY_ROLLBACK).
EVX_MUST_CHECK enum evx_status evx_directory_request_rotates(const struct evx_dir_request *r,
                                                             const struct evx_directory *d, int64_t now_ms);
// Compares what was read aloud, ten groups of five digits, in constant time. SPOKEN.
EVX_MUST_CHECK enum evx_status evx_directory_request_heard(const struct evx_dir_request *r,
                                                           const char *spoken);

#endif
