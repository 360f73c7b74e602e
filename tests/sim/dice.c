// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/dice.h"

#include <sodium.h>
#include <string.h>

// splitmix64
static uint64_t next(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void sim_dice_begin(struct sim_dice *d, uint64_t seed)
{
    d->state = seed * 0xd1342543de82ef95u + 1;
    for (int i = 0; i < 4; i++)
        (void)next(&d->state);
}

uint64_t sim_roll(struct sim_dice *d) { return next(&d->state); }
uint64_t sim_below(struct sim_dice *d, uint64_t n) { return n ? next(&d->state) % n : 0; }

uint64_t sim_between(struct sim_dice *d, uint64_t low, uint64_t top)
{
    return top > low ? low + sim_below(d, top - low + 1) : low;
}

bool sim_chance(struct sim_dice *d, unsigned percent) { return sim_below(d, 100) < percent; }

static uint64_t crypto_state = 1;

static const char *random_name(void) { return "seeded"; }
static uint32_t random_word(void) { return (uint32_t)next(&crypto_state); }

static void random_bytes(void *const out, const size_t n)
{
    uint8_t *at = out;
    for (size_t left = n; left;) {
        uint64_t v = next(&crypto_state);
        size_t take = left < sizeof v ? left : sizeof v;
        memcpy(at, &v, take);
        at += take;
        left -= take;
    }
}

static struct randombytes_implementation seeded = {
    .implementation_name = random_name, .random = random_word, .buf = random_bytes};

void sim_random_install(void) { randombytes_set_implementation(&seeded); }
void sim_random_begin(uint64_t seed) { crypto_state = seed * 0xa0761d6478bd642fu + 7; }
uint64_t sim_random_at(void) { return crypto_state; }
void sim_random_back(uint64_t at) { crypto_state = at; }
