// SPDX-License-Identifier: Apache-2.0
//
// Every content rule of an item: one way to break it, and the place that is named.
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "proto/msg/codec.h"
#include "tests/testlib/fixture.h"

static uint8_t id16[32] = {1}, id32[32] = {2}; // long enough for lengths that are wrong
static char long_name[EVX_LIMIT_NAME_BYTES + 2];
static char long_text[EVX_LIMIT_TEXT_BYTES + 2];

static ProtobufCBinaryData data(uint8_t *p, size_t n) { return (ProtobufCBinaryData){n, p}; }

// One of each message, whole and good, for a case to spoil.
struct parts {
    Evx__V1__Item item;
    Evx__V1__Evidence evidence;
    Evx__V1__Moment moment;
    Evx__V1__Subject subject, *subjects[EVX_LIMIT_SUBJECTS + 1];
    Evx__V1__Identifier identifier, *identifiers[EVX_LIMIT_IDENTIFIERS + 1];
    Evx__V1__CriterionRef criterion, *criteria[EVX_LIMIT_CRITERIA + 1];
    Evx__V1__Field field, *fields[EVX_LIMIT_FIELDS + 1];
    Evx__V1__Decimal decimal;
    Evx__V1__AttachmentRef file, *files[EVX_LIMIT_ATTACHMENT_REFS + 1];
    Evx__V1__Origin origin;
    char *agencies[EVX_LIMIT_ACCOUNTABLE + 1];
    Evx__V1__Correction correction;
    Evx__V1__Withdrawal withdrawal;
    Evx__V1__Attachment attachment;
    Evx__V1__Request request;
    Evx__V1__NilReturn nil;
    Evx__V1__Acknowledgement ack;
    Evx__V1__ConsignmentResult result, *results[EVX_LIMIT_ACK_RESULTS + 1];
    Evx__V1__ItemResult item_result, *item_results[1];
    Evx__V1__Heartbeat heartbeat;
    Evx__V1__CompletenessStatement completeness;
    Evx__V1__Judgement judgement;
    Evx__V1__CompletenessConfirmation confirmation;
    Evx__V1__ErasureCertificate erasure;
    Evx__V1__UseRange range, *ranges[EVX_LIMIT_ITEMS + 1];
    Evx__V1__Use use, *uses[EVX_LIMIT_ITEMS + 1];
    Evx__V1__UseReport report;
    Evx__V1__AccessDigest access;
    ProtobufCBinaryData ids[EVX_LIMIT_EVIDENCE_REFS + 1];
};

static void make_small_parts(struct parts *p)
{
    evx__v1__item__init(&p->item);
    evx__v1__moment__init(&p->moment);
    evx__v1__identifier__init(&p->identifier);
    p->identifier.scheme = "upn", p->identifier.value = "X1";
    evx__v1__subject__init(&p->subject);
    p->subject.role = EVX__V1__SUBJECT_ROLE__ROLE_CHILD;
    p->subject.identifier = p->identifiers, p->subject.n_identifier = 1;
    p->subject.born = &p->moment;
    evx__v1__criterion_ref__init(&p->criterion);
    p->criterion.framework = "jtai", p->criterion.criterion = "1a";
    evx__v1__decimal__init(&p->decimal);
    evx__v1__field__init(&p->field);
    p->field.name = "sessions", p->field.value_case = EVX__V1__FIELD__VALUE_DECIMAL,
    p->field.decimal = &p->decimal;
    evx__v1__attachment_ref__init(&p->file);
    p->file.digest = data(id32, 32), p->file.size = 10;
    evx__v1__origin__init(&p->origin);
    p->origin.file_digest = data(id32, 32);
}

static void make_evidence(struct parts *p)
{
    Evx__V1__Evidence *e = &p->evidence;
    evx__v1__evidence__init(e);
    e->inspection = data(id16, 16);
    e->kind = "attendance";
    e->source_type = EVX__V1__SOURCE_TYPE__SOURCE_RECORD;
    e->direction = EVX__V1__DIRECTION__DIRECTION_NEUTRAL;
    e->significance = EVX__V1__SIGNIFICANCE__SIGNIFICANCE_ROUTINE;
    e->origin_agency = "eastcliff-school";
    e->occurred = &p->moment;
    e->origin = &p->origin;
    e->subject = p->subjects, e->n_subject = 1;
    e->criterion = p->criteria, e->n_criterion = 1;
    e->field = p->fields, e->n_field = 1;
    e->attachment = p->files, e->n_attachment = 1;
    e->accountable_agency = p->agencies, e->n_accountable_agency = 1;
}

static void make_others(struct parts *p)
{
    evx__v1__correction__init(&p->correction);
    p->correction.target = data(id16, 16), p->correction.reason = "mistyped";
    p->correction.replacement = &p->evidence;
    evx__v1__withdrawal__init(&p->withdrawal);
    p->withdrawal.target = data(id16, 16), p->withdrawal.reason = "sent in error";
    evx__v1__attachment__init(&p->attachment);
    p->attachment.file = &p->file, p->attachment.part = 1, p->attachment.part_count = 1;
    p->attachment.content = data(id32, 10);
    evx__v1__request__init(&p->request);
    p->request.text = "attendance of the tracked children";
    evx__v1__nil_return__init(&p->nil);
    p->nil.ground = EVX__V1__NIL_GROUND__NIL_HELD_NOTHING;
    evx__v1__acknowledgement__init(&p->ack);
    p->ack.result = p->results, p->ack.n_result = 1;
    evx__v1__consignment_result__init(&p->result);
    p->result.consignment = data(id32, 32);
    p->result.rejected = p->item_results, p->result.n_rejected = 1;
    evx__v1__item_result__init(&p->item_result);
    p->item_result.item_id = data(id16, 16), p->item_result.code = EVX_E_ITEM_CONTENT;
    evx__v1__heartbeat__init(&p->heartbeat);
    p->heartbeat.stream = data(id16, 16);
    evx__v1__completeness_statement__init(&p->completeness);
    p->completeness.stream = data(id16, 16), p->completeness.first = 1, p->completeness.last = 4;
    p->completeness.root = data(id32, 32);
    evx__v1__judgement__init(&p->judgement);
    p->judgement.framework = "jtai", p->judgement.judgement = "leadership";
    p->judgement.evidence = p->ids, p->judgement.n_evidence = 1;
}

static void make_proofs(struct parts *p)
{
    evx__v1__completeness_confirmation__init(&p->confirmation);
    p->confirmation.statement = data(id16, 16), p->confirmation.stream = data(id16, 16);
    p->confirmation.first = 1, p->confirmation.last = 4, p->confirmation.items = 3;
    p->confirmation.root = data(id32, 32);
    evx__v1__erasure_certificate__init(&p->erasure);
    p->erasure.item = p->ids, p->erasure.n_item = 1, p->erasure.erased = &p->moment;
    p->erasure.ground = EVX__V1__ERASURE_GROUND__ERASURE_ORDER, p->erasure.decided_by = "records officer";
    evx__v1__use__init(&p->use);
    p->use.at = &p->moment, p->use.verb = "consultation", p->use.item = p->ids, p->use.n_item = 1;
    p->use.record = 2, p->use.range = p->ranges;
    evx__v1__use_range__init(&p->range);
    p->range.count = 2, p->range.repeat = 1;
    evx__v1__use_report__init(&p->report);
    p->report.first = 1, p->report.last = 2, p->report.use = p->uses, p->report.n_use = 1;
    evx__v1__access_digest__init(&p->access);
    p->access.records = 2, p->access.head = data(id32, 32);
}

static void make_parts(struct parts *p)
{
    memset(p, 0, sizeof *p);
    memset(long_name, 'n', sizeof long_name - 1);
    memset(long_text, 't', sizeof long_text - 1);
    make_small_parts(p);
    make_evidence(p);
    make_others(p);
    make_proofs(p);
#define FILL(array, value)                                                                                   \
    for (size_t i = 0; i < sizeof(array) / sizeof((array)[0]); i++)                                          \
    (array)[i] = value
    FILL(p->subjects, &p->subject);
    FILL(p->identifiers, &p->identifier);
    FILL(p->criteria, &p->criterion);
    FILL(p->fields, &p->field);
    FILL(p->files, &p->file);
    FILL(p->agencies, "eastcliff-school");
    FILL(p->results, &p->result);
    FILL(p->item_results, &p->item_result);
    FILL(p->uses, &p->use);
    FILL(p->ranges, &p->range);
    FILL(p->ids, data(id16, 16));
#undef FILL
}

static void choose(struct parts *p, char kind)
{
    static const struct {
        char letter;
        Evx__V1__Item__BodyCase body;
        size_t offset;
    } kinds[] = {
        {'e', EVX__V1__ITEM__BODY_EVIDENCE, offsetof(struct parts, evidence)},
        {'c', EVX__V1__ITEM__BODY_CORRECTION, offsetof(struct parts, correction)},
        {'w', EVX__V1__ITEM__BODY_WITHDRAWAL, offsetof(struct parts, withdrawal)},
        {'a', EVX__V1__ITEM__BODY_ATTACHMENT, offsetof(struct parts, attachment)},
        {'r', EVX__V1__ITEM__BODY_REQUEST, offsetof(struct parts, request)},
        {'n', EVX__V1__ITEM__BODY_NIL_RETURN, offsetof(struct parts, nil)},
        {'k', EVX__V1__ITEM__BODY_ACKNOWLEDGEMENT, offsetof(struct parts, ack)},
        {'h', EVX__V1__ITEM__BODY_HEARTBEAT, offsetof(struct parts, heartbeat)},
        {'s', EVX__V1__ITEM__BODY_COMPLETENESS, offsetof(struct parts, completeness)},
        {'j', EVX__V1__ITEM__BODY_JUDGEMENT, offsetof(struct parts, judgement)},
        {'f', EVX__V1__ITEM__BODY_CONFIRMATION, offsetof(struct parts, confirmation)},
        {'x', EVX__V1__ITEM__BODY_ERASURE, offsetof(struct parts, erasure)},
        {'u', EVX__V1__ITEM__BODY_USES, offsetof(struct parts, report)},
        {'d', EVX__V1__ITEM__BODY_ACCESS, offsetof(struct parts, access)},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].letter != kind) continue;
        p->item.body_case = kinds[i].body;
        p->item.evidence = (void *)((uint8_t *)p + kinds[i].offset); // a union of pointers
    }
}

Test(item_rules, whole_items_are_good, .timeout = 20)
{
    struct parts *p = malloc(sizeof *p);
    for (const char *kind = "ecwarnkhsjfxud"; *kind; kind++) {
        struct evx_buf out = {0};
        Evx__V1__Item *m;
        const char *where = "none";
        make_parts(p);
        choose(p, *kind);
        cr_assert_eq(evx_item_check(&p->item, &where), EVX_OK, "%c: %s", *kind, where);
        cr_assert_eq(evx_item_pack(&out, &p->item), EVX_OK);
        cr_assert_eq(evx_item_unpack(&m, evx_buf_bytes(&out)), EVX_OK, "%c", *kind);
        evx_item_free(m);
        evx_buf_free(&out);
    }
    free(p);
}

// Spoils one thing, expects it to be named and neither packed nor unpacked.
#define BROKEN(kind, place, ...)                                                                             \
    do {                                                                                                     \
        make_parts(p);                                                                                       \
        choose(p, kind);                                                                                     \
        __VA_ARGS__;                                                                                         \
        expect_broken(p, place);                                                                             \
    } while (0)

static void expect_broken(struct parts *p, const char *place)
{
    const char *where = "none";
    struct evx_buf out = {0};
    cr_assert_eq(evx_item_check(&p->item, &where), EVX_E_ITEM_CONTENT, "%s", place);
    cr_assert_str_eq(where, place);
    cr_assert_eq(evx_item_pack(&out, &p->item), EVX_E_ITEM_CONTENT, "%s", place);
    cr_assert_eq(out.n, 0);
    size_t n = protobuf_c_message_get_packed_size(&p->item.base);
    uint8_t *bytes = malloc(n + 1);
    protobuf_c_message_pack(&p->item.base, bytes);
    Evx__V1__Item *m;
    enum evx_status s = evx_item_unpack(&m, evx_bytes(bytes, n));
    cr_assert_neq(s, EVX_OK, "%s", place);
    free(bytes);
}

Test(item_rules, evidence, .timeout = 20)
{
    struct parts *p = malloc(sizeof *p);
    Evx__V1__Evidence *e = &p->evidence;
    BROKEN('e', "item.body", p->item.body_case = EVX__V1__ITEM__BODY__NOT_SET);
    BROKEN('e', "evidence.inspection", e->inspection.len = 15);
    BROKEN('e', "evidence.inspection", e->inspection.len = 0);
    BROKEN('e', "evidence.kind", e->kind = "");
    BROKEN('e', "evidence.kind", e->kind = long_name);
    BROKEN('e', "evidence.criterion", e->n_criterion = EVX_LIMIT_CRITERIA + 1);
    BROKEN('e', "criterion.framework", p->criterion.framework = "");
    BROKEN('e', "criterion.criterion", p->criterion.criterion = "");
    BROKEN('e', "evidence.subject", e->n_subject = EVX_LIMIT_SUBJECTS + 1);
    BROKEN('e', "evidence.source_type", e->source_type = EVX__V1__SOURCE_TYPE__SOURCE_UNSPECIFIED);
    BROKEN('e', "evidence.source_type", e->source_type = 4);
    BROKEN('e', "evidence.direction", e->direction = EVX__V1__DIRECTION__DIRECTION_UNSPECIFIED);
    BROKEN('e', "evidence.direction", e->direction = -1);
    BROKEN('e', "evidence.significance", e->significance = EVX__V1__SIGNIFICANCE__SIGNIFICANCE_UNSPECIFIED);
    BROKEN('e', "evidence.narrative", e->narrative = long_text);
    BROKEN('e', "evidence.field", e->n_field = EVX_LIMIT_FIELDS + 1);
    BROKEN('e', "evidence.origin_agency", e->origin_agency = "");
    BROKEN('e', "evidence.accountable_agency", e->n_accountable_agency = EVX_LIMIT_ACCOUNTABLE + 1);
    BROKEN('e', "evidence.accountable_agency", p->agencies[0] = "");
    BROKEN('e', "evidence.purpose", e->purpose = long_name);
    BROKEN('e', "evidence.lawful_basis", e->lawful_basis = long_name);
    BROKEN('e', "evidence.marking", e->marking = long_name);
    BROKEN('e', "evidence.retention_class", e->retention_class = long_name);
    BROKEN('e', "evidence.in_reply_to", e->in_reply_to = data(id32, 17));
    BROKEN('e', "evidence.supersedes", e->supersedes = data(id32, 1));
    BROKEN('e', "evidence.attachment", e->n_attachment = EVX_LIMIT_ATTACHMENT_REFS + 1);
    BROKEN('e', "evidence.collected_by", e->collected_by = long_name);
    free(p);
}

Test(item_rules, interviews_have_time_and_role_and_nothing_else_does, .timeout = 20)
{
    struct parts *p = malloc(sizeof *p);
    Evx__V1__Evidence *e = &p->evidence;
    const int interview = EVX__V1__SOURCE_TYPE__SOURCE_INTERVIEW;
    BROKEN('e', "evidence.interview_time", e->source_type = interview, e->interview_role = "keyworker");
    BROKEN('e', "evidence.interview_role", e->source_type = interview, e->interview_time = &p->moment);
    BROKEN('e', "evidence.interview_role", e->interview_role = "keyworker");
    BROKEN('e', "evidence.interview_time", e->interview_time = &p->moment);
    free(p);
}

Test(item_rules, parts_of_evidence, .timeout = 20)
{
    struct parts *p = malloc(sizeof *p);
    BROKEN('e', "subject.role", p->subject.role = EVX__V1__SUBJECT_ROLE__ROLE_UNSPECIFIED);
    BROKEN('e', "subject.role", p->subject.role = 6);
    BROKEN('e', "subject.identifier", p->subject.n_identifier = EVX_LIMIT_IDENTIFIERS + 1);
    BROKEN('e', "subject.family_name", p->subject.family_name = long_name);
    BROKEN('e', "subject.given_name", p->subject.given_name = long_name);
    BROKEN('e', "subject.sex", p->subject.sex = long_name);
    BROKEN('e', "identifier.scheme", p->identifier.scheme = "");
    BROKEN('e', "identifier.value", p->identifier.value = "");
    BROKEN('e', "identifier.issuer", p->identifier.issuer = long_name);
    BROKEN('e', "moment.precision", p->moment.precision = 7);
    BROKEN('e', "moment.utc_ms", p->moment.utc_ms = -5364662400001);
    BROKEN('e', "moment.utc_ms", p->moment.utc_ms = 253402300800000);
    BROKEN('e', "moment.offset_min", p->moment.offset_min = 1081);
    BROKEN('e', "moment.offset_min", p->moment.offset_min = -1081);
    BROKEN('e', "moment.zone", p->moment.zone = long_name);
    BROKEN('e', "moment.text", p->moment.text = long_name);
    BROKEN('e', "moment.zone_source", p->moment.zone_source = 2);
    BROKEN('e', "field.name", p->field.name = "");
    BROKEN('e', "field.value", p->field.value_case = EVX__V1__FIELD__VALUE__NOT_SET);
    BROKEN('e', "field.text", p->field.value_case = EVX__V1__FIELD__VALUE_TEXT, p->field.text = "");
    BROKEN('e', "field.moment", p->field.value_case = EVX__V1__FIELD__VALUE_MOMENT, p->field.moment = NULL);
    BROKEN('e', "decimal.scale", p->decimal.scale = 19);
    BROKEN('e', "attachment_ref.digest", p->file.digest.len = 31);
    BROKEN('e', "attachment_ref.size", p->file.size = EVX_LIMIT_ATTACHMENT_BYTES + 1);
    BROKEN('e', "attachment_ref.media_type", p->file.media_type = long_name);
    BROKEN('e', "attachment_ref.file_name", p->file.file_name = long_name);
    BROKEN('e', "origin.file_digest", p->origin.file_digest.len = 1);
    BROKEN('e', "origin.file_name", p->origin.file_name = long_name);
    BROKEN('e', "origin.sheet", p->origin.sheet = long_name);
    BROKEN('e', "origin.profile", p->origin.profile = long_name);
    free(p);
}

Test(item_rules, other_items, .timeout = 20)
{
    struct parts *p = malloc(sizeof *p);
    BROKEN('c', "correction.target", p->correction.target.len = 0);
    BROKEN('c', "correction.reason", p->correction.reason = "");
    BROKEN('c', "correction.replacement", p->correction.replacement = NULL);
    BROKEN('c', "evidence.kind", p->evidence.kind = "");
    BROKEN('w', "withdrawal.target", p->withdrawal.target.len = 15);
    BROKEN('w', "withdrawal.reason", p->withdrawal.reason = "");
    BROKEN('a', "attachment.file", p->attachment.file = NULL);
    BROKEN('a', "attachment.part", p->attachment.part = 0);
    BROKEN('a', "attachment.part", p->attachment.part = 2);
    BROKEN('a', "attachment.part_count", p->attachment.part_count = 0);
    BROKEN('a', "attachment.part_count", p->attachment.part_count = 65537);
    BROKEN('a', "attachment.content", p->attachment.content.len = 11);
    BROKEN('a', "attachment.content", p->attachment.content.len = 0);
    BROKEN('r', "request.text", p->request.text = "");
    BROKEN('r', "request.agency", p->request.agency = p->agencies,
           p->request.n_agency = EVX_LIMIT_ACCOUNTABLE + 1);
    BROKEN('r', "request.kind", p->request.kind = long_name);
    BROKEN('n', "nil_return.ground", p->nil.ground = EVX__V1__NIL_GROUND__NIL_UNSPECIFIED);
    BROKEN('n', "nil_return.reason", p->nil.ground = EVX__V1__NIL_GROUND__NIL_WITHHELD);
    BROKEN('n', "nil_return.in_reply_to", p->nil.in_reply_to = data(id16, 15));
    BROKEN('n', "nil_return.searched", p->nil.searched = long_text);
    free(p);
}

Test(item_rules, control_items, .timeout = 20)
{
    struct parts *p = malloc(sizeof *p);
    BROKEN('k', "acknowledgement.result", p->ack.n_result = 0);
    BROKEN('k', "acknowledgement.result", p->ack.n_result = EVX_LIMIT_ACK_RESULTS + 1);
    BROKEN('k', "consignment_result.consignment", p->result.consignment.len = 16);
    BROKEN('k', "item_result.item_id", p->item_result.item_id.len = 32);
    BROKEN('k', "item_result.code", p->item_result.code = 0);
    BROKEN('h', "heartbeat.stream", p->heartbeat.stream.len = 0);
    BROKEN('h', "heartbeat.last", p->heartbeat.sequence = 1);
    BROKEN('h', "heartbeat.last", p->heartbeat.last = data(id32, 32));
    BROKEN('s', "completeness.first", p->completeness.first = 0);
    BROKEN('s', "completeness.last", p->completeness.first = 6);
    BROKEN('s', "completeness.root", p->completeness.root.len = 31);
    BROKEN('j', "judgement.framework", p->judgement.framework = "");
    BROKEN('j', "judgement.judgement", p->judgement.judgement = "");
    BROKEN('j', "judgement.evidence", p->ids[0].len = 32);
    BROKEN('j', "judgement.evidence", p->judgement.n_evidence = EVX_LIMIT_EVIDENCE_REFS + 1);
    BROKEN('j', "judgement.override_reason", p->judgement.overridden_rule = "B.L1");
    BROKEN('j', "judgement.override_reason", p->judgement.override_reason = "because");
    free(p);
}

Test(item_rules, items_about_proof, .timeout = 20)
{
    struct parts *p = malloc(sizeof *p);
    BROKEN('f', "confirmation.statement", p->confirmation.statement.len = 0);
    BROKEN('f', "confirmation.stream", p->confirmation.stream.len = 15);
    BROKEN('f', "confirmation.root", p->confirmation.root.len = 31);
    BROKEN('f', "confirmation.first", p->confirmation.first = 0);
    BROKEN('f', "confirmation.last", p->confirmation.first = 6);
    BROKEN('f', "confirmation.rejected", p->confirmation.rejected = 4);
    BROKEN('x', "erasure.item", p->erasure.n_item = 0);
    BROKEN('x', "erasure.item", p->erasure.n_item = EVX_LIMIT_ITEMS + 1);
    BROKEN('x', "erasure.item", p->ids[0].len = 15);
    BROKEN('x', "erasure.ground", p->erasure.ground = EVX__V1__ERASURE_GROUND__ERASURE_UNSPECIFIED);
    BROKEN('x', "erasure.authority", p->erasure.authority = long_text);
    BROKEN('x', "erasure.decided_by", p->erasure.decided_by = "");
    BROKEN('x', "erasure.erased", p->erasure.erased = NULL);
    BROKEN('u', "uses.first", p->report.first = 0);
    BROKEN('u', "uses.last", p->report.first = 4);
    BROKEN('u', "uses.use", p->report.n_use = EVX_LIMIT_ITEMS + 1);
    BROKEN('u', "use.at", p->use.at = NULL);
    BROKEN('u', "use.verb", p->use.verb = "");
    BROKEN('u', "use.purpose", p->use.purpose = long_name);
    BROKEN('u', "use.item", p->use.n_item = 0);
    BROKEN('u', "use.item", p->ids[0].len = 17);
    BROKEN('u', "use.item", p->use.n_range = 1);
    BROKEN('u', "use.range", (p->use.n_item = 0, p->use.n_range = EVX_LIMIT_ITEMS + 1));
    BROKEN('u', "use.record", p->use.record = 0);
    BROKEN('u', "use.record", p->use.record = 3);
    Evx__V1__Use earlier;
    BROKEN('u', "use.record",
           (earlier = p->use, earlier.record = 1, p->uses[1] = &earlier, p->report.n_use = 2));
    BROKEN('u', "range.number", (p->use.n_item = 0, p->use.n_range = 1, p->range.number = EVX_LIMIT_ITEMS));
    BROKEN('u', "range.count", (p->use.n_item = 0, p->use.n_range = 1, p->range.count = 0));
    BROKEN('u', "range.count", (p->use.n_item = 0, p->use.n_range = 1, p->range.count = EVX_LIMIT_ITEMS + 1));
    BROKEN('u', "range.repeat", (p->use.n_item = 0, p->use.n_range = 1, p->range.repeat = 0));
    BROKEN('d', "access.head", p->access.head.len = 0);
    free(p);
}

Test(item_rules, only_the_message_s_own_fields, .timeout = 20)
{
    struct parts *p = malloc(sizeof *p);
    const char *where = NULL;
    ProtobufCMessageUnknownField more = {.tag = 99};
    make_parts(p);
    choose(p, 'e');
    cr_assert_eq(evx_item_check(&p->item, &where), EVX_OK);
    p->item.base.n_unknown_fields = 1, p->item.base.unknown_fields = &more;
    cr_assert_eq(evx_item_check(&p->item, &where), EVX_E_MALFORMED);
    p->item.base.n_unknown_fields = 0;
    p->item.base.descriptor = &evx__v1__moment__descriptor;
    cr_assert_eq(evx_item_check(&p->item, &where), EVX_E_MALFORMED);
    free(p);
}

Test(item_rules, broken_text_is_malformed_not_content, .timeout = 20)
{
    struct parts *p = malloc(sizeof *p);
    const char *where = NULL;
    make_parts(p);
    choose(p, 'e');
    p->evidence.narrative = "caf\xe9";
    cr_assert_eq(evx_item_check(&p->item, &where), EVX_E_MALFORMED);
    cr_assert_str_eq(where, "evidence.narrative");
    free(p);
}
