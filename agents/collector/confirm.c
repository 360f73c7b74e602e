// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/confirm.h"

#include <string.h>

#include "proto/msg/codec.h"

void evx_confirm_id(struct evx_item_id *out, const char *organisation, const struct evx_item_id *statement)
{
    uint8_t text[sizeof statement->b + EVX_ORG_ID_BYTES];
    struct evx_digest hash;
    size_t n = strnlen(organisation, EVX_ORG_ID_BYTES);
    memcpy(text, statement->b, sizeof statement->b);
    memcpy(text + sizeof statement->b, organisation, n);
    evx_sha256_2(&hash, "evx/confirmation/v1\n", evx_bytes(text, sizeof statement->b + n));
    memcpy(out->b, hash.b, sizeof out->b);
}

static ProtobufCBinaryData bytes_of(const uint8_t *p, size_t n)
{
    return (ProtobufCBinaryData){n, (uint8_t *)(uintptr_t)p};
}

enum evx_status evx_confirm_pack(struct evx_buf *out, const struct evx_store_statement *s)
{
    Evx__V1__CompletenessConfirmation m = EVX__V1__COMPLETENESS_CONFIRMATION__INIT;
    m.statement = bytes_of(s->id.b, sizeof s->id);
    m.stream = bytes_of(s->stream.b, sizeof s->stream);
    m.first = s->first;
    m.last = s->last;
    m.root = bytes_of(s->found_root.b, sizeof s->found_root);
    m.items = s->found_items;
    m.final = s->final;
    m.code = (uint32_t)s->code;
    m.log_size = s->ref.index + 1;
    m.rejected = s->found_rejected;
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    item.body_case = EVX__V1__ITEM__BODY_CONFIRMATION;
    item.confirmation = &m;
    return evx_item_pack(out, &item);
}
