// SPDX-License-Identifier: Apache-2.0
//
// "Did you mean": the known word nearest to one that is not known.
#ifndef EVX_AGENTS_CLIENT_SPELL_H
#define EVX_AGENTS_CLIENT_SPELL_H

#include <stddef.h>

// The candidate at the smallest edit distance, if at most a third of the word's
// letters differ; else NULL. Words longer than 64 bytes are never near anything.
const char *evx_spell_nearest(const char *word, const char *const *candidate, size_t n);

#endif
