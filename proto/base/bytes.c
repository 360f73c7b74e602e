// SPDX-License-Identifier: Apache-2.0
#include "proto/base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct evx_bytes evx_bytes_of_text(const char *text) { return evx_bytes(text, text ? strlen(text) : 0); }

struct evx_bytes evx_buf_bytes(const struct evx_buf *b) { return evx_bytes(b->p, b->n); }

bool evx_bytes_equal(struct evx_bytes a, struct evx_bytes b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

enum evx_status evx_buf_reserve(struct evx_buf *b, size_t more)
{
    if (more > SIZE_MAX / 2 - b->n) return EVX_E_MEMORY;
    if (b->cap - b->n >= more) return EVX_OK;
    size_t cap = b->cap ? b->cap : 256;
    while (cap < b->n + more)
        cap *= 2;
    uint8_t *p = realloc(b->p, cap);
    if (!p) return EVX_E_MEMORY;
    b->p = p;
    b->cap = cap;
    return EVX_OK;
}

enum evx_status evx_buf_append(struct evx_buf *b, const void *p, size_t n)
{
    enum evx_status s = evx_buf_reserve(b, n);
    if (s) return s;
    if (n) memcpy(b->p + b->n, p, n);
    b->n += n;
    return EVX_OK;
}

enum evx_status evx_buf_append_text(struct evx_buf *b, const char *text)
{
    return evx_buf_append(b, text, strlen(text));
}

enum evx_status evx_buf_printf(struct evx_buf *b, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(NULL, 0, format, ap);
    va_end(ap);
    if (n < 0) return EVX_E_BUG;
    enum evx_status s = evx_buf_reserve(b, (size_t)n + 1);
    if (s) return s;
    va_start(ap, format);
    vsnprintf((char *)b->p + b->n, (size_t)n + 1, format, ap);
    va_end(ap);
    b->n += (size_t)n;
    return EVX_OK;
}

void evx_buf_clear(struct evx_buf *b) { b->n = 0; }

void evx_buf_free(struct evx_buf *b)
{
    free(b->p);
    *b = (struct evx_buf){0};
}

void evx_hex(char *out, const uint8_t *p, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
    }
    out[2 * n] = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool evx_unhex(uint8_t *out, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++) {
        int hi = hex_value(text[2 * i]);
        int lo = hi < 0 ? -1 : hex_value(text[2 * i + 1]);
        if (lo < 0) return false;
        out[i] = (uint8_t)(hi << 4 | lo);
    }
    return text[2 * n] == '\0';
}

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t evx_base64_length(size_t n) { return (n + 2) / 3 * 4; }

void evx_base64(char *out, const uint8_t *p, size_t n)
{
    while (n) {
        size_t take = n < 3 ? n : 3;
        uint32_t v = (uint32_t)p[0] << 16;
        if (take > 1) v |= (uint32_t)p[1] << 8;
        if (take > 2) v |= p[2];
        *out++ = base64_digits[v >> 18];
        *out++ = base64_digits[v >> 12 & 63];
        *out++ = take > 1 ? base64_digits[v >> 6 & 63] : '=';
        *out++ = take > 2 ? base64_digits[v & 63] : '=';
        p += take;
        n -= take;
    }
    *out = '\0';
}

static int base64_value(char c)
{
    const char *at = c ? strchr(base64_digits, c) : NULL;
    return at ? (int)(at - base64_digits) : -1;
}

// One group of four characters; `keep` is how many bytes it stands for.
static bool unbase64_group(uint8_t out[3], const char in[4], size_t keep)
{
    uint32_t v = 0;
    for (size_t i = 0; i < 4; i++) {
        int d = i <= keep ? base64_value(in[i]) : in[i] == '=' ? 0 : -1;
        if (d < 0) return false;
        v = v << 6 | (uint32_t)d;
    }
    out[0] = (uint8_t)(v >> 16);
    out[1] = (uint8_t)(v >> 8);
    out[2] = (uint8_t)v;
    for (size_t i = keep; i < 3; i++)
        if (out[i]) return false; // non-zero trailing bits: a second spelling
    return true;
}

bool evx_unbase64(uint8_t *out, size_t cap, size_t *n_out, const char *text, size_t text_n)
{
    *n_out = 0;
    if (text_n % 4) return false;
    for (size_t i = 0; i < text_n; i += 4) {
        size_t keep = 3;
        if (i + 4 == text_n && text[i + 3] == '=') keep = text[i + 2] == '=' ? 1 : 2;
        uint8_t group[3];
        if (!unbase64_group(group, text + i, keep) || *n_out + keep > cap) return false;
        memcpy(out + *n_out, group, keep);
        *n_out += keep;
    }
    return true;
}

static const char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void evx_short_id(char out[EVX_SHORT_ID_TEXT], const uint8_t *id)
{
    uint64_t v = 0;
    for (size_t i = 0; i < 5; i++)
        v = v << 8 | id[i];
    for (int i = 7; i >= 0; i--, v >>= 5)
        out[i] = crockford[v & 31];
    out[8] = '\0';
}

static int crockford_value(char c)
{
    if (c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A');
    if (c == 'O') c = '0';
    if (c == 'I' || c == 'L') c = '1';
    const char *at = c ? strchr(crockford, c) : NULL;
    return at ? (int)(at - crockford) : -1;
}

bool evx_short_id_parse(uint8_t prefix[5], unsigned *bits, const char *text)
{
    const char *dash = strchr(text, '-');
    if (dash) text = dash + 1;
    uint64_t v = 0;
    unsigned n = 0;
    for (; text[n]; n++) {
        int d = n < 8 ? crockford_value(text[n]) : -1;
        if (d < 0) return false;
        v = v << 5 | (uint64_t)d;
    }
    if (n == 0) return false;
    *bits = n * 5;
    v <<= 40 - *bits;
    for (int i = 4; i >= 0; i--, v >>= 8)
        prefix[i] = (uint8_t)v;
    return true;
}

// Length of the sequence that begins with this byte, 0 if none may.
static size_t utf8_length(uint8_t lead)
{
    if (lead < 0x80) return 1;
    if (lead < 0xc2) return 0;
    if (lead < 0xe0) return 2;
    if (lead < 0xf0) return 3;
    return lead < 0xf5 ? 4 : 0;
}

static bool utf8_second_ok(uint8_t lead, uint8_t second)
{
    if (lead == 0xe0) return second >= 0xa0;
    if (lead == 0xed) return second <= 0x9f; // surrogates
    if (lead == 0xf0) return second >= 0x90;
    if (lead == 0xf4) return second <= 0x8f;
    return true;
}

bool evx_utf8_valid(const void *p, size_t n)
{
    const uint8_t *s = p;
    for (size_t i = 0; i < n;) {
        size_t length = s[i] ? utf8_length(s[i]) : 0;
        if (length == 0 || length > n - i) return false;
        for (size_t k = 1; k < length; k++)
            if ((s[i + k] & 0xc0) != 0x80) return false;
        if (length > 1 && !utf8_second_ok(s[i], s[i + 1])) return false;
        i += length;
    }
    return true;
}
