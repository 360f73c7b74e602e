// SPDX-License-Identifier: Apache-2.0
//
// "Did you mean …?": the known word nearest to a misspelt one.
#ifndef EVX_GRADING_NEAREST_H
#define EVX_GRADING_NEAREST_H

#include <stddef.h>

struct evx_nearest {
    const char *wanted;
    const char *best; // NULL: nothing is near enough
    size_t distance;
};

struct evx_nearest evx_nearest_begin(const char *wanted);
void evx_nearest_offer(struct evx_nearest *n, const char *known); // keeps `known` if it is the nearest so far

#endif
