// SPDX-License-Identifier: Apache-2.0
#include "scene.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/seal.h"
#include "proto/base/clock.h"

const char *const scene_org[4] = {"northam-police", "northam-council", "eastcliff-school", "westmoor-health"};
#define COLLECTOR "inspectorate-care"

#define MUST(call) cr_assert_eq((call), EVX_OK, "%s", #call)

void scene_begin(struct scene *s)
{
    memset(s, 0, sizeof *s);
    s->fixture = evx_fixture_new();
    cr_assert(s->fixture != NULL);
    snprintf(s->folder, sizeof s->folder, "/tmp/evx-views-XXXXXX");
    cr_assert(mkdtemp(s->folder) != NULL);
    s->inspection = evx_fixture_inspection();
    s->directory = evx_fixture_directory(s->fixture);
    s->secret = evx_fixture_box(s->fixture, COLLECTOR, EVX_KEY_ENC);
    const struct evx_dir_key *key = evx_fixture_key(s->fixture, COLLECTOR, EVX_KEY_ENC);
    memcpy(s->public_key.b, key->public_key, sizeof s->public_key.b);
    MUST(evx_store_open(&s->store, s->folder, s->secret, &s->public_key, false));
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

void scene_end(struct scene *s)
{
    evx_views_close(&s->views);
    evx_store_close(&s->store);
    evx_fixture_free(s->fixture);
    nftw(s->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void seal_one(struct scene *s, int agency, const Evx__V1__Item *item, struct evx_buf *out,
                     struct evx_digest *id, struct evx_item_id *item_id)
{
    struct evx_sealer *sealer = NULL;
    struct evx_buf packed = {0};
    const char *where = "";
    enum evx_status checked = evx_item_check(item, &where);
    cr_assert_eq(checked, EVX_OK, "%s", where);
    MUST(evx_item_pack(&packed, item));
    const struct evx_dir_key *to = evx_fixture_key(s->fixture, COLLECTOR, EVX_KEY_ENC);
    cr_assert(to != NULL);
    struct evx_seal_context c = {.directory = s->directory,
                                 .inspection = s->inspection,
                                 .recipient = &to,
                                 .recipients = 1,
                                 .marking = EVX__V1__MARKING__MARKING_OFFICIAL_SENSITIVE,
                                 .purpose = EVX__V1__PURPOSE__PURPOSE_INSPECTION,
                                 .now_ms = SCENE_NOW};
    memset(c.link.stream.b, agency + 1, sizeof c.link.stream.b);
    c.link.sequence = ++s->sequence[agency];
    c.link.previous = s->last[agency];
    struct evx_plain_item plain = {.content = evx_buf_bytes(&packed)};
    const struct evx_dir_key *from = evx_fixture_key(s->fixture, scene_org[agency], EVX_KEY_SIG);
    struct evx_sign_public public_key;
    memcpy(public_key.b, from->public_key, sizeof public_key.b);
    MUST(evx_sealer_new(&sealer, evx_fixture_sign(s->fixture, scene_org[agency], EVX_KEY_SIG), &public_key));
    MUST(evx_seal(out, id, item_id, sealer, &c, &plain, 1));
    s->last[agency] = *id;
    evx_sealer_destroy(&sealer);
    evx_buf_free(&packed);
}

// The log as the broker would have signed it after this entry.
static void sign_log(struct scene *s, struct evx_bytes entry)
{
    struct evx_digest leaf;
    struct evx_checkpoint checkpoint = {0};
    struct evx_sign_public public_key;
    struct evx_buf note = {0};
    char hex[33];
    evx_log_leaf(&leaf, entry);
    evx_frontier_append(&s->log, &leaf, NULL, NULL);
    evx_hex(hex, s->inspection.b, sizeof s->inspection.b);
    snprintf(checkpoint.origin, sizeof checkpoint.origin, "%s/%s", EVX_FIXTURE_EXCHANGE, hex);
    checkpoint.size = s->log.size;
    evx_frontier_root(&checkpoint.root, &s->log);
    memcpy(public_key.b, evx_fixture_key(s->fixture, "exchange-broker", EVX_KEY_LOG)->public_key, 32);
    MUST(evx_checkpoint_sign(&note, &checkpoint, evx_fixture_sign(s->fixture, "exchange-broker", EVX_KEY_LOG),
                             &public_key));
    MUST(evx_store_set_cursor(s->store, &s->log, evx_buf_bytes(&note)));
    evx_buf_free(&note);
}

struct evx_item_id scene_put(struct scene *s, int agency, const Evx__V1__Item *item, enum evx_status code)
{
    struct evx_buf whole = {0}, entry = {0};
    struct evx_item_id item_id;
    struct evx_store_consignment c = {
        .index = s->next_index++, .code = EVX_OK, .addressed = true, .chained = true, .claimed = 1};
    c.received_ms = (uint64_t)(SCENE_NOW - SCENE_DAY) + c.index * 1000;
    seal_one(s, agency, item, &whole, &c.id, &item_id);
    snprintf(c.sender, sizeof c.sender, "%s", scene_org[agency]);
    memset(c.stream.b, agency + 1, sizeof c.stream.b);
    c.sequence = s->sequence[agency];
    struct evx_consignment open = {0};
    MUST(evx_consignment_open_trusted(&open, evx_buf_bytes(&whole)));
    MUST(evx_log_entry(&entry, c.received_ms, open.header_bytes, open.signature));
    c.log_entry = evx_buf_bytes(&entry);
    c.body = evx_buf_bytes(&whole);
    struct evx_store_item row = {.code = code, .kind = (uint32_t)item->body_case};
    struct evx_bytes ciphertext;
    evx_consignment_record(&row.record, &ciphertext, &open, 0);
    struct evx_opener *opener = NULL;
    struct evx_consignment_key kek;
    struct evx_item_key ik;
    MUST(evx_opener_new(&opener));
    MUST(evx_opener_add_key(opener, s->secret, &s->public_key));
    MUST(evx_open_wrap(&kek, opener, &open));
    evx_item_key_of(&ik, &kek, 0);
    MUST(evx_rewrap(row.wrapped, evx_store_master(s->store), &ik, &item_id));
    MUST(evx_store_begin(s->store));
    MUST(evx_store_put(s->store, &c, &row, 1));
    sign_log(s, c.log_entry);
    MUST(evx_store_commit(s->store));
    evx_opener_destroy(&opener);
    evx_consignment_close(&open);
    evx_buf_free(&whole);
    evx_buf_free(&entry);
    return item_id;
}

struct evx_views *scene_view_at(struct scene *s, int64_t now_ms, int64_t due_ms)
{
    evx_views_close(&s->views);
    struct evx_views_options o = {.store = s->folder,
                                  .secret = s->secret,
                                  .public_key = &s->public_key,
                                  .directory = s->directory,
                                  .inspection = s->inspection,
                                  .now_ms = now_ms,
                                  .due_ms = due_ms,
                                  .person = "A. Tester"};
    struct evx_buf explain = {0};
    enum evx_status st = evx_views_open(&s->views, &o, &explain);
    cr_assert_eq(st, EVX_OK, "%s %.*s", evx_error_info(st)->code, (int)explain.n, (const char *)explain.p);
    evx_buf_free(&explain);
    return s->views;
}

struct evx_views *scene_view(struct scene *s) { return scene_view_at(s, SCENE_NOW, 0); }

uint64_t scene_audits(struct scene *s)
{
    struct evx_audit *a = NULL;
    uint64_t n = 0;
    struct evx_digest head;
    MUST(evx_audit_open(&a, s->folder, NULL));
    MUST(evx_audit_head(a, &n, &head));
    evx_audit_close(&a);
    return n;
}

// --- items ---

static char *lent(const char *text) { return (char *)(text ? text : ""); }

static void moment(Evx__V1__Moment *m, const char *text)
{
    int y = 0, mo = 1, d = 1, h = 0, mi = 0, sec = 0;
    evx__v1__moment__init(m);
    int got = sscanf(text, "%d-%d-%dT%d:%d:%d", &y, &mo, &d, &h, &mi, &sec);
    m->precision = got == 1   ? EVX__V1__PRECISION__PRECISION_YEAR
                   : got == 2 ? EVX__V1__PRECISION__PRECISION_MONTH
                   : got == 3 ? EVX__V1__PRECISION__PRECISION_DAY
                              : EVX__V1__PRECISION__PRECISION_SECOND;
    m->utc_ms = evx_days_from_civil(y, mo, d) * SCENE_DAY + ((h * 60 + mi) * 60 + sec) * 1000ll;
    m->zone = lent("UTC");
    m->text = lent(text);
    m->zone_source = EVX__V1__ZONE_SOURCE__ZONE_STATED;
}

struct made_subject {
    Evx__V1__Subject subject, *list[1];
    Evx__V1__Identifier identifier, *identifiers[1];
    Evx__V1__Moment born;
};

static void subject(struct made_subject *m, const struct scene_child *c, int as)
{
    evx__v1__subject__init(&m->subject);
    evx__v1__identifier__init(&m->identifier);
    m->subject.role = as ? (Evx__V1__SubjectRole)as : EVX__V1__SUBJECT_ROLE__ROLE_CHILD;
    m->subject.given_name = lent(c->given);
    m->subject.family_name = lent(c->family);
    m->subject.sex = lent(c->sex);
    if (c->born) moment(&m->born, c->born), m->subject.born = &m->born;
    m->identifier.scheme = lent(c->scheme);
    m->identifier.value = lent(c->value);
    m->identifier.issuer = lent(c->issuer);
    m->identifiers[0] = &m->identifier;
    m->list[0] = &m->subject;
    m->subject.n_identifier = c->scheme ? 1 : 0;
    m->subject.identifier = m->identifiers;
}

struct made_evidence {
    Evx__V1__Evidence e;
    Evx__V1__Moment occurred, recorded, received;
    Evx__V1__Field field, *fields[1];
    Evx__V1__CriterionRef criterion, *criteria[1];
    Evx__V1__Origin origin;
    struct made_subject child;
    uint8_t digest[32];
    char *accountable[1];
};

static ProtobufCBinaryData lent_id(const struct evx_item_id *id)
{
    return (ProtobufCBinaryData){.len = sizeof id->b, .data = (uint8_t *)id->b};
}

static void evidence(struct made_evidence *m, const struct scene *s, int agency,
                     const struct scene_evidence *in)
{
    memset(m, 0, sizeof *m);
    evx__v1__evidence__init(&m->e);
    evx__v1__origin__init(&m->origin);
    m->e.inspection = (ProtobufCBinaryData){.len = 16, .data = (uint8_t *)s->inspection.b};
    m->e.kind = lent(in->kind);
    m->e.narrative = lent(in->narrative);
    m->e.direction =
        (Evx__V1__Direction)(in->direction ? in->direction : EVX__V1__DIRECTION__DIRECTION_NEUTRAL);
    m->e.significance =
        (Evx__V1__Significance)(in->significance ? in->significance
                                                 : EVX__V1__SIGNIFICANCE__SIGNIFICANCE_NOTABLE);
    m->e.source_type = EVX__V1__SOURCE_TYPE__SOURCE_RECORD;
    m->e.origin_agency = lent(in->origin ? in->origin : scene_org[agency]);
    m->e.purpose = lent("inspection");
    m->e.lawful_basis = lent("test basis");
    m->e.marking = lent("OFFICIAL-SENSITIVE");
    m->e.retention_class = lent("inspection-evidence");
    m->accountable[0] = lent(scene_org[agency]);
    m->e.accountable_agency = m->accountable;
    m->e.n_accountable_agency = 1;
    moment(&m->received, "2026-02-20T09:00:00Z");
    m->e.received = &m->received;
    if (in->occurred) moment(&m->occurred, in->occurred), m->e.occurred = &m->occurred;
    moment(&m->recorded, in->recorded ? in->recorded : "2026-02-01T09:00:00Z");
    m->e.recorded = &m->recorded;
    m->origin.file_digest = (ProtobufCBinaryData){.len = 32, .data = m->digest};
    m->origin.file_name = lent("zebra-export.csv");
    m->origin.row = 7;
    m->origin.profile = lent("test-profile");
    m->e.origin = &m->origin;
    if (in->criterion) {
        evx__v1__criterion_ref__init(&m->criterion);
        m->criterion.framework = lent("childrens-homes-2015");
        m->criterion.criterion = lent(in->criterion);
        m->criteria[0] = &m->criterion;
        m->e.criterion = m->criteria;
        m->e.n_criterion = 1;
    }
    if (in->field) {
        evx__v1__field__init(&m->field);
        m->field.name = lent(in->field);
        m->field.value_case = EVX__V1__FIELD__VALUE_TEXT;
        m->field.text = lent(in->field_value);
        m->fields[0] = &m->field;
        m->e.field = m->fields;
        m->e.n_field = 1;
    }
    if (in->child) {
        subject(&m->child, in->child, in->role);
        m->e.subject = m->child.list;
        m->e.n_subject = 1;
    }
    if (in->supersedes) m->e.supersedes = lent_id(in->supersedes);
    if (in->reply_to) m->e.in_reply_to = lent_id(in->reply_to);
}

struct evx_item_id scene_evidence(struct scene *s, int agency, const struct scene_evidence *in)
{
    struct made_evidence m;
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    evidence(&m, s, agency, in);
    item.body_case = EVX__V1__ITEM__BODY_EVIDENCE;
    item.evidence = &m.e;
    return scene_put(s, agency, &item, EVX_OK);
}

struct evx_item_id scene_correct(struct scene *s, int agency, const struct evx_item_id *target,
                                 const struct scene_evidence *in)
{
    struct made_evidence m;
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    Evx__V1__Correction c = EVX__V1__CORRECTION__INIT;
    evidence(&m, s, agency, in);
    c.target = lent_id(target);
    c.reason = lent("typed wrongly");
    c.replacement = &m.e;
    item.body_case = EVX__V1__ITEM__BODY_CORRECTION;
    item.correction = &c;
    return scene_put(s, agency, &item, EVX_OK);
}

struct evx_item_id scene_withdraw(struct scene *s, int agency, const struct evx_item_id *target)
{
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    Evx__V1__Withdrawal w = EVX__V1__WITHDRAWAL__INIT;
    w.target = lent_id(target);
    w.reason = lent("wrong child");
    item.body_case = EVX__V1__ITEM__BODY_WITHDRAWAL;
    item.withdrawal = &w;
    return scene_put(s, agency, &item, EVX_OK);
}

struct evx_item_id scene_nil(struct scene *s, int agency, int ground, const struct scene_child *child,
                             const struct evx_item_id *reply_to)
{
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    Evx__V1__NilReturn n = EVX__V1__NIL_RETURN__INIT;
    struct made_subject m;
    n.ground = (Evx__V1__NilGround)ground;
    n.searched = lent("all case files");
    if (ground == EVX__V1__NIL_GROUND__NIL_WITHHELD) n.reason = lent("legal privilege");
    if (reply_to) n.in_reply_to = lent_id(reply_to);
    if (child) {
        subject(&m, child, 0);
        n.child = m.list;
        n.n_child = 1;
    }
    item.body_case = EVX__V1__ITEM__BODY_NIL_RETURN;
    item.nil_return = &n;
    return scene_put(s, agency, &item, EVX_OK);
}

void scene_track(struct scene *s, const struct scene_child *child)
{
    struct made_subject m;
    subject(&m, child, 0);
    const Evx__V1__Subject *list[1] = {&m.subject};
    MUST(evx_views_track(s->views, list, 1, NULL));
}
