// SPDX-License-Identifier: Apache-2.0
//
// What the log signer last signed, for one log: size and root, in a small file
// of its own, apart from the journal. Two slots written in turn, each with its
// hash: a torn write leaves the other one. One sync a write.
#ifndef EVX_BROKER_REGISTER_H
#define EVX_BROKER_REGISTER_H

#include "crypto/keys.h"

struct evx_register {
    int fd;
    uint64_t turn;
    struct evx_digest origin; // SHA-256 of the log's origin
    uint64_t size;
    struct evx_digest root;
};

// Makes the file with size 0. FILE_EXISTS.
EVX_MUST_CHECK enum evx_status evx_register_create(const char *path, const char *origin);
// NOT_FOUND; STORE_DAMAGED when no slot is whole; CHECKPOINT when it is
// another log's.
EVX_MUST_CHECK enum evx_status evx_register_open(struct evx_register *out, const char *path,
                                                 const char *origin);
void evx_register_close(struct evx_register *r);
// Durable on return. IO: nothing may be signed any more.
EVX_MUST_CHECK enum evx_status evx_register_put(struct evx_register *r, uint64_t size,
                                                const struct evx_digest *root);

#endif
