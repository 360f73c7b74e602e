// SPDX-License-Identifier: Apache-2.0
//
// What a message may contain, as tables: one row a field, in the order of the
// field numbers. One walk over message and table checks everything that can be
// said of a field alone: text valid, lengths, counts, known enum values, no
// unknown fields. What concerns several fields is a function beside the table.
#ifndef EVX_PROTO_MSG_RULES_H
#define EVX_PROTO_MSG_RULES_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "proto/base/status.h"

struct evx_ruleset;

struct evx_rule {
    const char *where;             // static, "evidence.kind"
    uint32_t min;                  // text, bytes: least length of one that is there
    uint32_t max;                  // text, bytes: greatest length
    uint32_t count;                // repeated fields: greatest number
    bool required;                 // text, bytes, messages: there; enums: not 0; repeated: at least one
    const struct evx_ruleset *sub; // messages: the rules of what is inside
};

struct evx_ruleset {
    const ProtobufCMessageDescriptor *descriptor;
    const struct evx_rule *rule;
    size_t rules; // equals descriptor->n_fields
    // Rules over several fields: NULL, or static text naming the one at fault.
    const char *(*more)(const ProtobufCMessage *m);
};

extern const struct evx_ruleset evx_rules_header;
extern const struct evx_ruleset evx_rules_item;
extern const struct evx_ruleset evx_rules_frame;
extern const struct evx_ruleset evx_rules_rejection_body;

// MALFORMED for what no writer of ours could mean (unknown fields, broken text,
// a value outside its type), ITEM_CONTENT for a broken rule. *where is set on
// failure. Depth is bounded by the schema, which has no recursive type.
EVX_MUST_CHECK enum evx_status evx_rules_check(const struct evx_ruleset *rules, const ProtobufCMessage *m,
                                               const char **where);

#endif
