// SPDX-License-Identifier: Apache-2.0
#include "proto/msg/wire.h"

#include <string.h>

enum { WIRE_VARINT = 0, WIRE_LENGTH = 2 };
#define ONEOFS 4 // in one message; ours have one

struct walk {
    const ProtobufCMessageDescriptor *kind;
    struct evx_bytes left;
    unsigned at;            // of the field that the next one may not come before
    bool taken;             // that field was there already
    unsigned oneof[ONEOFS]; // those of which a member was there
    unsigned oneofs;
};

// The shortest form only. Nearly all are one byte.
static inline bool take_varint(struct evx_bytes *in, uint64_t *v)
{
    *v = 0;
    if (in->n && *in->p < 0x80) {
        *v = *in->p++;
        in->n--;
        return true;
    }
    for (unsigned shift = 0; in->n && shift < 64; shift += 7) {
        uint8_t byte = *in->p++;
        in->n--;
        if (shift == 63 && byte > 1) return false;
        *v |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) return byte != 0 || shift == 0;
    }
    return false;
}

static bool take_length(struct evx_bytes *in, struct evx_bytes *content)
{
    uint64_t n;
    if (!take_varint(in, &n) || n > in->n) return false;
    *content = evx_bytes(in->p, (size_t)n);
    in->p += n;
    in->n -= (size_t)n;
    return true;
}

static bool in_range(ProtobufCType type, uint64_t v)
{
    switch (type) {
    case PROTOBUF_C_TYPE_BOOL: return v <= 1;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_SINT32: return v <= UINT32_MAX;
    case PROTOBUF_C_TYPE_ENUM: return v <= INT32_MAX || v >= (uint64_t)(int64_t)INT32_MIN;
    default: return true;
    }
}

// `explicit`: a default value is said too, because the field itself says something.
static bool number_ok(struct walk *w, ProtobufCType type, bool explicit)
{
    uint64_t v;
    return take_varint(&w->left, &v) && in_range(type, v) && (explicit || v != 0);
}

static bool content_ok(struct walk *w, const ProtobufCFieldDescriptor *f, bool explicit)
{
    struct evx_bytes content;
    if (!take_length(&w->left, &content)) return false;
    if (f->type == PROTOBUF_C_TYPE_MESSAGE) return evx_wire_canonical(f->descriptor, content);
    if (f->type == PROTOBUF_C_TYPE_STRING && content.n && memchr(content.p, 0, content.n)) return false;
    return explicit || content.n != 0;
}

static bool value_ok(struct walk *w, const ProtobufCFieldDescriptor *f, unsigned wire, bool explicit)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_SINT64:
        return wire == WIRE_VARINT && f->label == PROTOBUF_C_LABEL_NONE && number_ok(w, f->type, explicit);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE: return wire == WIRE_LENGTH && content_ok(w, f, explicit);
    default: return false;
    }
}

static bool first_of_oneof(struct walk *w, const ProtobufCFieldDescriptor *f)
{
    for (unsigned i = 0; i < w->oneofs; i++)
        if (w->oneof[i] == f->quantifier_offset) return false;
    if (w->oneofs == ONEOFS) return false;
    w->oneof[w->oneofs++] = f->quantifier_offset;
    return true;
}

// The schema's fields are sorted by number, and so is what was packed.
static const ProtobufCFieldDescriptor *next_field(struct walk *w, uint64_t number)
{
    unsigned before = w->at;
    while (w->at < w->kind->n_fields && w->kind->fields[w->at].id < number)
        w->at++;
    if (w->at == w->kind->n_fields || w->kind->fields[w->at].id != number) return NULL;
    const ProtobufCFieldDescriptor *f = &w->kind->fields[w->at];
    bool again = w->taken && w->at == before;
    w->taken = true;
    return again && f->label != PROTOBUF_C_LABEL_REPEATED ? NULL : f;
}

static bool field_ok(struct walk *w)
{
    uint64_t tag;
    if (!take_varint(&w->left, &tag)) return false;
    const ProtobufCFieldDescriptor *f = next_field(w, tag >> 3);
    if (!f) return false;
    bool repeated = f->label == PROTOBUF_C_LABEL_REPEATED, oneof = f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF;
    if (!repeated && f->label != PROTOBUF_C_LABEL_NONE) return false;
    if (oneof && !first_of_oneof(w, f)) return false;
    return value_ok(w, f, tag & 7, repeated || oneof);
}

bool evx_wire_canonical(const ProtobufCMessageDescriptor *kind, struct evx_bytes bytes)
{
    struct walk w = {.kind = kind, .left = bytes};
    while (w.left.n)
        if (!field_ok(&w)) return false;
    return true;
}
