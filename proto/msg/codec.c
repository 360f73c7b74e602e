// SPDX-License-Identifier: Apache-2.0
#include "proto/msg/codec.h"

#include <stdlib.h>
#include <string.h>

#include "proto/msg/arena.h"
#include "proto/msg/rules.h"
#include "proto/msg/wire.h"

struct kind {
    const struct evx_ruleset *rules;
    size_t cap;             // bytes of one packed message
    size_t budget;          // memory of one unpacked message
    enum evx_status broken; // what a broken content rule means for this kind
};

static const struct kind header_kind = {&evx_rules_header, EVX_LIMIT_HEADER_BYTES, EVX_LIMIT_UNPACK_BUDGET,
                                        EVX_E_MALFORMED};
static const struct kind item_kind = {&evx_rules_item, EVX_LIMIT_ITEM_BYTES, EVX_LIMIT_ITEM_UNPACK_BUDGET,
                                      EVX_E_ITEM_CONTENT};
static const struct kind frame_kind = {&evx_rules_frame, EVX_LIMIT_CONTROL_BYTES, EVX_LIMIT_UNPACK_BUDGET,
                                       EVX_E_MALFORMED};
static const struct kind rejection_body_kind = {&evx_rules_rejection_body, EVX_LIMIT_CONTROL_BYTES,
                                                EVX_LIMIT_UNPACK_BUDGET, EVX_E_MALFORMED};

static enum evx_status check(const struct kind *kind, const ProtobufCMessage *m, const char **where)
{
    enum evx_status s = evx_rules_check(kind->rules, m, where);
    return s == EVX_E_ITEM_CONTENT ? kind->broken : s;
}

// Generous for small messages, close to the content's own size for large ones.
static size_t expected_memory(size_t n) { return n < 8192 ? 2048 + 4 * n : 32768 + n; }

// *out is a message of the kind's own type.
static enum evx_status unpack(void **out, const struct kind *kind, struct evx_bytes bytes)
{
    *out = NULL;
    if (bytes.n > kind->cap) return EVX_E_TOO_LARGE;
    if (!evx_wire_canonical(kind->rules->descriptor, bytes)) return EVX_E_MALFORMED;
    struct evx_msg_arena *a = evx_msg_arena_new(expected_memory(bytes.n), kind->budget);
    if (!a) return EVX_E_MEMORY;
    ProtobufCAllocator allocator = evx_msg_arena_allocator(a);
    ProtobufCMessage *m = protobuf_c_message_unpack(kind->rules->descriptor, &allocator, bytes.n, bytes.p);
    const char *where;
    enum evx_status s = m ? check(kind, m, &where) : evx_msg_arena_status(a);
    if (!m && s == EVX_OK) s = EVX_E_MALFORMED;
    if (s) {
        evx_msg_arena_free(a);
        return s;
    }
    *out = m;
    return EVX_OK;
}

static enum evx_status pack(struct evx_buf *out, const struct kind *kind, const ProtobufCMessage *m)
{
    const char *where;
    enum evx_status s = check(kind, m, &where);
    if (s) return s;
    size_t n = protobuf_c_message_get_packed_size(m);
    if (n > kind->cap) return EVX_E_TOO_LARGE;
    s = evx_buf_reserve(out, n);
    if (s) return s;
    if (n) out->n += protobuf_c_message_pack(m, out->p + out->n);
    return EVX_OK;
}

static void release(void *m)
{
    if (m) evx_msg_arena_free(evx_msg_arena_of(m));
}

enum evx_status evx_header_unpack(Evx__V1__Header **out, struct evx_bytes bytes)
{
    void *m;
    enum evx_status s = unpack(&m, &header_kind, bytes);
    *out = m;
    return s;
}

enum evx_status evx_item_unpack(Evx__V1__Item **out, struct evx_bytes bytes)
{
    void *m;
    enum evx_status s = unpack(&m, &item_kind, bytes);
    *out = m;
    return s;
}

enum evx_status evx_frame_unpack(Evx__V1__Frame **out, struct evx_bytes bytes)
{
    void *m;
    enum evx_status s = unpack(&m, &frame_kind, bytes);
    *out = m;
    return s;
}

enum evx_status evx_rejection_body_unpack(Evx__V1__RejectionBody **out, struct evx_bytes bytes)
{
    void *m;
    enum evx_status s = unpack(&m, &rejection_body_kind, bytes);
    *out = m;
    return s;
}

void evx_header_free(Evx__V1__Header *m) { release(m); }
void evx_item_free(Evx__V1__Item *m) { release(m); }
void evx_frame_free(Evx__V1__Frame *m) { release(m); }
void evx_rejection_body_free(Evx__V1__RejectionBody *m) { release(m); }

enum evx_status evx_header_pack(struct evx_buf *out, const Evx__V1__Header *m)
{
    return pack(out, &header_kind, &m->base);
}

enum evx_status evx_item_pack(struct evx_buf *out, const Evx__V1__Item *m)
{
    return pack(out, &item_kind, &m->base);
}

enum evx_status evx_frame_pack(struct evx_buf *out, const Evx__V1__Frame *m)
{
    return pack(out, &frame_kind, &m->base);
}

enum evx_status evx_rejection_body_pack(struct evx_buf *out, const Evx__V1__RejectionBody *m)
{
    return pack(out, &rejection_body_kind, &m->base);
}

enum evx_status evx_item_copy(Evx__V1__Item **out, const Evx__V1__Item *m)
{
    *out = NULL;
    struct evx_buf packed = {0};
    enum evx_status s = evx_item_pack(&packed, m);
    if (s == EVX_OK) s = evx_item_unpack(out, evx_buf_bytes(&packed));
    evx_buf_free(&packed);
    return s;
}

enum evx_status evx_item_check(const Evx__V1__Item *m, const char **where)
{
    const char *at = NULL;
    enum evx_status s = check(&item_kind, &m->base, &at);
    if (where && s) *where = at;
    return s;
}
