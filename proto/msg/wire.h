// SPDX-License-Identifier: Apache-2.0
//
// The one canonical encoding, told from the bytes alone: fields in ascending order and
// none unknown, each at most once unless repeated, one member of a oneof, shortest
// varints, no default value written out, texts without NUL, lengths that end exactly.
// For every schema of ours this is what packing an unpacked message again would tell,
// at a fraction of the cost and before any memory is taken.
#ifndef EVX_PROTO_MSG_WIRE_H
#define EVX_PROTO_MSG_WIRE_H

#include <protobuf-c/protobuf-c.h>

#include "proto/base/bytes.h"

// A schema that uses a type of field which ours do not (fixed, floating, packed,
// optional) has no canonical bytes: false. Nesting ends with the schema's own.
EVX_MUST_CHECK bool evx_wire_canonical(const ProtobufCMessageDescriptor *kind, struct evx_bytes bytes);

#endif
