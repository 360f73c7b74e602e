// SPDX-License-Identifier: Apache-2.0
//
// Byte strings: borrowed slices, owned growable buffers, big-endian integers,
// hex, base64 and the Crockford base32 of the short ids that people read out.
// Nothing here is secret-aware: keys live in crypto/.
#ifndef EVX_PROTO_BASE_BYTES_H
#define EVX_PROTO_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/status.h"

// Borrowed; valid as long as what it points into.
struct evx_bytes {
    const uint8_t *p;
    size_t n;
};

// Owned, growable. Zero-initialise; evx_buf_free() returns it to zero.
struct evx_buf {
    uint8_t *p;
    size_t n;
    size_t cap;
};

static inline struct evx_bytes evx_bytes(const void *p, size_t n)
{
    return (struct evx_bytes){(const uint8_t *)p, n};
}
struct evx_bytes evx_bytes_of_text(const char *text); // without the NUL
struct evx_bytes evx_buf_bytes(const struct evx_buf *b);
bool evx_bytes_equal(struct evx_bytes a, struct evx_bytes b); // not constant time: public data only

EVX_MUST_CHECK enum evx_status evx_buf_reserve(struct evx_buf *b, size_t more);
EVX_MUST_CHECK enum evx_status evx_buf_append(struct evx_buf *b, const void *p, size_t n);
EVX_MUST_CHECK enum evx_status evx_buf_append_text(struct evx_buf *b, const char *text);
EVX_MUST_CHECK enum evx_status evx_buf_printf(struct evx_buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void evx_buf_clear(struct evx_buf *b); // keeps the memory
void evx_buf_free(struct evx_buf *b);

static inline void evx_put_be16(uint8_t out[2], uint16_t v)
{
    out[0] = (uint8_t)(v >> 8);
    out[1] = (uint8_t)v;
}
static inline void evx_put_be32(uint8_t out[4], uint32_t v)
{
    evx_put_be16(out, (uint16_t)(v >> 16));
    evx_put_be16(out + 2, (uint16_t)v);
}
static inline void evx_put_be64(uint8_t out[8], uint64_t v)
{
    evx_put_be32(out, (uint32_t)(v >> 32));
    evx_put_be32(out + 4, (uint32_t)v);
}
static inline uint16_t evx_get_be16(const uint8_t in[2]) { return (uint16_t)((in[0] << 8) | in[1]); }
static inline uint32_t evx_get_be32(const uint8_t in[4])
{
    return ((uint32_t)evx_get_be16(in) << 16) | evx_get_be16(in + 2);
}
static inline uint64_t evx_get_be64(const uint8_t in[8])
{
    return ((uint64_t)evx_get_be32(in) << 32) | evx_get_be32(in + 4);
}

// Lower-case hex of n bytes; out holds 2n + 1 characters.
void evx_hex(char *out, const uint8_t *p, size_t n);
// Exactly n bytes of hex, either case, nothing after them.
EVX_MUST_CHECK bool evx_unhex(uint8_t *out, size_t n, const char *text);

// Standard base64 with padding, as C2SP wants it; out holds
// evx_base64_length(n) + 1 characters.
size_t evx_base64_length(size_t n);
void evx_base64(char *out, const uint8_t *p, size_t n);
// Strict: canonical padding, no white space, zero trailing bits. *n_out <= cap.
EVX_MUST_CHECK bool evx_unbase64(uint8_t *out, size_t cap, size_t *n_out, const char *text, size_t text_n);

// Crockford base32 of the first 5 bytes of an id: 8 characters, "7K3M9QZX".
#define EVX_SHORT_ID_TEXT 9
void evx_short_id(char out[EVX_SHORT_ID_TEXT], const uint8_t *id);
// Parses up to 8 characters ("ev-7k3m…", prefix and case ignored, O=0, I=L=1)
// into a bit prefix. *bits is 5 x characters. False if it is not one.
EVX_MUST_CHECK bool evx_short_id_parse(uint8_t prefix[5], unsigned *bits, const char *text);

// True when the bytes are valid UTF-8 without NUL, surrogates or non-minimal
// forms.
bool evx_utf8_valid(const void *p, size_t n);

#endif
