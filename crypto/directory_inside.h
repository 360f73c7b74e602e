// SPDX-License-Identifier: Apache-2.0
//
// The inside of a directory; for the files of this folder only.
#ifndef EVX_CRYPTO_DIRECTORY_INSIDE_H
#define EVX_CRYPTO_DIRECTORY_INSIDE_H

#include <stdatomic.h>

#include "crypto/directory.h"

#define EVX_DIRECTORY_ROOTS EVX_LIMIT_NOTE_SIGNATURES

struct evx_dir_member {
    struct evx_inspection_id inspection;
    uint32_t org; // position
    unsigned rights;
};

// Arrays are in the order of the text's lines, which is the order of their ids.
struct evx_directory {
    atomic_uint references;
    struct evx_buf note; // empty if the text was never signed
    struct evx_digest hash;
    char exchange[EVX_NOTE_NAME_BYTES];
    uint64_t version;
    struct evx_digest previous; // all zero in version 1
    int64_t issued_ms, expires_ms;
    uint32_t min_suite;
    uint32_t threshold;
    uint32_t quorum; // witnesses whose cosignatures a receipt needs to count as witnessed; 0 = none
    struct evx_vkey *root;
    size_t roots;
    struct evx_dir_org *org;
    size_t orgs;
    struct evx_dir_key *key;
    size_t keys;
    uint32_t *by_fingerprint; // positions in key
    struct evx_dir_inspection *inspection;
    size_t inspections;
    struct evx_dir_member *member;
    size_t members;
    struct evx_dir_revocation *revocation;
    size_t revocations;
    char *names; // every free text, NUL-terminated, one after the other
    size_t names_n;
};

// Fills d (zeroed) from the text. DIRECTORY_FORMAT with *line, or MEMORY.
EVX_MUST_CHECK enum evx_status evx_directory_read(struct evx_directory *d, struct evx_bytes text,
                                                  unsigned *line);

#endif
