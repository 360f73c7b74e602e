// SPDX-License-Identifier: Apache-2.0
//
// Eight inputs side by side hash to what libsodium says of each, by every way that this
// processor has.
#include "crypto/blake2b_lanes.h"

#include <criterion/criterion.h>
#include <string.h>

#include "crypto/layout.h"

#define LONGEST 3000

static uint8_t input[EVX_LANES][LONGEST];

static void fill_inputs(const uint8_t *data[EVX_LANES])
{
    for (size_t i = 0; i < EVX_LANES; i++) {
        evx_random(input[i], sizeof input[i]);
        data[i] = input[i];
    }
}

static struct evx_digest expected(struct evx_bytes prefix, const uint8_t *data, size_t n)
{
    struct evx_digest out;
    struct evx_blake2b_state s;
    evx_blake2b_begin(&s);
    evx_blake2b_update(&s, prefix);
    evx_blake2b_update(&s, evx_bytes(data, n));
    evx_blake2b_end(&out, &s);
    return out;
}

static void check(enum evx_lane_way way, struct evx_bytes prefix, const uint8_t *const data[EVX_LANES],
                  size_t n)
{
    struct evx_digest out[EVX_LANES];
    if (!evx_blake2b_lanes_by(way, out, prefix, data, n)) return;
    for (size_t i = 0; i < EVX_LANES; i++) {
        struct evx_digest one = expected(prefix, data[i], n);
        cr_assert_eq(memcmp(out[i].b, one.b, sizeof one.b), 0, "way %d, prefix %zu, %zu bytes, lane %zu", way,
                     prefix.n, n, i);
    }
}

Test(lanes, every_way_and_length_gives_what_one_hash_gives, .timeout = 120)
{
    static const size_t prefixes[] = {0, 1, 13, 33, 127, 128, 129, 200};
    const uint8_t *data[EVX_LANES];
    uint8_t prefix[200];
    struct evx_digest out[EVX_LANES];
    cr_assert_eq(evx_crypto_init(), EVX_OK);
    fill_inputs(data);
    evx_random(prefix, sizeof prefix);
    cr_assert(evx_blake2b_lanes_by(EVX_LANES_ONE_BY_ONE, out, evx_bytes(prefix, 3), data, 3));
    for (size_t p = 0; p < sizeof prefixes / sizeof prefixes[0]; p++)
        for (size_t n = 0; n < LONGEST; n += n < 300 ? 1 : 97)
            for (int way = EVX_LANES_ONE_BY_ONE; way <= EVX_LANES_AVX512; way++)
                check((enum evx_lane_way)way, evx_bytes(prefix, prefixes[p]), data, n);
}

Test(lanes, the_way_that_is_chosen_gives_the_same, .timeout = 20)
{
    const uint8_t *data[EVX_LANES];
    struct evx_digest out[EVX_LANES];
    cr_assert_eq(evx_crypto_init(), EVX_OK);
    fill_inputs(data);
    evx_blake2b_lanes(out, evx_bytes("evx", 3), data, 1040);
    for (size_t i = 0; i < EVX_LANES; i++) {
        struct evx_digest one = expected(evx_bytes("evx", 3), data[i], 1040);
        cr_assert_eq(memcmp(out[i].b, one.b, sizeof one.b), 0);
    }
}

// Alike or not, of one chunk or of several, few or many: the roots are those of each alone.
Test(lanes, roots_of_several_ciphertexts_are_those_of_each, .timeout = 20)
{
    static uint8_t long_one[EVX_LIMIT_CHUNK_BYTES + 2 * EVX_TAG_BYTES + 700];
    const uint8_t *data[EVX_LANES];
    struct evx_digest together[EVX_LANES], alone;
    cr_assert_eq(evx_crypto_init(), EVX_OK);
    fill_inputs(data);
    evx_random(long_one, sizeof long_one);
    for (size_t n = 0; n <= EVX_LANES; n++)
        for (size_t odd = 0; odd <= EVX_LANES; odd++)
            for (int kind = 0; kind < 2; kind++) {
                struct evx_bytes c[EVX_LANES];
                for (size_t i = 0; i < EVX_LANES; i++) {
                    c[i] = evx_bytes(data[i], 1040);
                    if (i == odd)
                        c[i] = kind ? evx_bytes(long_one, sizeof long_one) : evx_bytes(data[i], 784);
                }
                evx_ciphertext_roots(together, c, n);
                for (size_t i = 0; i < n; i++) {
                    evx_ciphertext_root(&alone, c[i]);
                    cr_assert_eq(memcmp(together[i].b, alone.b, sizeof alone.b), 0, "%zu of %zu, odd %zu", i,
                                 n, odd);
                }
            }
}

// All of several chunks each.
Test(lanes, long_ciphertexts_of_one_length_have_their_own_roots, .timeout = 20)
{
    static uint8_t bytes[EVX_LANES][EVX_LIMIT_CHUNK_BYTES + EVX_TAG_BYTES + 300];
    struct evx_bytes c[EVX_LANES];
    struct evx_digest together[EVX_LANES], alone;
    cr_assert_eq(evx_crypto_init(), EVX_OK);
    for (size_t i = 0; i < EVX_LANES; i++) {
        evx_random(bytes[i], sizeof bytes[i]);
        c[i] = evx_bytes(bytes[i], sizeof bytes[i]);
    }
    evx_ciphertext_roots(together, c, EVX_LANES);
    for (size_t i = 0; i < EVX_LANES; i++) {
        evx_ciphertext_root(&alone, c[i]);
        cr_assert_eq(memcmp(together[i].b, alone.b, sizeof alone.b), 0);
    }
}
