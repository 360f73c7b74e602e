// SPDX-License-Identifier: Apache-2.0
//
// What the walk over the bytes tells must be what unpacking and packing again tells.
#include "proto/msg/wire.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "proto/msg/codec.h"
#include "tests/testlib/fixture.h"

#define MUTATIONS 60000

static bool known_fields_only(const ProtobufCMessage *m);

static bool element_known(const ProtobufCFieldDescriptor *f, const uint8_t *at)
{
    const ProtobufCMessage *sub;
    if (f->type != PROTOBUF_C_TYPE_MESSAGE) return true;
    memcpy(&sub, at, sizeof sub);
    return !sub || known_fields_only(sub);
}

static bool field_known(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    const uint8_t *base = (const uint8_t *)m, *at = base + f->offset,
                  *quantifier = base + f->quantifier_offset;
    if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        uint32_t chosen;
        memcpy(&chosen, quantifier, sizeof chosen);
        return chosen != f->id || element_known(f, at);
    }
    if (f->label != PROTOBUF_C_LABEL_REPEATED) return element_known(f, at);
    size_t n;
    const uint8_t *elements;
    memcpy(&n, quantifier, sizeof n);
    memcpy(&elements, at, sizeof elements);
    for (size_t i = 0; i < n && f->type == PROTOBUF_C_TYPE_MESSAGE; i++)
        if (!element_known(f, elements + i * sizeof(void *))) return false;
    return true;
}

static bool known_fields_only(const ProtobufCMessage *m)
{
    for (unsigned i = 0; i < m->descriptor->n_fields; i++)
        if (!field_known(m, &m->descriptor->fields[i])) return false;
    return m->n_unknown_fields == 0;
}

static bool packs_to(const ProtobufCMessage *m, struct evx_bytes bytes)
{
    size_t n = protobuf_c_message_get_packed_size(m);
    uint8_t *again = malloc(n + 1);
    cr_assert(again);
    protobuf_c_message_pack(m, again);
    bool same = n == bytes.n && memcmp(again, bytes.p, n) == 0;
    free(again);
    return same;
}

static bool reference(const ProtobufCMessageDescriptor *kind, struct evx_bytes bytes)
{
    ProtobufCMessage *m = protobuf_c_message_unpack(kind, NULL, bytes.n, bytes.p);
    bool canonical = m && known_fields_only(m) && packs_to(m, bytes);
    if (m) protobuf_c_message_free_unpacked(m, NULL);
    return canonical;
}

static uint32_t random_state = 12345;
static uint32_t draw(uint32_t below)
{
    random_state = random_state * 1664525u + 1013904223u;
    return below ? (random_state >> 8) % below : 0;
}

// One small change of the kind that protobuf tolerates and we do not.
static void mutate(struct evx_buf *b)
{
    static const uint8_t telling[] = {0x00, 0x01, 0x02, 0x08, 0x0a, 0x12, 0x7f, 0x80, 0x81, 0xff};
    uint32_t at = draw((uint32_t)b->n);
    switch (draw(5)) {
    case 0: b->p[at] ^= (uint8_t)(1u << draw(8)); break;
    case 1: b->p[at] = telling[draw(sizeof telling)]; break;
    case 2: // one byte less
        memmove(b->p + at, b->p + at + 1, b->n - at - 1);
        b->n--;
        break;
    case 3: // one byte more
        cr_assert_eq(evx_buf_append(b, "", 1), EVX_OK);
        memmove(b->p + at + 1, b->p + at, b->n - at - 1);
        b->p[at] = telling[draw(sizeof telling)];
        break;
    default: { // a piece of it again
        uint32_t n = draw(12);
        if (n > b->n - at) n = (uint32_t)b->n - at;
        cr_assert_eq(evx_buf_append(b, b->p + at, n), EVX_OK);
    }
    }
}

static void compare_mutations(const ProtobufCMessageDescriptor *kind, struct evx_bytes seed, size_t rounds)
{
    size_t canonical = 0;
    cr_assert(evx_wire_canonical(kind, seed) && reference(kind, seed), "%s", kind->name);
    for (size_t i = 0; i < rounds; i++) {
        struct evx_buf b = {0};
        cr_assert_eq(evx_buf_append(&b, seed.p, seed.n), EVX_OK);
        for (uint32_t k = 1 + draw(2); k && b.n; k--)
            mutate(&b);
        bool is = evx_wire_canonical(kind, evx_buf_bytes(&b));
        cr_assert_eq(is, reference(kind, evx_buf_bytes(&b)), "%s, mutation %zu", kind->name, i);
        canonical += is;
        evx_buf_free(&b);
    }
    cr_assert(canonical > rounds / 100 && canonical < rounds, "%zu of %zu", canonical, rounds);
}

Test(wire, tells_of_evidence_what_packing_again_tells, .timeout = 120)
{
    struct evx_buf b = {0};
    cr_assert_eq(evx_fixture_evidence(&b, 3, 500), EVX_OK);
    compare_mutations(&evx__v1__item__descriptor, evx_buf_bytes(&b), MUTATIONS);
    evx_buf_free(&b);
}

// Hand-written: a message of each shape that evidence does not have.
static const struct {
    const ProtobufCMessageDescriptor *kind;
    const char *hex;
} shapes[] = {
    {&evx__v1__frame__descriptor, "4a020805"},
    {&evx__v1__frame__descriptor, "0a0408011002"},
    {&evx__v1__field__descriptor, "0a016118ffffffffffffffffff01"}, // a negative integer in a oneof
    {&evx__v1__field__descriptor, "0a01611200"},                   // an empty text, chosen all the same
    {&evx__v1__field__descriptor, "0a01612800"},                   // false, chosen all the same
    {&evx__v1__field__descriptor, "0a01612200"},                   // an empty message
    {&evx__v1__moment__descriptor, "0803100118012205"
                                   "5a6f6e6531"},
};

static struct evx_buf from_hex(const char *hex)
{
    struct evx_buf b = {0};
    size_t n = strlen(hex) / 2;
    cr_assert_eq(evx_buf_reserve(&b, n + 1), EVX_OK);
    b.n = n;
    for (size_t i = 0; i < n; i++) {
        char two[3] = {hex[2 * i], hex[2 * i + 1], 0};
        cr_assert(evx_unhex(b.p + i, 1, two));
    }
    return b;
}

Test(wire, tells_of_every_shape_what_packing_again_tells, .timeout = 120)
{
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct evx_buf b = from_hex(shapes[i].hex);
        compare_mutations(shapes[i].kind, evx_buf_bytes(&b), MUTATIONS / 4);
        evx_buf_free(&b);
    }
}

Test(wire, each_tolerance_of_protobuf_is_refused, .timeout = 20)
{
    static const struct {
        const char *what;
        const ProtobufCMessageDescriptor *kind;
        const char *hex;
    } cases[] = {
        {"enum above 32 bits", &evx__v1__moment__descriptor, "088380808010"},
        {"negative enum in five bytes", &evx__v1__moment__descriptor, "08ffffffff0f"},
        {"sint32 above 32 bits", &evx__v1__moment__descriptor, "18ffffffff7f"},
        {"eleven bytes of varint", &evx__v1__moment__descriptor,
         "1081808080808080808080"
         "00"},
        {"a varint of more than 64 bits", &evx__v1__moment__descriptor, "10ffffffffffffffffff03"},
        {"a default number", &evx__v1__moment__descriptor, "1000"},
        {"a default text", &evx__v1__moment__descriptor, "2200"},
        {"NUL in a text", &evx__v1__moment__descriptor, "22026100"},
        {"a number as bytes", &evx__v1__moment__descriptor, "120101"},
        {"a text as a number", &evx__v1__moment__descriptor, "2001"},
        {"the same field twice", &evx__v1__moment__descriptor, "10011002"},
        {"fields in the wrong order", &evx__v1__moment__descriptor, "10010803"},
        {"an unknown field", &evx__v1__moment__descriptor, "7801"},
        {"two members of a oneof", &evx__v1__field__descriptor, "0a01611201621801"},
        {"bool 2 in a oneof", &evx__v1__field__descriptor, "0a01612802"},
        {"a length past the end", &evx__v1__field__descriptor, "0a0261"},
        {"something wrong inside a message", &evx__v1__field__descriptor, "0a016122021000"},
        {"a tag that is cut short", &evx__v1__field__descriptor, "0a016180"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct evx_buf b = from_hex(cases[i].hex);
        cr_assert_not(evx_wire_canonical(cases[i].kind, evx_buf_bytes(&b)), "%s", cases[i].what);
        cr_assert_not(reference(cases[i].kind, evx_buf_bytes(&b)), "%s", cases[i].what);
        evx_buf_free(&b);
    }
}
