// SPDX-License-Identifier: Apache-2.0
//
// The classes of attack. Each runs a bounded number of attempts against a real
// broker, counts what came back, and says whether that is all a broker may do.
#ifndef EVX_TESTS_SYSTEM_HOSTILE_CLASSES_H
#define EVX_TESTS_SYSTEM_HOSTILE_CLASSES_H

#include "tests/system/hostile/forge.h"

#define WAIT_MS    5000 // for an answer that must come
#define SILENCE_MS 400  // after which no answer counts as none

struct tally {
    uint64_t attempts; // hostile messages or connections
    uint64_t refused;  // answered with a signed refusal
    uint64_t silent;   // not answered at all
    uint64_t accepted; // taken though they must not be: must stay 0
    uint64_t lawful;   // lawful ones in between that were taken, as they must be
    uint64_t code[10000];
    char failure[256]; // "" while all is as it must be
};

struct setting {
    struct agency us;
    struct agency other; // a second enrolled agency
    uint64_t attempts;   // asked for; each class has its own sense of it
    uint64_t seed;
    const char *endpoint;
};

// Records the first thing that went wrong; the class goes on or not as it likes.
void fail(struct tally *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
// Counts the answer to something that must be refused. `want` = 0: any code.
void count_refusal(struct tally *t, const struct answer *a, uint32_t want);
// A fresh session of this agency; fails the class when the broker does not greet.
bool session(struct peer *p, const struct agency *a, struct tally *t);
// Seals and submits the next of the stream; must be accepted.
void lawful(struct setting *s, struct tally *t);
void lawful_on(struct peer *p, struct agency *a, struct tally *t);

void run_no_key(struct setting *s, struct tally *t);
void run_unknown_key(struct setting *s, struct tally *t);
void run_refused_key(struct setting *s, struct tally *t);
void run_routing_id(struct setting *s, struct tally *t);
void run_stolen(struct setting *s, struct tally *t);
void run_outsider(struct setting *s, struct tally *t);
void run_replay(struct setting *s, struct tally *t);
void run_reordered(struct setting *s, struct tally *t);
void run_fork(struct setting *s, struct tally *t);
void run_equivocation(struct setting *s, struct tally *t);
void run_bit_flips(struct setting *s, struct tally *t);
void run_truncations(struct setting *s, struct tally *t);
void run_oversize(struct setting *s, struct tally *t);
void run_garbage(struct setting *s, struct tally *t);
void run_amplifying(struct setting *s, struct tally *t);
void run_before_hello(struct setting *s, struct tally *t);
void run_endless(struct setting *s, struct tally *t);
void run_idle(struct setting *s, struct tally *t);
void run_lawful(struct setting *s, struct tally *t);

#endif
