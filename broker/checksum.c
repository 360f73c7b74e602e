// SPDX-License-Identifier: Apache-2.0
#include "broker/checksum.h"

#include <pthread.h>
#include <string.h>

#define POLYNOMIAL 0x82f63b78u

static uint32_t table[256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void fill_table(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int bit = 0; bit < 8; bit++)
            c = c & 1 ? (c >> 1) ^ POLYNOMIAL : c >> 1;
        table[i] = c;
    }
}

uint32_t evx_crc32c_portable(struct evx_bytes a)
{
    pthread_once(&once, fill_table);
    uint32_t c = ~0u;
    for (size_t i = 0; i < a.n; i++)
        c = table[(c ^ a.p[i]) & 0xff] ^ (c >> 8);
    return ~c;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t with_instruction(struct evx_bytes a)
{
    uint64_t c = ~0u;
    for (; a.n >= 8; a.p += 8, a.n -= 8) {
        uint64_t word;
        memcpy(&word, a.p, 8);
        c = __builtin_ia32_crc32di(c, word);
    }
    uint32_t rest = (uint32_t)c;
    for (; a.n; a.p++, a.n--)
        rest = __builtin_ia32_crc32qi(rest, *a.p);
    return ~rest;
}

uint32_t evx_crc32c(struct evx_bytes a)
{
    return __builtin_cpu_supports("sse4.2") ? with_instruction(a) : evx_crc32c_portable(a);
}
#else
uint32_t evx_crc32c(struct evx_bytes a) { return evx_crc32c_portable(a); }
#endif
