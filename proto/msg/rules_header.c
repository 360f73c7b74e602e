// SPDX-License-Identifier: Apache-2.0
#include "evx/v1/header.pb-c.h"
#include "proto/base/bytes.h"
#include "proto/limits.h"
#include "proto/msg/rules.h"

#define KNOWN_FLAGS (EVX__V1__HEADER_FLAG__FLAG_TEST_DATA | EVX__V1__HEADER_FLAG__FLAG_STREAM_RESET)

static const char *header_more(const ProtobufCMessage *m)
{
    const Evx__V1__Header *h = (const Evx__V1__Header *)m;
    bool reset = h->flags & EVX__V1__HEADER_FLAG__FLAG_STREAM_RESET;
    if (h->sequence == 0) return "header.sequence";
    if ((h->sequence == 1) != (h->previous.len == 0)) return "header.previous";
    if (h->item_count == 0 || h->item_count > EVX_LIMIT_ITEMS) return "header.item_count";
    if (h->ciphertext_bytes == 0 || h->ciphertext_bytes > EVX_LIMIT_CIPHERTEXT_BYTES)
        return "header.ciphertext_bytes";
    if (h->flags & ~(uint32_t)KNOWN_FLAGS) return "header.flags";
    if (reset ? h->sequence != 1 : h->reset_of.len != 0) return "header.reset_of";
    return NULL;
}

static const struct evx_rule header_rules[] = {
    {.where = "header.version"},
    {.where = "header.suite"},
    {.where = "header.sender", .min = 32, .max = 32, .required = true},
    {.where = "header.stream", .min = 16, .max = 16, .required = true},
    {.where = "header.sequence"},
    {.where = "header.previous", .min = 32, .max = 32},
    {.where = "header.nonce", .min = 16, .max = 16, .required = true},
    {.where = "header.inspection", .min = 16, .max = 16, .required = true},
    {.where = "header.created_ms"},
    {.where = "header.directory_version"},
    {.where = "header.directory_hash", .min = 32, .max = 32, .required = true},
    {.where = "header.item_count"},
    {.where = "header.items_root", .min = 32, .max = 32, .required = true},
    {.where = "header.recipient", .min = 32, .max = 32, .count = EVX_LIMIT_RECIPIENTS, .required = true},
    {.where = "header.wraps_root", .min = 32, .max = 32, .required = true},
    {.where = "header.ciphertext_bytes"},
    {.where = "header.marking", .required = true},
    {.where = "header.purpose", .required = true},
    {.where = "header.flags"},
    {.where = "header.reset_of", .min = 32, .max = 32},
};

const struct evx_ruleset evx_rules_header = {&evx__v1__header__descriptor, header_rules,
                                             sizeof header_rules / sizeof header_rules[0], header_more};
