// SPDX-License-Identifier: Apache-2.0
#include "crypto/blake2b_lanes.h"

#include <sodium.h>
#include <string.h>

#define BLOCK 128u
#define WORDS 16
#define STATE 8

#if defined(__x86_64__)

// Everything that passes these by value is inlined, so that no calling convention is met.
#pragma GCC diagnostic ignored "-Wpsabi"
typedef uint64_t lanes __attribute__((vector_size(8 * EVX_LANES)));

// RFC 7693, 2.6 and 2.7.
static const uint64_t iv[STATE] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
                                   0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
                                   0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
static const uint8_t sigma[10][WORDS] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
                                         {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
                                         {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
                                         {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
                                         {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
                                         {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
                                         {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
                                         {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
                                         {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
                                         {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};

#define INLINE static inline __attribute__((always_inline))

// *x ^= *y, then turned to the right.
INLINE void turn(lanes *x, const lanes *y, int by)
{
    lanes t = *x ^ *y;
    *x = (t >> by) | (t << (64 - by));
}
INLINE lanes everywhere(uint64_t v) { return (lanes){0} + v; }

INLINE void mix(lanes v[WORDS], int a, int b, int c, int d, const lanes *x, const lanes *y)
{
    v[a] += v[b] + *x;
    turn(&v[d], &v[a], 32);
    v[c] += v[d];
    turn(&v[b], &v[c], 24);
    v[a] += v[b] + *y;
    turn(&v[d], &v[a], 16);
    v[c] += v[d];
    turn(&v[b], &v[c], 63);
}

INLINE void round_of(lanes v[WORDS], const lanes m[WORDS], const uint8_t s[WORDS])
{
    mix(v, 0, 4, 8, 12, &m[s[0]], &m[s[1]]);
    mix(v, 1, 5, 9, 13, &m[s[2]], &m[s[3]]);
    mix(v, 2, 6, 10, 14, &m[s[4]], &m[s[5]]);
    mix(v, 3, 7, 11, 15, &m[s[6]], &m[s[7]]);
    mix(v, 0, 5, 10, 15, &m[s[8]], &m[s[9]]);
    mix(v, 1, 6, 11, 12, &m[s[10]], &m[s[11]]);
    mix(v, 2, 7, 8, 13, &m[s[12]], &m[s[13]]);
    mix(v, 3, 4, 9, 14, &m[s[14]], &m[s[15]]);
}

// One block of each lane; `done`: bytes hashed with it.
INLINE void compress(lanes h[STATE], const uint8_t *const block[EVX_LANES], uint64_t done, bool last)
{
    lanes m[WORDS], v[WORDS];
    for (int w = 0; w < WORDS; w++)
        for (int i = 0; i < EVX_LANES; i++) {
            uint64_t word; // this processor is little-endian
            memcpy(&word, block[i] + 8 * w, sizeof word);
            m[w][i] = word;
        }
    for (int i = 0; i < STATE; i++) {
        v[i] = h[i];
        v[i + STATE] = everywhere(iv[i]);
    }
    v[12] ^= everywhere(done);
    if (last) v[14] = ~v[14];
    for (int r = 0; r < 12; r++)
        round_of(v, m, sigma[r % 10]);
    for (int i = 0; i < STATE; i++)
        h[i] ^= v[i] ^ v[i + STATE];
}

// The block at `at` of prefix || data, filled up with zeros.
INLINE void fill(uint8_t out[BLOCK], struct evx_bytes prefix, const uint8_t *data, size_t n, size_t at)
{
    size_t used = 0;
    if (at < prefix.n) {
        used = prefix.n - at;
        memcpy(out, prefix.p + at, used);
    }
    size_t from = at + used - prefix.n, take = n - from;
    if (take > BLOCK - used) take = BLOCK - used;
    memcpy(out + used, data + from, take);
    memset(out + used + take, 0, BLOCK - used - take);
}

INLINE void hash_all(struct evx_digest out[EVX_LANES], struct evx_bytes prefix,
                     const uint8_t *const data[EVX_LANES], size_t n)
{
    uint8_t edge[EVX_LANES][BLOCK];
    const uint8_t *block[EVX_LANES];
    size_t total = prefix.n + n;
    lanes h[STATE];
    for (int i = 0; i < STATE; i++)
        h[i] = everywhere(iv[i]);
    h[0] ^= everywhere(0x01010000 ^ sizeof out->b); // no key, 32 bytes out
    for (size_t at = 0; at == 0 || at < total; at += BLOCK) {
        bool last = total - at <= BLOCK, whole = at >= prefix.n && total - at >= BLOCK;
        for (int i = 0; i < EVX_LANES; i++) {
            if (!whole) fill(edge[i], prefix, data[i], n, at);
            block[i] = whole ? data[i] + (at - prefix.n) : edge[i];
        }
        compress(h, block, last ? total : at + BLOCK, last);
    }
    for (int i = 0; i < EVX_LANES; i++)
        for (int w = 0; w < 4; w++) {
            uint64_t word = h[w][i];
            memcpy(out[i].b + 8 * w, &word, sizeof word);
        }
}

__attribute__((target("avx512f,avx512vl"))) static void with_avx512(struct evx_digest out[EVX_LANES],
                                                                    struct evx_bytes prefix,
                                                                    const uint8_t *const data[EVX_LANES],
                                                                    size_t n)
{
    hash_all(out, prefix, data, n);
}

__attribute__((target("avx2"))) static void with_avx2(struct evx_digest out[EVX_LANES],
                                                      struct evx_bytes prefix,
                                                      const uint8_t *const data[EVX_LANES], size_t n)
{
    hash_all(out, prefix, data, n);
}

#endif

static void one_by_one(struct evx_digest out[EVX_LANES], struct evx_bytes prefix,
                       const uint8_t *const data[EVX_LANES], size_t n)
{
    for (int i = 0; i < EVX_LANES; i++) {
        crypto_generichash_state s;
        crypto_generichash_init(&s, NULL, 0, sizeof out[i].b);
        crypto_generichash_update(&s, prefix.p, prefix.n);
        crypto_generichash_update(&s, data[i], n);
        crypto_generichash_final(&s, out[i].b, sizeof out[i].b);
    }
}

#define LONGEST_PREFIX BLOCK // what the first block can hold

static bool has(enum evx_lane_way way)
{
#if defined(__x86_64__)
    if (way == EVX_LANES_AVX512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl");
    if (way == EVX_LANES_AVX2) return __builtin_cpu_supports("avx2");
#endif
    return way == EVX_LANES_ONE_BY_ONE;
}

bool evx_blake2b_lanes_by(enum evx_lane_way way, struct evx_digest out[EVX_LANES], struct evx_bytes prefix,
                          const uint8_t *const data[EVX_LANES], size_t n)
{
    if (!has(way)) return false;
#if defined(__x86_64__)
    if (way == EVX_LANES_AVX512 && prefix.n <= LONGEST_PREFIX) {
        with_avx512(out, prefix, data, n);
        return true;
    }
    if (way == EVX_LANES_AVX2 && prefix.n <= LONGEST_PREFIX) {
        with_avx2(out, prefix, data, n);
        return true;
    }
#endif
    one_by_one(out, prefix, data, n);
    return true;
}

void evx_blake2b_lanes(struct evx_digest out[EVX_LANES], struct evx_bytes prefix,
                       const uint8_t *const data[EVX_LANES], size_t n)
{
    enum evx_lane_way way = has(EVX_LANES_AVX512) ? EVX_LANES_AVX512
                            : has(EVX_LANES_AVX2) ? EVX_LANES_AVX2
                                                  : EVX_LANES_ONE_BY_ONE;
    EVX_IGNORE(!evx_blake2b_lanes_by(way, out, prefix, data, n), "it has that way");
}
