// SPDX-License-Identifier: Apache-2.0
//
// What was seen of each log in one run: checkpoints, and entries at their index.
// Two that cannot both be true prove that the log's key signed two logs.
#ifndef EVX_AGENTS_EVX_VERIFY_SIGHTINGS_H
#define EVX_AGENTS_EVX_VERIFY_SIGHTINGS_H

#include "agents/evx/verify/report.h"
#include "crypto/checkpoint.h"

struct evx_sighting {
    char origin[EVX_NOTE_NAME_BYTES];
    bool entry; // an entry at `number`; else a checkpoint of that size
    uint64_t number;
    struct evx_digest hash; // the entry's leaf, or the root
    char *path;             // where it was seen; owned
};

struct evx_sightings {
    struct evx_sighting *at;
    size_t n, cap;
};
void evx_sightings_free(struct evx_sightings *s);

// Both only after the signature was verified. MEMORY.
EVX_MUST_CHECK enum evx_status evx_sightings_checkpoint(struct evx_sightings *s,
                                                        const struct evx_checkpoint *c, const char *path);
EVX_MUST_CHECK enum evx_status evx_sightings_entry(struct evx_sightings *s, const char *origin,
                                                   uint64_t index, const struct evx_digest *leaf,
                                                   const char *path);
// LOG_FORKED, with a claim for every pair that cannot both be true.
EVX_MUST_CHECK enum evx_status evx_sightings_compare(const struct evx_sightings *s, struct evx_report *r);

#endif
