// SPDX-License-Identifier: Apache-2.0
//
// Strict unpacking. A message is taken only if its bytes are the one canonical
// encoding (proto/msg/wire.h): size cap, known fields only, budgeted memory, text is
// UTF-8 without NUL, counts and lengths within limits.
// Anything else is refused, never repaired.
//
// The generated types (Evx__V1__Header …) are used as they are; free them with
// the function of the same name here. Thread safe; no I/O.
#ifndef EVX_PROTO_MSG_CODEC_H
#define EVX_PROTO_MSG_CODEC_H

#include "evx/v1/frame.pb-c.h"
#include "evx/v1/header.pb-c.h"
#include "evx/v1/item.pb-c.h"
#include "proto/base/bytes.h"
#include "proto/limits.h"

// All return MALFORMED (bytes), TOO_LARGE (over a cap), ITEM_CONTENT (an item
// whose content breaks a rule) or MEMORY; *out is NULL unless EVX_OK.
EVX_MUST_CHECK enum evx_status evx_header_unpack(Evx__V1__Header **out, struct evx_bytes bytes);
EVX_MUST_CHECK enum evx_status evx_item_unpack(Evx__V1__Item **out, struct evx_bytes bytes);
EVX_MUST_CHECK enum evx_status evx_frame_unpack(Evx__V1__Frame **out, struct evx_bytes bytes);
EVX_MUST_CHECK enum evx_status evx_rejection_body_unpack(Evx__V1__RejectionBody **out,
                                                         struct evx_bytes bytes);
void evx_header_free(Evx__V1__Header *m);
void evx_item_free(Evx__V1__Item *m);
void evx_frame_free(Evx__V1__Frame *m);
void evx_rejection_body_free(Evx__V1__RejectionBody *m);

// Appends the canonical encoding. The same content rules are checked first, so
// that what we cannot read we never write.
EVX_MUST_CHECK enum evx_status evx_header_pack(struct evx_buf *out, const Evx__V1__Header *m);
EVX_MUST_CHECK enum evx_status evx_item_pack(struct evx_buf *out, const Evx__V1__Item *m);
EVX_MUST_CHECK enum evx_status evx_frame_pack(struct evx_buf *out, const Evx__V1__Frame *m);
EVX_MUST_CHECK enum evx_status evx_rejection_body_pack(struct evx_buf *out, const Evx__V1__RejectionBody *m);

// A deep copy, by packing and unpacking.
EVX_MUST_CHECK enum evx_status evx_item_copy(Evx__V1__Item **out, const Evx__V1__Item *m);

// The rules for an item's content alone (also applied by pack and unpack):
// required fields, enum ranges, lengths, counts, identifiers of 16 or 32 bytes.
// *where (static text such as "evidence.kind") is set on failure; may be NULL.
EVX_MUST_CHECK enum evx_status evx_item_check(const Evx__V1__Item *m, const char **where);

#endif
