// SPDX-License-Identifier: Apache-2.0
//
// Reading line-oriented text that has one spelling only. For the files of this
// folder only.
#ifndef EVX_CRYPTO_TEXT_INSIDE_H
#define EVX_CRYPTO_TEXT_INSIDE_H

#include <string.h>

#include "proto/base/bytes.h"

// Cuts the first line off *rest, without its newline. False if there is none.
static inline bool evx_text_line(struct evx_bytes *line, struct evx_bytes *rest)
{
    const uint8_t *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
    if (!end) return false;
    *line = evx_bytes(rest->p, (size_t)(end - rest->p));
    *rest = evx_bytes(end + 1, rest->n - line->n - 1);
    return true;
}

// Cuts the first word off *rest; words are separated by exactly one space and
// never empty. Afterwards *rest is what follows the space.
static inline bool evx_text_word(struct evx_bytes *word, struct evx_bytes *rest)
{
    const uint8_t *space = rest->n ? memchr(rest->p, ' ', rest->n) : NULL;
    *word = evx_bytes(rest->p, space ? (size_t)(space - rest->p) : rest->n);
    size_t used = word->n + (space ? 1 : 0);
    *rest = evx_bytes(rest->p ? rest->p + used : NULL, rest->n - used);
    return word->n > 0 && !(space && rest->n == 0);
}

static inline bool evx_text_is(struct evx_bytes word, const char *text)
{
    return word.n == strlen(text) && memcmp(word.p, text, word.n) == 0;
}

// Decimal without sign or leading zeros, at most `max`.
static inline bool evx_text_number(uint64_t *out, struct evx_bytes word, uint64_t max)
{
    *out = 0;
    if (word.n == 0 || word.n > 20 || (word.n > 1 && word.p[0] == '0')) return false;
    for (size_t i = 0; i < word.n; i++) {
        unsigned digit = (unsigned)word.p[i] - '0';
        if (digit > 9 || digit > max || *out > (max - digit) / 10) return false;
        *out = *out * 10 + digit;
    }
    return true;
}

// Lower-case hex of exactly n bytes.
static inline bool evx_text_hex(uint8_t *out, size_t n, struct evx_bytes word)
{
    if (word.n != 2 * n) return false;
    for (size_t i = 0; i < n; i++) {
        unsigned value = 0;
        for (size_t k = 0; k < 2; k++) {
            uint8_t c = word.p[2 * i + k];
            if (c >= '0' && c <= '9')
                value = value << 4 | (unsigned)(c - '0');
            else if (c >= 'a' && c <= 'f')
                value = value << 4 | (unsigned)(c - 'a' + 10);
            else
                return false;
        }
        out[i] = (uint8_t)value;
    }
    return true;
}

// Base64 of exactly 32 bytes.
static inline bool evx_text_digest(uint8_t out[32], struct evx_bytes word)
{
    size_t n;
    return evx_unbase64(out, 32, &n, (const char *)word.p, word.n) && n == 32;
}

#endif
