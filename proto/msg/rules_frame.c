// SPDX-License-Identifier: Apache-2.0
#include "evx/v1/frame.pb-c.h"
#include "proto/limits.h"
#include "proto/msg/rules.h"

#define RULESET(name, type, more)                                                                            \
    static const struct evx_ruleset name = {&evx__v1__##type##__descriptor, name##_rules,                    \
                                            sizeof name##_rules / sizeof name##_rules[0], more}
#define NOTE EVX_LIMIT_CONTROL_BYTES

static const struct evx_rule hello_rules[] = {
    {.where = "hello.version"},
    {.where = "hello.directory_version"},
    {.where = "hello.program", .max = EVX_LIMIT_NAME_BYTES},
};
RULESET(hello, hello, NULL);

static const struct evx_rule welcome_rules[] = {
    {.where = "welcome.version"},
    {.where = "welcome.credit_bytes"},
    {.where = "welcome.directory_version"},
    {.where = "welcome.now_ms"},
};
RULESET(welcome, welcome, NULL);

static const struct evx_rule submit_rules[] = {
    {.where = "submit.consignment", .min = 32, .max = 32, .required = true},
    {.where = "submit.bytes"},
};
RULESET(submit, submit, NULL);

static const struct evx_rule receipt_rules[] = {
    {.where = "receipt.consignment", .min = 32, .max = 32, .required = true},
    {.where = "receipt.inspection", .min = 16, .max = 16, .required = true},
    {.where = "receipt.index"},
    {.where = "receipt.received_ms"},
    {.where = "receipt.path", .min = 32, .max = 32, .count = EVX_LIMIT_PROOF_HASHES},
    {.where = "receipt.checkpoint", .max = NOTE, .required = true},
    {.where = "receipt.duplicate"},
};
RULESET(receipt, receipt, NULL);

static const struct evx_rule rejection_rules[] = {
    {.where = "rejection.body", .max = NOTE, .required = true},
    {.where = "rejection.signer", .min = 32, .max = 32, .required = true},
    {.where = "rejection.signature", .min = 64, .max = 64, .required = true},
};
RULESET(rejection, rejection, NULL);

static const struct evx_rule fetch_rules[] = {
    {.where = "fetch.inspection", .min = 16, .max = 16, .required = true},
    {.where = "fetch.from_index"},
    {.where = "fetch.max_bytes"},
    {.where = "fetch.max_entries"},
    {.where = "fetch.follow"},
};
RULESET(fetch, fetch, NULL);

static const struct evx_rule entry_rules[] = {
    {.where = "entry.inspection", .min = 16, .max = 16, .required = true},
    {.where = "entry.index"},
    {.where = "entry.log_entry", .max = EVX_LIMIT_HEADER_BYTES + 128, .required = true},
    {.where = "entry.body"},
    {.where = "entry.bytes"},
    {.where = "entry.sender", .max = EVX_LIMIT_NAME_BYTES},
    {.where = "entry.expired"},
    {.where = "entry.path", .min = 32, .max = 32, .count = EVX_LIMIT_PROOF_HASHES},
};
RULESET(entry, entry, NULL);

static const struct evx_rule fetch_end_rules[] = {
    {.where = "fetch_end.inspection", .min = 16, .max = 16, .required = true},
    {.where = "fetch_end.next_index"},
    {.where = "fetch_end.size"},
    {.where = "fetch_end.checkpoint", .max = NOTE},
    {.where = "fetch_end.consistency", .min = 32, .max = 32, .count = EVX_LIMIT_PROOF_HASHES},
};
RULESET(fetch_end, fetch_end, NULL);

static const struct evx_rule ping_rules[] = {{.where = "ping.nonce"}};
RULESET(ping, ping, NULL);

static const struct evx_rule pong_rules[] = {{.where = "pong.nonce"}};
RULESET(pong, pong, NULL);

static const struct evx_rule get_receipt_rules[] = {
    {.where = "get_receipt.inspection", .min = 16, .max = 16, .required = true},
    {.where = "get_receipt.consignment", .min = 32, .max = 32},
    {.where = "get_receipt.stream", .min = 16, .max = 16},
    {.where = "get_receipt.sequence"},
    {.where = "get_receipt.under_size"},
};

static const char *get_receipt_more(const ProtobufCMessage *m)
{
    const Evx__V1__GetReceipt *g = (const Evx__V1__GetReceipt *)m;
    return g->consignment.len == 0 && g->stream.len == 0 ? "get_receipt.consignment" : NULL;
}
RULESET(get_receipt, get_receipt, get_receipt_more);

static const struct evx_rule get_directory_rules[] = {{.where = "get_directory.version"}};
RULESET(get_directory, get_directory, NULL);

static const struct evx_rule directory_rules[] = {
    {.where = "directory.version"},
    {.where = "directory.note", .max = NOTE},
    {.where = "directory.bytes"},
};
RULESET(directory, directory_note, NULL);

static const struct evx_rule get_checkpoint_rules[] = {
    {.where = "get_checkpoint.inspection", .min = 16, .max = 16, .required = true},
};
RULESET(get_checkpoint, get_checkpoint, NULL);

static const struct evx_rule checkpoint_rules[] = {
    {.where = "checkpoint.inspection", .min = 16, .max = 16, .required = true},
    {.where = "checkpoint.checkpoint", .max = NOTE, .required = true},
    {.where = "checkpoint.witnessed", .max = NOTE},
    {.where = "checkpoint.candidate", .max = NOTE},
    {.where = "checkpoint.refused"},
};
RULESET(checkpoint, checkpoint, NULL);

static const struct evx_rule get_consistency_rules[] = {
    {.where = "get_consistency.inspection", .min = 16, .max = 16, .required = true},
    {.where = "get_consistency.from_size"},
    {.where = "get_consistency.to_size"},
};
RULESET(get_consistency, get_consistency, NULL);

static const struct evx_rule consistency_rules[] = {
    {.where = "consistency.inspection", .min = 16, .max = 16, .required = true},
    {.where = "consistency.from_size"},
    {.where = "consistency.to_size"},
    {.where = "consistency.path", .min = 32, .max = 32, .count = EVX_LIMIT_PROOF_HASHES},
    {.where = "consistency.old_root", .min = 32, .max = 32},
};
RULESET(consistency, consistency, NULL);

static const struct evx_rule get_stream_rules[] = {
    {.where = "get_stream.inspection", .min = 16, .max = 16, .required = true},
    {.where = "get_stream.stream", .min = 16, .max = 16, .required = true},
};
RULESET(get_stream, get_stream, NULL);

static const struct evx_rule stream_head_rules[] = {
    {.where = "stream_head.inspection", .min = 16, .max = 16, .required = true},
    {.where = "stream_head.stream", .min = 16, .max = 16, .required = true},
    {.where = "stream_head.sequence"},
    {.where = "stream_head.last", .min = 32, .max = 32},
    {.where = "stream_head.frozen"},
};

static const char *stream_head_more(const ProtobufCMessage *m)
{
    const Evx__V1__StreamHead *h = (const Evx__V1__StreamHead *)m;
    return (h->sequence == 0) != (h->last.len == 0) ? "stream_head.last" : NULL;
}
RULESET(stream_head, stream_head, stream_head_more);

static const struct evx_rule get_equivocations_rules[] = {
    {.where = "get_equivocations.inspection", .min = 16, .max = 16, .required = true},
    {.where = "get_equivocations.after"},
};
RULESET(get_equivocations, get_equivocations, NULL);

static const struct evx_rule equivocation_rules[] = {
    {.where = "equivocation.inspection", .min = 16, .max = 16, .required = true},
    {.where = "equivocation.number"},
    {.where = "equivocation.first", .max = EVX_LIMIT_HEADER_BYTES + 128},
    {.where = "equivocation.second", .max = EVX_LIMIT_HEADER_BYTES + 128},
};

static const char *equivocation_more(const ProtobufCMessage *m)
{
    const Evx__V1__Equivocation *e = (const Evx__V1__Equivocation *)m;
    if ((e->number == 0) != (e->first.len == 0)) return "equivocation.first";
    return (e->number == 0) != (e->second.len == 0) ? "equivocation.second" : NULL;
}
RULESET(equivocation, equivocation, equivocation_more);

static const struct evx_rule cosign_rules[] = {
    {.where = "cosign.inspection", .min = 16, .max = 16, .required = true},
    {.where = "cosign.size"},
    {.where = "cosign.line", .max = 1024, .required = true},
};
RULESET(cosign, cosign, NULL);

static const struct evx_rule more_rules[] = {
    {.where = "more.inspection", .min = 16, .max = 16, .required = true},
    {.where = "more.size"},
};
RULESET(more, more, NULL);

static const struct evx_rule frame_rules[] = {
    {.where = "frame.hello", .required = true, .sub = &hello},
    {.where = "frame.welcome", .required = true, .sub = &welcome},
    {.where = "frame.submit", .required = true, .sub = &submit},
    {.where = "frame.receipt", .required = true, .sub = &receipt},
    {.where = "frame.rejection", .required = true, .sub = &rejection},
    {.where = "frame.fetch", .required = true, .sub = &fetch},
    {.where = "frame.entry", .required = true, .sub = &entry},
    {.where = "frame.fetch_end", .required = true, .sub = &fetch_end},
    {.where = "frame.ping", .required = true, .sub = &ping},
    {.where = "frame.pong", .required = true, .sub = &pong},
    {.where = "frame.get_receipt", .required = true, .sub = &get_receipt},
    {.where = "frame.get_directory", .required = true, .sub = &get_directory},
    {.where = "frame.directory", .required = true, .sub = &directory},
    {.where = "frame.get_checkpoint", .required = true, .sub = &get_checkpoint},
    {.where = "frame.checkpoint", .required = true, .sub = &checkpoint},
    {.where = "frame.get_consistency", .required = true, .sub = &get_consistency},
    {.where = "frame.consistency", .required = true, .sub = &consistency},
    {.where = "frame.get_stream", .required = true, .sub = &get_stream},
    {.where = "frame.stream_head", .required = true, .sub = &stream_head},
    {.where = "frame.cosign", .required = true, .sub = &cosign},
    {.where = "frame.more", .required = true, .sub = &more},
    {.where = "frame.get_equivocations", .required = true, .sub = &get_equivocations},
    {.where = "frame.equivocation", .required = true, .sub = &equivocation},
};

static const char *frame_more(const ProtobufCMessage *m)
{
    const Evx__V1__Frame *f = (const Evx__V1__Frame *)m;
    return f->body_case == EVX__V1__FRAME__BODY__NOT_SET ? "frame.body" : NULL;
}
const struct evx_ruleset evx_rules_frame = {&evx__v1__frame__descriptor, frame_rules,
                                            sizeof frame_rules / sizeof frame_rules[0], frame_more};

static const struct evx_rule rejection_body_rules[] = {
    {.where = "rejection_body.consignment", .min = 32, .max = 32},
    {.where = "rejection_body.code"},
    {.where = "rejection_body.expected_sequence"},
    {.where = "rejection_body.time_ms"},
    {.where = "rejection_body.inspection", .min = 16, .max = 16},
    {.where = "rejection_body.detail", .max = EVX_LIMIT_NAME_BYTES},
};
const struct evx_ruleset evx_rules_rejection_body = {
    &evx__v1__rejection_body__descriptor, rejection_body_rules,
    sizeof rejection_body_rules / sizeof rejection_body_rules[0], NULL};
