// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "evx/v1/item.pb-c.h"
#include "proto/limits.h"
#include "proto/msg/rules.h"

#define RULESET(name, type, more)                                                                            \
    static const struct evx_ruleset name = {&evx__v1__##type##__descriptor, name##_rules,                    \
                                            sizeof name##_rules / sizeof name##_rules[0], more}
#define NAME      EVX_LIMIT_NAME_BYTES
#define TEXT      EVX_LIMIT_TEXT_BYTES
#define MOMENT    .sub = &moment
#define ITEM_ID   .min = 16, .max = 16
#define DIGEST    .min = 32, .max = 32
#define YEAR_1800 (-5364662400000)
#define YEAR_9999 253402300799999
#define MAX_PARTS 65536u
#define MAX_SCALE 18u

static const struct evx_rule moment_rules[] = {
    {.where = "moment.precision"},         {.where = "moment.utc_ms"},
    {.where = "moment.offset_min"},        {.where = "moment.zone", .max = NAME},
    {.where = "moment.text", .max = NAME}, {.where = "moment.zone_source"},
};

static const char *moment_more(const ProtobufCMessage *m)
{
    const Evx__V1__Moment *t = (const Evx__V1__Moment *)m;
    if (t->utc_ms < YEAR_1800 || t->utc_ms > YEAR_9999) return "moment.utc_ms";
    if (t->offset_min < -18 * 60 || t->offset_min > 18 * 60) return "moment.offset_min";
    return NULL;
}
RULESET(moment, moment, moment_more);

static const struct evx_rule identifier_rules[] = {
    {.where = "identifier.scheme", .max = NAME, .required = true},
    {.where = "identifier.value", .max = NAME, .required = true},
    {.where = "identifier.issuer", .max = NAME},
};
RULESET(identifier, identifier, NULL);

static const struct evx_rule subject_rules[] = {
    {.where = "subject.role", .required = true},
    {.where = "subject.identifier", .count = EVX_LIMIT_IDENTIFIERS, .sub = &identifier},
    {.where = "subject.family_name", .max = NAME},
    {.where = "subject.given_name", .max = NAME},
    {.where = "subject.born", MOMENT},
    {.where = "subject.sex", .max = NAME},
};
RULESET(subject, subject, NULL);

static const struct evx_rule criterion_rules[] = {
    {.where = "criterion.framework", .max = NAME, .required = true},
    {.where = "criterion.criterion", .max = NAME, .required = true},
};
RULESET(criterion, criterion_ref, NULL);

static const struct evx_rule decimal_rules[] = {{.where = "decimal.unscaled"}, {.where = "decimal.scale"}};

static const char *decimal_more(const ProtobufCMessage *m)
{
    return ((const Evx__V1__Decimal *)m)->scale > MAX_SCALE ? "decimal.scale" : NULL;
}
RULESET(decimal, decimal, decimal_more);

static const struct evx_rule field_rules[] = {
    {.where = "field.name", .max = NAME, .required = true},
    {.where = "field.text", .max = TEXT, .required = true},
    {.where = "field.integer"},
    {.where = "field.moment", .required = true, MOMENT},
    {.where = "field.flag"},
    {.where = "field.decimal", .required = true, .sub = &decimal},
};

static const char *field_more(const ProtobufCMessage *m)
{
    const Evx__V1__Field *f = (const Evx__V1__Field *)m;
    return f->value_case == EVX__V1__FIELD__VALUE__NOT_SET ? "field.value" : NULL;
}
RULESET(field, field, field_more);

static const struct evx_rule origin_rules[] = {
    {.where = "origin.file_digest", DIGEST},  {.where = "origin.file_name", .max = NAME},
    {.where = "origin.sheet", .max = NAME},   {.where = "origin.row"},
    {.where = "origin.profile", .max = NAME},
};
RULESET(origin, origin, NULL);

static const struct evx_rule attachment_ref_rules[] = {
    {.where = "attachment_ref.digest", DIGEST, .required = true},
    {.where = "attachment_ref.size"},
    {.where = "attachment_ref.media_type", .max = NAME},
    {.where = "attachment_ref.file_name", .max = NAME},
};

static const char *attachment_ref_more(const ProtobufCMessage *m)
{
    return ((const Evx__V1__AttachmentRef *)m)->size > EVX_LIMIT_ATTACHMENT_BYTES ? "attachment_ref.size"
                                                                                  : NULL;
}
RULESET(attachment_ref, attachment_ref, attachment_ref_more);

static const struct evx_rule evidence_rules[] = {
    {.where = "evidence.inspection", ITEM_ID, .required = true},
    {.where = "evidence.kind", .max = NAME, .required = true},
    {.where = "evidence.criterion", .count = EVX_LIMIT_CRITERIA, .sub = &criterion},
    {.where = "evidence.subject", .count = EVX_LIMIT_SUBJECTS, .sub = &subject},
    {.where = "evidence.occurred", MOMENT},
    {.where = "evidence.recorded", MOMENT},
    {.where = "evidence.received", MOMENT},
    {.where = "evidence.source_type", .required = true},
    {.where = "evidence.interview_time", MOMENT},
    {.where = "evidence.interview_role", .max = NAME},
    {.where = "evidence.direction", .required = true},
    {.where = "evidence.significance", .required = true},
    {.where = "evidence.narrative", .max = TEXT},
    {.where = "evidence.field", .count = EVX_LIMIT_FIELDS, .sub = &field},
    {.where = "evidence.origin_agency", .max = NAME, .required = true},
    {.where = "evidence.accountable_agency", .max = NAME, .count = EVX_LIMIT_ACCOUNTABLE},
    {.where = "evidence.shared_accountability"},
    {.where = "evidence.purpose", .max = NAME},
    {.where = "evidence.lawful_basis", .max = NAME},
    {.where = "evidence.marking", .max = NAME},
    {.where = "evidence.retention_class", .max = NAME},
    {.where = "evidence.in_reply_to", ITEM_ID},
    {.where = "evidence.supersedes", ITEM_ID},
    {.where = "evidence.attachment", .count = EVX_LIMIT_ATTACHMENT_REFS, .sub = &attachment_ref},
    {.where = "evidence.origin", .sub = &origin},
    {.where = "evidence.collected_by", .max = NAME},
};

static const char *evidence_more(const ProtobufCMessage *m)
{
    const Evx__V1__Evidence *e = (const Evx__V1__Evidence *)m;
    bool role = e->interview_role && e->interview_role[0];
    if (e->source_type != EVX__V1__SOURCE_TYPE__SOURCE_INTERVIEW) {
        if (e->interview_time) return "evidence.interview_time";
        return role ? "evidence.interview_role" : NULL;
    }
    if (!e->interview_time) return "evidence.interview_time";
    if (!role) return "evidence.interview_role";
    return NULL;
}
RULESET(evidence, evidence, evidence_more);

static const struct evx_rule correction_rules[] = {
    {.where = "correction.target", ITEM_ID, .required = true},
    {.where = "correction.reason", .max = TEXT, .required = true},
    {.where = "correction.replacement", .required = true, .sub = &evidence},
};
RULESET(correction, correction, NULL);

static const struct evx_rule withdrawal_rules[] = {
    {.where = "withdrawal.target", ITEM_ID, .required = true},
    {.where = "withdrawal.reason", .max = TEXT, .required = true},
};
RULESET(withdrawal, withdrawal, NULL);

static const struct evx_rule attachment_rules[] = {
    {.where = "attachment.file", .required = true, .sub = &attachment_ref},
    {.where = "attachment.part"},
    {.where = "attachment.part_count"},
    {.where = "attachment.content", .max = EVX_LIMIT_ATTACHMENT_PART},
};

static const char *attachment_more(const ProtobufCMessage *m)
{
    const Evx__V1__Attachment *a = (const Evx__V1__Attachment *)m;
    if (a->part_count == 0 || a->part_count > MAX_PARTS) return "attachment.part_count";
    if (a->part == 0 || a->part > a->part_count) return "attachment.part";
    if (a->content.len > a->file->size) return "attachment.content";
    if (a->content.len == 0 && a->file->size > 0) return "attachment.content";
    return NULL;
}
RULESET(attachment, attachment, attachment_more);

static const struct evx_rule request_rules[] = {
    {.where = "request.text", .max = TEXT, .required = true},
    {.where = "request.agency", .max = NAME, .count = EVX_LIMIT_ACCOUNTABLE},
    {.where = "request.child", .count = EVX_LIMIT_SUBJECTS, .sub = &subject},
    {.where = "request.criterion", .count = EVX_LIMIT_CRITERIA, .sub = &criterion},
    {.where = "request.due", MOMENT},
    {.where = "request.kind", .max = NAME},
};
RULESET(request, request, NULL);

static const struct evx_rule nil_return_rules[] = {
    {.where = "nil_return.in_reply_to", ITEM_ID},
    {.where = "nil_return.ground", .required = true},
    {.where = "nil_return.reason", .max = TEXT},
    {.where = "nil_return.held_by", .max = NAME},
    {.where = "nil_return.child", .count = EVX_LIMIT_SUBJECTS, .sub = &subject},
    {.where = "nil_return.searched", .max = TEXT},
    {.where = "nil_return.period_from", MOMENT},
    {.where = "nil_return.period_to", MOMENT},
};

static const char *nil_return_more(const ProtobufCMessage *m)
{
    const Evx__V1__NilReturn *n = (const Evx__V1__NilReturn *)m;
    bool reason = n->reason && n->reason[0];
    return n->ground == EVX__V1__NIL_GROUND__NIL_WITHHELD && !reason ? "nil_return.reason" : NULL;
}
RULESET(nil_return, nil_return, nil_return_more);

static const struct evx_rule item_result_rules[] = {
    {.where = "item_result.item_id", ITEM_ID, .required = true},
    {.where = "item_result.code"},
};

static const char *item_result_more(const ProtobufCMessage *m)
{
    return ((const Evx__V1__ItemResult *)m)->code == 0 ? "item_result.code" : NULL;
}
RULESET(item_result, item_result, item_result_more);

static const struct evx_rule consignment_result_rules[] = {
    {.where = "consignment_result.consignment", DIGEST, .required = true},
    {.where = "consignment_result.log_index"},
    {.where = "consignment_result.code"},
    {.where = "consignment_result.rejected", .count = EVX_LIMIT_ITEMS, .sub = &item_result},
};
RULESET(consignment_result, consignment_result, NULL);

static const struct evx_rule acknowledgement_rules[] = {
    {.where = "acknowledgement.result",
     .count = EVX_LIMIT_ACK_RESULTS,
     .required = true,
     .sub = &consignment_result},
};
RULESET(acknowledgement, acknowledgement, NULL);

static const struct evx_rule heartbeat_rules[] = {
    {.where = "heartbeat.stream", ITEM_ID, .required = true},
    {.where = "heartbeat.sequence"},
    {.where = "heartbeat.last", DIGEST},
};

static const char *heartbeat_more(const ProtobufCMessage *m)
{
    const Evx__V1__Heartbeat *h = (const Evx__V1__Heartbeat *)m;
    return (h->sequence == 0) != (h->last.len == 0) ? "heartbeat.last" : NULL;
}
RULESET(heartbeat, heartbeat, heartbeat_more);

static const struct evx_rule completeness_rules[] = {
    {.where = "completeness.stream", ITEM_ID, .required = true},
    {.where = "completeness.first"},
    {.where = "completeness.last"},
    {.where = "completeness.root", DIGEST, .required = true},
    {.where = "completeness.items"},
    {.where = "completeness.final"},
};

// Nothing sent yet is first 1, last 0.
static const char *completeness_more(const ProtobufCMessage *m)
{
    const Evx__V1__CompletenessStatement *c = (const Evx__V1__CompletenessStatement *)m;
    if (c->first == 0) return "completeness.first";
    return c->last < c->first - 1 ? "completeness.last" : NULL;
}
RULESET(completeness, completeness_statement, completeness_more);

static const struct evx_rule judgement_rules[] = {
    {.where = "judgement.framework", .max = NAME, .required = true},
    {.where = "judgement.judgement", .max = NAME, .required = true},
    {.where = "judgement.grade", .max = NAME},
    {.where = "judgement.reason", .max = TEXT},
    {.where = "judgement.evidence", ITEM_ID, .count = EVX_LIMIT_EVIDENCE_REFS},
    {.where = "judgement.inspector", .max = NAME},
    {.where = "judgement.overridden_rule", .max = NAME},
    {.where = "judgement.override_reason", .max = TEXT},
    {.where = "judgement.made", MOMENT},
    {.where = "judgement.inspectorate", .max = NAME},
};

static const char *judgement_more(const ProtobufCMessage *m)
{
    const Evx__V1__Judgement *j = (const Evx__V1__Judgement *)m;
    bool overrides = j->overridden_rule && j->overridden_rule[0];
    bool reason = j->override_reason && j->override_reason[0];
    return overrides != reason ? "judgement.override_reason" : NULL;
}
RULESET(judgement, judgement, judgement_more);

static const struct evx_rule confirmation_rules[] = {
    {.where = "confirmation.statement", ITEM_ID, .required = true},
    {.where = "confirmation.stream", ITEM_ID, .required = true},
    {.where = "confirmation.first"},
    {.where = "confirmation.last"},
    {.where = "confirmation.root", DIGEST, .required = true},
    {.where = "confirmation.items"},
    {.where = "confirmation.final"},
    {.where = "confirmation.code"},
    {.where = "confirmation.log_size"},
    {.where = "confirmation.rejected"},
};

static const char *confirmation_more(const ProtobufCMessage *m)
{
    const Evx__V1__CompletenessConfirmation *c = (const Evx__V1__CompletenessConfirmation *)m;
    if (c->first == 0) return "confirmation.first";
    if (c->last < c->first - 1) return "confirmation.last";
    return c->rejected > c->items ? "confirmation.rejected" : NULL;
}
RULESET(confirmation, completeness_confirmation, confirmation_more);

static const struct evx_rule erasure_rules[] = {
    {.where = "erasure.item", ITEM_ID, .count = EVX_LIMIT_ITEMS, .required = true},
    {.where = "erasure.ground", .required = true},
    {.where = "erasure.authority", .max = TEXT},
    {.where = "erasure.decided_by", .max = NAME, .required = true},
    {.where = "erasure.erased", MOMENT, .required = true},
    {.where = "erasure.generation"},
};
RULESET(erasure, erasure_certificate, NULL);

static const struct evx_rule range_rules[] = {
    {.where = "range.index"},
    {.where = "range.number"},
    {.where = "range.count"},
    {.where = "range.repeat"},
};

static const char *range_more(const ProtobufCMessage *m)
{
    const Evx__V1__UseRange *r = (const Evx__V1__UseRange *)m;
    if (r->number >= EVX_LIMIT_ITEMS) return "range.number";
    if (r->count == 0 || r->count > EVX_LIMIT_ITEMS - r->number) return "range.count";
    return r->repeat == 0 ? "range.repeat" : NULL;
}
RULESET(range, use_range, range_more);

static const struct evx_rule use_rules[] = {
    {.where = "use.at", MOMENT, .required = true},
    {.where = "use.verb", .max = NAME, .required = true},
    {.where = "use.on_behalf_of", .max = NAME},
    {.where = "use.purpose", .max = NAME},
    {.where = "use.item", ITEM_ID, .count = EVX_LIMIT_ITEMS},
    {.where = "use.record"},
    {.where = "use.range", .count = EVX_LIMIT_ITEMS, .sub = &range},
};

static const char *use_more(const ProtobufCMessage *m)
{
    const Evx__V1__Use *u = (const Evx__V1__Use *)m;
    return (u->n_item == 0) == (u->n_range == 0) ? "use.item" : NULL;
}
RULESET(use, use, use_more);

static const struct evx_rule uses_rules[] = {
    {.where = "uses.first"},
    {.where = "uses.last"},
    {.where = "uses.use", .count = EVX_LIMIT_ITEMS, .sub = &use},
    {.where = "uses.more"},
};

static const char *uses_more(const ProtobufCMessage *m)
{
    const Evx__V1__UseReport *u = (const Evx__V1__UseReport *)m;
    if (u->first == 0) return "uses.first";
    if (u->last < u->first - 1) return "uses.last";
    uint64_t before = u->first;
    for (size_t i = 0; i < u->n_use; i++) {
        if (u->use[i]->record < before || u->use[i]->record > u->last) return "use.record";
        before = u->use[i]->record;
    }
    return NULL;
}
RULESET(uses, use_report, uses_more);

static const struct evx_rule access_rules[] = {
    {.where = "access.records"},
    {.where = "access.head", DIGEST, .required = true},
};
RULESET(access, access_digest, NULL);

static const struct evx_rule item_rules[] = {
    {.where = "item.evidence", .required = true, .sub = &evidence},
    {.where = "item.correction", .required = true, .sub = &correction},
    {.where = "item.withdrawal", .required = true, .sub = &withdrawal},
    {.where = "item.attachment", .required = true, .sub = &attachment},
    {.where = "item.request", .required = true, .sub = &request},
    {.where = "item.nil_return", .required = true, .sub = &nil_return},
    {.where = "item.acknowledgement", .required = true, .sub = &acknowledgement},
    {.where = "item.heartbeat", .required = true, .sub = &heartbeat},
    {.where = "item.completeness", .required = true, .sub = &completeness},
    {.where = "item.judgement", .required = true, .sub = &judgement},
    {.where = "item.confirmation", .required = true, .sub = &confirmation},
    {.where = "item.erasure", .required = true, .sub = &erasure},
    {.where = "item.uses", .required = true, .sub = &uses},
    {.where = "item.access", .required = true, .sub = &access},
};

static const char *item_more(const ProtobufCMessage *m)
{
    const Evx__V1__Item *i = (const Evx__V1__Item *)m;
    return i->body_case == EVX__V1__ITEM__BODY__NOT_SET ? "item.body" : NULL;
}
const struct evx_ruleset evx_rules_item = {&evx__v1__item__descriptor, item_rules,
                                           sizeof item_rules / sizeof item_rules[0], item_more};
