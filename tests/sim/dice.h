// SPDX-License-Identifier: Apache-2.0
//
// All chance of a run: one generator for the world, another under the crypto
// library. Both begin at the seed, so a run is its seed.
#ifndef EVX_TESTS_SIM_DICE_H
#define EVX_TESTS_SIM_DICE_H

#include <stdbool.h>
#include <stdint.h>

struct sim_dice {
    uint64_t state;
};

void sim_dice_begin(struct sim_dice *d, uint64_t seed);
uint64_t sim_roll(struct sim_dice *d);                                // 64 bits
uint64_t sim_below(struct sim_dice *d, uint64_t n);                   // 0 … n - 1; 0 for n = 0
uint64_t sim_between(struct sim_dice *d, uint64_t low, uint64_t top); // both included
bool sim_chance(struct sim_dice *d, unsigned percent);

// Puts a seeded generator under the crypto library. Before evx_crypto_init().
void sim_random_install(void);
void sim_random_begin(uint64_t seed);
// Where the crypto library's generator stands; to put it back after a call that
// draws ahead for later runs.
uint64_t sim_random_at(void);
void sim_random_back(uint64_t at);

#endif
