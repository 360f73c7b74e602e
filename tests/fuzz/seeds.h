// SPDX-License-Identifier: Apache-2.0
//
// What the seeds are made from. For seeds*.c only.
#ifndef EVX_TESTS_FUZZ_SEEDS_H
#define EVX_TESTS_FUZZ_SEEDS_H

#include "crypto/receipt.h"
#include "crypto/seal.h"

#define SEEDS_NOW_MS 1767603600000 // 2026-01-05T09:00:00Z

struct world {
    const char *corpus;
    struct evx_sign_secret *root, *police, *broker, *log;
    struct evx_sign_public root_public, police_public, broker_public, log_public;
    struct evx_box_secret *home;
    struct evx_box_public home_public;
    struct evx_directory *directory;
    struct evx_buf note;
    struct evx_buf consignment, log_entry; // entry 0, the only one
    struct evx_consignment_key kek;
    struct evx_digest id;
    struct evx_receipt receipt;
};

void seeds_save(const struct world *w, const char *target, const char *name, const struct evx_buf *b);
// A directory's line "key ORG USE 1 …".
void seeds_key_line(struct evx_buf *out, const char *org, const char *use, const uint8_t key[32]);
// Whatever proves something: bundles, policies, forks, requests, logs.
void seeds_proofs(const struct world *w);

#endif
