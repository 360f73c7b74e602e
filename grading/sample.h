// SPDX-License-Identifier: Apache-2.0
//
// Whom to track: those who always must be, some of every stratum, and a random
// rest that anyone can draw again from the same seed.
//
// The random draw is fixed for good: children are sorted by id (bytes), the
// candidates shuffled from the last position down (Fisher-Yates), positions
// drawn from SplitMix64 with rejection of the biased tail. The order in which
// children are handed in does not matter.
#ifndef EVX_GRADING_SAMPLE_H
#define EVX_GRADING_SAMPLE_H

#include "grading/grading.h"

enum evx_take { EVX_TAKE_ALWAYS, EVX_TAKE_EVERY, EVX_TAKE_EACH, EVX_TAKE_SOME, EVX_TAKE_AT_LEAST };
struct evx_sampling_rule {
    const char *id, *source, *mark, *message;
    enum evx_take take;
    int64_t count; // EVERY: when there are at most so many; EACH: of every mark that begins with
                   // `mark`; SOME: of this mark; AT_LEAST: in all
};
struct evx_sampling {
    struct evx_sampling_rule *rule;
    size_t n;
};
const struct evx_sampling *evx_framework_sampling(const struct evx_framework *f);

struct evx_child {
    const char *id;
    const char *const *mark; // "missing", "new" …: words of the framework's sampling rules
    size_t marks;
};
struct evx_pick {
    size_t child;                         // position in what was handed in
    const struct evx_sampling_rule *rule; // why
    bool random;                          // drawn, not prescribed
};
struct evx_sample_request {
    uint64_t seed;
    size_t target; // at least so many in all; 0 = what the framework says
};
// picks holds n entries; sorted by child id. FACT_UNKNOWN for a mark the
// framework does not know (with *suggestion), INCOMPLETE for an id that is
// empty or there twice, MEMORY.
EVX_MUST_CHECK enum evx_status evx_sample(const struct evx_framework *f, const struct evx_child *child,
                                          size_t n, const struct evx_sample_request *request,
                                          struct evx_pick *picks, size_t *picked, const char **suggestion);

// The generator, for those who want to repeat the draw elsewhere.
uint64_t evx_splitmix64(uint64_t *state);
uint64_t evx_random_below(uint64_t *state, uint64_t n); // 0 .. n - 1, n > 0, unbiased

#endif
