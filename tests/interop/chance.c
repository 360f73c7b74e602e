// SPDX-License-Identifier: Apache-2.0
#include "tests/interop/chance.h"

#include <string.h>

#include "tests/interop/world.h"

uint64_t chance_next(struct chance *c)
{
    uint64_t z = c->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

uint64_t chance_below(struct chance *c, uint64_t n) { return chance_next(c) % n; }

uint64_t chance_magnitude(struct chance *c, uint64_t most)
{
    unsigned bits = 64 - (unsigned)__builtin_clzll(most);
    uint64_t n = chance_next(c) >> (64 - 1 - chance_below(c, bits));
    return n == 0 ? 1 : n > most ? most : n;
}

void chance_fill(struct chance *c, void *out, size_t n)
{
    uint8_t *p = out;
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)chance_next(c);
}

// Replaces `gone` bytes at `at` by these.
static void splice(struct evx_buf *b, size_t at, size_t gone, const void *p, size_t n)
{
    struct evx_buf out = {0};
    enum evx_status s = evx_buf_append(&out, b->p, at);
    if (!s) s = evx_buf_append(&out, p, n);
    if (!s) s = evx_buf_append(&out, b->p + at + gone, b->n - at - gone);
    world_must(s == EVX_OK, "memory");
    evx_buf_free(b);
    *b = out;
}

static void spoil_byte(struct evx_buf *b, struct chance *c)
{
    uint8_t byte = (uint8_t)chance_next(c);
    size_t at = chance_below(c, b->n);
    switch (chance_below(c, 5)) {
    case 0: b->p[at] ^= (uint8_t)(1u << (byte & 7)); break;
    case 1: b->p[at] = byte; break;
    case 2: splice(b, at, 0, &byte, 1); break;
    case 3: splice(b, at, 1, NULL, 0); break;
    case 4: b->p[at]++; break;
    }
}

static void spoil_stretch(struct evx_buf *b, struct chance *c)
{
    size_t at = chance_below(c, b->n), n = chance_magnitude(c, b->n - at);
    uint8_t copy[256];
    switch (chance_below(c, 4)) {
    case 0: splice(b, at, n, NULL, 0); break;
    case 1: b->n = at; break; // cut off
    case 2:
        if (n > sizeof copy) n = sizeof copy;
        memcpy(copy, b->p + at, n);
        splice(b, chance_below(c, b->n), 0, copy, n); // there twice
        break;
    case 3: memset(b->p + at, (int)chance_below(c, 2) * 255, n < 64 ? n : 64); break;
    }
}

static void line_at(size_t *from, size_t *n, const struct evx_buf *b, size_t at)
{
    size_t end = at;
    while (at > 0 && b->p[at - 1] != '\n')
        at--;
    while (end < b->n && b->p[end] != '\n')
        end++;
    *from = at;
    *n = end - at + (end < b->n);
}

static void spoil_lines(struct evx_buf *b, struct chance *c)
{
    size_t from, n, other, other_n;
    struct evx_buf line = {0};
    line_at(&from, &n, b, chance_below(c, b->n));
    world_must(evx_buf_append(&line, b->p + from, n) == EVX_OK, "memory");
    unsigned how = (unsigned)chance_below(c, 3);
    if (how != 1) splice(b, from, n, NULL, 0); // gone, or about to move
    if (how != 0 && b->n) {
        line_at(&other, &other_n, b, chance_below(c, b->n));
        splice(b, other, 0, line.p, line.n);
    }
    evx_buf_free(&line);
}

// Text that a lenient reader takes for the same.
static void spoil_spelling(struct evx_buf *b, struct chance *c)
{
    static const struct {
        const char *text;
        size_t n;
    } odd[] = {{" ", 1},
               {"\n", 1},
               {"\r", 1},
               {"\t", 1},
               {"\0", 1},
               {"0", 1},
               {"+", 1},
               {"=", 1},
               {"-", 1},
               {"\xc2\xa0", 2},
               {"\xc2\x85", 2},
               {"\xe2\x80\xa8", 3},
               {"\xe3\x80\x80", 3},
               {"\xe1\xa0\x8e", 3},
               {"\xef\xbb\xbf", 3},
               {"\xc0\x80", 2},
               {"\xed\xa0\x80", 3},
               {"\x7f", 1},
               {"\n\n", 2},
               {"\xe2\x80\x94 ", 4},
               {"9", 1},
               {"/", 1},
               {"#", 1},
               {"*", 1},
               {"\x1c", 1}};
    size_t which = chance_below(c, sizeof odd / sizeof odd[0]), at = chance_below(c, b->n + 1);
    size_t gone = at < b->n && chance_below(c, 2);
    splice(b, at, gone, odd[which].text, odd[which].n);
}

static void spoil_character(struct evx_buf *b, struct chance *c)
{
    for (unsigned tries = 0; tries < 64; tries++) {
        uint8_t *p = &b->p[chance_below(c, b->n)];
        if (*p >= '0' && *p <= '9') {
            *p = (uint8_t)('0' + chance_below(c, 10));
            return;
        }
        if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z')) {
            *p = chance_below(c, 2) ? (uint8_t)(*p ^ 0x20) : (uint8_t)((*p & 0x60) + 1 + chance_below(c, 26));
            return;
        }
    }
}

void chance_spoil(struct evx_buf *b, struct chance *c)
{
    static void (*const ways[])(struct evx_buf *, struct chance *) = {
        spoil_byte, spoil_byte, spoil_stretch, spoil_lines, spoil_spelling, spoil_character, spoil_character};
    for (uint64_t times = 1 + (chance_below(c, 4) == 0) + (chance_below(c, 8) == 0); times && b->n; times--)
        ways[chance_below(c, sizeof ways / sizeof ways[0])](b, c);
}
