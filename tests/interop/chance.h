// SPDX-License-Identifier: Apache-2.0
//
// Reproducible chance, and ways to spoil bytes. The same seed gives the same.
#ifndef EVX_TESTS_INTEROP_CHANCE_H
#define EVX_TESTS_INTEROP_CHANCE_H

#include "proto/base/bytes.h"

struct chance {
    uint64_t state;
};
uint64_t chance_next(struct chance *c);
// 0 … n - 1; n > 0.
uint64_t chance_below(struct chance *c, uint64_t n);
// Of all magnitudes alike: 1 … most.
uint64_t chance_magnitude(struct chance *c, uint64_t most);
void chance_fill(struct chance *c, void *out, size_t n);

// Changes b in one to three places, bytewise or as text (lines, digits, spaces, other
// spellings). The result may by chance be as it was.
void chance_spoil(struct evx_buf *b, struct chance *c);

#endif
