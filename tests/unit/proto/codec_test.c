// SPDX-License-Identifier: Apache-2.0
#include "proto/msg/codec.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/testlib/fixture.h"

// Protobuf written by hand, so that it can be wrong.
static void put_varint(struct evx_buf *b, uint64_t v)
{
    uint8_t byte;
    do {
        byte = (uint8_t)(v & 0x7f) | (v > 0x7f ? 0x80 : 0);
        cr_assert_eq(evx_buf_append(b, &byte, 1), EVX_OK);
        v >>= 7;
    } while (v);
}

static void put_bytes(struct evx_buf *b, unsigned field, const void *p, size_t n)
{
    put_varint(b, field << 3 | 2);
    put_varint(b, n);
    cr_assert_eq(evx_buf_append(b, p, n), EVX_OK);
}

static void put_raw(struct evx_buf *b, const char *hex)
{
    for (; *hex; hex += 2) {
        char two[3] = {hex[0], hex[1], 0};
        uint8_t byte;
        cr_assert(evx_unhex(&byte, 1, two));
        cr_assert_eq(evx_buf_append(b, &byte, 1), EVX_OK);
    }
}

static enum evx_status frame_status(const char *hex)
{
    struct evx_buf b = {0};
    Evx__V1__Frame *f;
    put_raw(&b, hex);
    enum evx_status s = evx_frame_unpack(&f, evx_buf_bytes(&b));
    cr_assert_eq(f == NULL, s != EVX_OK);
    evx_frame_free(f);
    evx_buf_free(&b);
    return s;
}

static struct evx_buf evidence(size_t bytes)
{
    struct evx_buf b = {0};
    cr_assert_eq(evx_fixture_evidence(&b, 1, bytes), EVX_OK);
    return b;
}

Test(codec, item_comes_back_as_it_was, .timeout = 20)
{
    static const size_t sizes[] = {400, 1024, 8191, 8192, 9000, 60000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct evx_buf b = evidence(sizes[i]), again = {0};
        Evx__V1__Item *m, *copy;
        cr_assert_eq(evx_item_unpack(&m, evx_buf_bytes(&b)), EVX_OK);
        cr_assert_eq(evx_item_pack(&again, m), EVX_OK);
        cr_assert(evx_bytes_equal(evx_buf_bytes(&b), evx_buf_bytes(&again)));
        cr_assert_eq(evx_item_copy(&copy, m), EVX_OK);
        cr_assert_str_eq(copy->evidence->narrative, m->evidence->narrative);
        cr_assert_neq(copy->evidence->narrative, m->evidence->narrative);
        evx_item_free(copy);
        evx_item_free(m);
        evx_buf_free(&b);
        evx_buf_free(&again);
    }
}

Test(codec, frame_has_one_spelling, .timeout = 20)
{
    static const struct {
        const char *what, *hex;
        enum evx_status status;
    } cases[] = {
        {"ping, nonce 5", "4a020805", EVX_OK},
        {"ping, nonce 0", "4a00", EVX_OK},
        {"nothing", "", EVX_E_MALFORMED},
        {"nonce 0 written out", "4a020800", EVX_E_MALFORMED},
        {"nonce in a longer varint", "4a03088500", EVX_E_MALFORMED},
        {"length in a longer varint", "4a82000805", EVX_E_MALFORMED},
        {"tag in a longer varint", "ca00020805", EVX_E_MALFORMED},
        {"nonce twice", "4a0408050805", EVX_E_MALFORMED},
        {"nonce twice, last differs", "4a0408040805", EVX_E_MALFORMED},
        {"body twice", "4a0208054a020805", EVX_E_MALFORMED},
        {"two bodies", "4a02080552020805", EVX_E_MALFORMED},
        {"unknown field inside", "4a0408051001", EVX_E_MALFORMED},
        {"unknown field outside", "4a020805f80101", EVX_E_MALFORMED},
        {"unknown field before", "f801014a020805", EVX_E_MALFORMED},
        {"unknown only", "f80101", EVX_E_MALFORMED},
        {"wrong wire type", "4a030d0500", EVX_E_MALFORMED},
        {"group", "4a020b0c", EVX_E_MALFORMED},
        {"field number 0", "4a020005", EVX_E_MALFORMED},
        {"cut short", "4a0208", EVX_E_MALFORMED},
        {"length past the end", "4a7f0805", EVX_E_MALFORMED},
        {"endless varint", "4a0d08ffffffffffffffffffffff7f", EVX_E_MALFORMED},
        {"byte after", "4a02080500", EVX_E_MALFORMED},
        {"bool 2", "320612100001020304", EVX_E_MALFORMED},
        {"uint32 above 32 bits", "0a0608ffffffff7f", EVX_E_MALFORMED},
        {"fields in the wrong order", "0a0410020801", EVX_E_MALFORMED},
        {"fields in order", "0a0408011002", EVX_OK},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_assert_eq(frame_status(cases[i].hex), cases[i].status, "%s", cases[i].what);
}

Test(codec, frame_text_is_utf8_without_nul, .timeout = 20)
{
    static const struct {
        const char *what, *hex;
        enum evx_status status;
    } cases[] = {
        {"plain", "0a051a03616263", EVX_OK},
        {"two bytes", "0a041a02c3a9", EVX_OK},
        {"NUL inside", "0a051a03610062", EVX_E_MALFORMED},
        {"NUL at the end", "0a051a03616200", EVX_E_MALFORMED},
        {"NUL alone", "0a031a0100", EVX_E_MALFORMED},
        {"stray continuation", "0a031a0180", EVX_E_MALFORMED},
        {"overlong", "0a041a02c0af", EVX_E_MALFORMED},
        {"surrogate", "0a051a03eda080", EVX_E_MALFORMED},
        {"cut sequence", "0a041a02e282", EVX_E_MALFORMED},
        {"above U+10FFFF", "0a061a04f4908080", EVX_E_MALFORMED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_assert_eq(frame_status(cases[i].hex), cases[i].status, "%s", cases[i].what);
}

Test(codec, ids_have_their_length, .timeout = 20)
{
    for (size_t n = 0; n <= 34; n++) {
        uint8_t id[40] = {1, 2, 3};
        struct evx_buf submit = {0}, frame = {0};
        Evx__V1__Frame *f;
        put_bytes(&submit, 1, id, n);
        put_bytes(&frame, 3, submit.p, submit.n);
        enum evx_status s = evx_frame_unpack(&f, evx_buf_bytes(&frame));
        cr_assert_eq(s == EVX_OK, n == 32, "length %zu", n);
        evx_frame_free(f);
        evx_buf_free(&submit);
        evx_buf_free(&frame);
    }
}

Test(codec, sizes_are_capped_before_anything_else, .timeout = 20)
{
    static const struct {
        size_t cap;
        const char *what;
    } kinds[] = {{EVX_LIMIT_HEADER_BYTES, "header"},
                 {EVX_LIMIT_ITEM_BYTES, "item"},
                 {EVX_LIMIT_CONTROL_BYTES, "frame"},
                 {EVX_LIMIT_CONTROL_BYTES, "rejection body"}};
    for (size_t i = 0; i < 4; i++) {
        uint8_t *bytes = calloc(1, kinds[i].cap + 1);
        struct evx_bytes whole = {bytes, kinds[i].cap + 1}, at_cap = {bytes, kinds[i].cap};
        Evx__V1__Header *h;
        Evx__V1__Item *m;
        Evx__V1__Frame *f;
        Evx__V1__RejectionBody *r;
        enum evx_status over[] = {evx_header_unpack(&h, whole), evx_item_unpack(&m, whole),
                                  evx_frame_unpack(&f, whole), evx_rejection_body_unpack(&r, whole)};
        cr_assert_eq(over[i], EVX_E_TOO_LARGE, "%s", kinds[i].what);
        enum evx_status at[] = {evx_header_unpack(&h, at_cap), evx_item_unpack(&m, at_cap),
                                evx_frame_unpack(&f, at_cap), evx_rejection_body_unpack(&r, at_cap)};
        cr_assert_eq(at[i], EVX_E_MALFORMED, "%s", kinds[i].what);
        free(bytes);
    }
}

Test(codec, empty_submessages_do_not_multiply_memory, .timeout = 60)
{
    struct evx_buf inner = {0}, item = {0};
    Evx__V1__Item *m;
    while (inner.n < EVX_LIMIT_ITEM_BYTES - 64)
        put_bytes(&inner, 4, NULL, 0); // Evidence.subject, empty
    put_bytes(&item, 1, inner.p, inner.n);
    cr_assert_leq(item.n, EVX_LIMIT_ITEM_BYTES);
    cr_assert_eq(evx_item_unpack(&m, evx_buf_bytes(&item)), EVX_E_TOO_LARGE);
    cr_assert_null(m);
    evx_buf_free(&inner);
    evx_buf_free(&item);
}

Test(codec, repeated_body_does_not_multiply_memory, .timeout = 60)
{
    struct evx_buf item = {0};
    Evx__V1__Item *m;
    while (item.n < EVX_LIMIT_ITEM_BYTES - 64)
        put_bytes(&item, 1, NULL, 0);
    enum evx_status s = evx_item_unpack(&m, evx_buf_bytes(&item));
    cr_assert(s == EVX_E_TOO_LARGE || s == EVX_E_MALFORMED);
    cr_assert_null(m);
    evx_buf_free(&item);
}

Test(codec, nothing_but_the_original_survives_a_flipped_bit_unnoticed, .timeout = 120)
{
    struct evx_buf b = evidence(420);
    size_t accepted = 0;
    for (size_t bit = 0; bit < b.n * 8; bit++) {
        Evx__V1__Item *m;
        struct evx_buf again = {0};
        b.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (evx_item_unpack(&m, evx_buf_bytes(&b)) == EVX_OK) {
            cr_assert_eq(evx_item_pack(&again, m), EVX_OK);
            cr_assert(evx_bytes_equal(evx_buf_bytes(&b), evx_buf_bytes(&again)));
            accepted++;
        }
        evx_item_free(m);
        evx_buf_free(&again);
        b.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    printf("%zu bits flipped, %zu still an item\n", b.n * 8, accepted);
    cr_assert_lt(accepted, b.n * 8);
    evx_buf_free(&b);
}

Test(codec, every_truncation_is_refused, .timeout = 60)
{
    struct evx_buf b = evidence(600);
    for (size_t n = 0; n < b.n; n++) {
        Evx__V1__Item *m;
        cr_assert_neq(evx_item_unpack(&m, evx_bytes(b.p, n)), EVX_OK, "length %zu", n);
        cr_assert_null(m);
    }
    evx_buf_free(&b);
}

Test(codec, random_bytes_are_refused_or_are_the_one_encoding, .timeout = 60)
{
    uint8_t bytes[256];
    uint64_t state = 0x9e3779b97f4a7c15u;
    for (unsigned round = 0; round < 20000; round++) {
        size_t n = round % sizeof bytes;
        for (size_t i = 0; i < n; i++) {
            state ^= state << 13, state ^= state >> 7, state ^= state << 17;
            bytes[i] = (uint8_t)(state >> (i % 2 ? 56 : 61)); // small values are tags and lengths
        }
        Evx__V1__Item *m;
        Evx__V1__Frame *f;
        struct evx_buf again = {0};
        if (evx_item_unpack(&m, evx_bytes(bytes, n)) == EVX_OK) {
            cr_assert_eq(evx_item_pack(&again, m), EVX_OK);
            cr_assert(evx_bytes_equal(evx_buf_bytes(&again), evx_bytes(bytes, n)));
        } else {
            cr_assert_null(m);
        }
        evx_buf_clear(&again);
        if (evx_frame_unpack(&f, evx_bytes(bytes, n)) == EVX_OK) {
            cr_assert_eq(evx_frame_pack(&again, f), EVX_OK);
            cr_assert(evx_bytes_equal(evx_buf_bytes(&again), evx_bytes(bytes, n)));
        } else {
            cr_assert_null(f);
        }
        evx_buf_free(&again);
        evx_item_free(m);
        evx_frame_free(f);
    }
}

Test(codec, packing_refuses_what_unpacking_would, .timeout = 20)
{
    Evx__V1__Frame frame = EVX__V1__FRAME__INIT;
    Evx__V1__Hello hello = EVX__V1__HELLO__INIT;
    struct evx_buf out = {0};
    cr_assert_eq(evx_frame_pack(&out, &frame), EVX_E_MALFORMED);
    frame.body_case = EVX__V1__FRAME__BODY_HELLO;
    cr_assert_eq(evx_frame_pack(&out, &frame), EVX_E_MALFORMED);
    frame.hello = &hello;
    hello.program = "broken \xff text";
    cr_assert_eq(evx_frame_pack(&out, &frame), EVX_E_MALFORMED);
    cr_assert_eq(out.n, 0);
    hello.program = NULL;
    static char note[EVX_LIMIT_CONTROL_BYTES];
    Evx__V1__DirectoryNote large = EVX__V1__DIRECTORY_NOTE__INIT;
    large.version = 1;
    large.note = (ProtobufCBinaryData){sizeof note, (uint8_t *)note};
    frame.body_case = EVX__V1__FRAME__BODY_DIRECTORY;
    frame.directory = &large;
    cr_assert_eq(evx_frame_pack(&out, &frame), EVX_E_TOO_LARGE);
    cr_assert_eq(out.n, 0);
    frame.body_case = EVX__V1__FRAME__BODY_HELLO;
    frame.hello = &hello;
    hello.program = "evx-police 0.1.0";
    cr_assert_eq(evx_frame_pack(&out, &frame), EVX_OK);
    evx_buf_free(&out);
}
