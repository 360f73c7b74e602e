// SPDX-License-Identifier: Apache-2.0
// The walk calls canonical exactly those bytes that protobuf-c unpacks, without
// fields unknown to it, and packs again the same: for every kind of message.
#include "proto/msg/wire.h"

#include <string.h>

#include "evx/v1/frame.pb-c.h"
#include "evx/v1/header.pb-c.h"
#include "evx/v1/item.pb-c.h"
#include "tests/fuzz/fuzz.h"

static bool known_only(const ProtobufCMessage *m);

static bool message_known(const uint8_t *at)
{
    const ProtobufCMessage *m;
    memcpy(&m, at, sizeof m);
    return !m || known_only(m);
}

static bool field_known(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    const uint8_t *base = (const uint8_t *)m, *elements;
    uint32_t chosen;
    size_t n;
    if (f->type != PROTOBUF_C_TYPE_MESSAGE) return true;
    if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        memcpy(&chosen, base + f->quantifier_offset, sizeof chosen);
        return chosen != f->id || message_known(base + f->offset);
    }
    if (f->label != PROTOBUF_C_LABEL_REPEATED) return message_known(base + f->offset);
    memcpy(&n, base + f->quantifier_offset, sizeof n);
    memcpy(&elements, base + f->offset, sizeof elements);
    for (size_t i = 0; i < n; i++)
        if (!message_known(elements + i * sizeof(void *))) return false;
    return true;
}

static bool known_only(const ProtobufCMessage *m)
{
    for (unsigned i = 0; i < m->descriptor->n_fields; i++)
        if (!field_known(m, &m->descriptor->fields[i])) return false;
    return m->n_unknown_fields == 0;
}

static bool packs_to(const ProtobufCMessage *m, struct evx_bytes bytes)
{
    size_t n = protobuf_c_message_get_packed_size(m);
    uint8_t *again = malloc(n + 1);
    fuzz_demand(again != NULL && protobuf_c_message_pack(m, again) == n);
    bool same = evx_bytes_equal(evx_bytes(again, n), bytes);
    free(again);
    return same;
}

void fuzz_one(struct evx_bytes input)
{
    const ProtobufCMessageDescriptor *const kind[] = {&evx__v1__header__descriptor,
                                                      &evx__v1__item__descriptor, &evx__v1__frame__descriptor,
                                                      &evx__v1__rejection_body__descriptor};
    for (size_t i = 0; i < sizeof kind / sizeof kind[0]; i++) {
        ProtobufCMessage *m = protobuf_c_message_unpack(kind[i], NULL, input.n, input.p);
        bool canonical = m && known_only(m) && packs_to(m, input);
        if (m) protobuf_c_message_free_unpacked(m, NULL);
        fuzz_demand(evx_wire_canonical(kind[i], input) == canonical);
    }
}
