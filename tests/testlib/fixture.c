// SPDX-License-Identifier: Apache-2.0
#include "tests/testlib/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/testlib/fixture_directory.h"

struct person {
    struct evx_sign_secret *sign[EVX_FIXTURE_KEYS]; // by use - 1
    struct evx_box_secret *box[EVX_FIXTURE_KEYS];
};

struct evx_fixture {
    struct evx_sign_secret *root[EVX_FIXTURE_ROOTS];
    struct evx_vkey root_vkey[EVX_FIXTURE_ROOTS];
    struct person person[EVX_FIXTURE_ORGS];
    struct evx_buf text;
    struct evx_buf note;
    struct evx_directory *directory;
};

static const char *const root_names[EVX_FIXTURE_ROOTS] = {"root-one.example", "root-two.example",
                                                          "root-three.example"};

static bool is_box(unsigned use) { return use == EVX_KEY_ENC || use == EVX_KEY_TRN; }

static void seed_of(struct evx_digest *out, const char *who, unsigned use)
{
    char text[128];
    snprintf(text, sizeof text, "fixture seed: %s %u", who, use);
    evx_sha256(out, evx_bytes_of_text(text));
}

static enum evx_status make_root(struct evx_fixture *f, size_t i)
{
    struct evx_digest seed;
    struct evx_sign_public public_key;
    seed_of(&seed, root_names[i], EVX_KEY_ROOT);
    enum evx_status s = evx_sign_from_seed(&f->root[i], &public_key, seed.b);
    return s ? s : evx_vkey_make(&f->root_vkey[i], root_names[i], EVX_NOTE_ED25519, &public_key);
}

static enum evx_status make_key(struct person *p, uint8_t public_out[32], const char *id, unsigned use)
{
    struct evx_digest seed;
    struct evx_sign_public sign;
    struct evx_box_public box;
    seed_of(&seed, id, use);
    enum evx_status s = is_box(use) ? evx_box_from_seed(&p->box[use - 1], &box, seed.b)
                                    : evx_sign_from_seed(&p->sign[use - 1], &sign, seed.b);
    if (s == EVX_OK) memcpy(public_out, is_box(use) ? box.b : sign.b, 32);
    return s;
}

static enum evx_status make_keys(struct evx_fixture *f, struct evx_fixture_public *keys)
{
    enum evx_status s = EVX_OK;
    for (size_t i = 0; i < EVX_FIXTURE_ROOTS && s == EVX_OK; i++)
        s = make_root(f, i);
    for (size_t i = 0; i < EVX_FIXTURE_ORGS; i++)
        for (unsigned use = EVX_KEY_SIG; use <= EVX_KEY_LOG && s == EVX_OK; use++)
            if (evx_fixture_orgs[i].uses >> use & 1)
                s = make_key(&f->person[i], keys[i].key[use - 1], evx_fixture_orgs[i].id, use);
    return s;
}

static enum evx_status build(struct evx_fixture *f)
{
    struct evx_fixture_public keys[EVX_FIXTURE_ORGS] = {0};
    unsigned line;
    enum evx_status s = evx_crypto_init();
    if (s == EVX_OK) s = make_keys(f, keys);
    if (s == EVX_OK) s = evx_fixture_write_text(&f->text, f->root_vkey, EVX_FIXTURE_ROOTS, keys);
    if (s == EVX_OK) s = evx_fixture_sign_directory(&f->note, f, evx_buf_bytes(&f->text), 3);
    if (s == EVX_OK) s = evx_directory_load(&f->directory, evx_buf_bytes(&f->note), NULL, NULL, &line);
    return s;
}

struct evx_fixture *evx_fixture_new(void)
{
    struct evx_fixture *f = calloc(1, sizeof *f);
    if (f && build(f)) {
        evx_fixture_free(f);
        f = NULL;
    }
    return f;
}

void evx_fixture_free(struct evx_fixture *f)
{
    if (!f) return;
    for (size_t i = 0; i < EVX_FIXTURE_ROOTS; i++)
        evx_sign_secret_destroy(&f->root[i]);
    for (size_t i = 0; i < EVX_FIXTURE_ORGS; i++)
        for (size_t k = 0; k < EVX_FIXTURE_KEYS; k++) {
            evx_sign_secret_destroy(&f->person[i].sign[k]);
            evx_box_secret_destroy(&f->person[i].box[k]);
        }
    evx_directory_destroy(&f->directory);
    evx_buf_free(&f->text);
    evx_buf_free(&f->note);
    free(f);
}

const struct evx_directory *evx_fixture_directory(const struct evx_fixture *f) { return f->directory; }
struct evx_bytes evx_fixture_note(const struct evx_fixture *f) { return evx_buf_bytes(&f->note); }
struct evx_bytes evx_fixture_text(const struct evx_fixture *f) { return evx_buf_bytes(&f->text); }

struct evx_inspection_id evx_fixture_inspection(void)
{
    struct evx_inspection_id id = {{0}};
    EVX_IGNORE(!evx_unhex(id.b, sizeof id.b, EVX_FIXTURE_INSPECTION), "a literal");
    return id;
}

static const struct person *person(const struct evx_fixture *f, const char *org)
{
    for (size_t i = 0; i < EVX_FIXTURE_ORGS; i++)
        if (strcmp(evx_fixture_orgs[i].id, org) == 0) return &f->person[i];
    return NULL;
}

const struct evx_sign_secret *evx_fixture_sign(const struct evx_fixture *f, const char *org,
                                               enum evx_key_use use)
{
    const struct person *p = person(f, org);
    return p ? p->sign[use - 1] : NULL;
}

const struct evx_box_secret *evx_fixture_box(const struct evx_fixture *f, const char *org,
                                             enum evx_key_use use)
{
    const struct person *p = person(f, org);
    return p ? p->box[use - 1] : NULL;
}

const struct evx_sign_secret *evx_fixture_root(const struct evx_fixture *f, size_t i,
                                               struct evx_sign_public *public_out, const char **name)
{
    if (public_out) *public_out = f->root_vkey[i].key;
    if (name) *name = root_names[i];
    return f->root[i];
}

const struct evx_dir_key *evx_fixture_key(const struct evx_fixture *f, const char *org, enum evx_key_use use)
{
    return evx_directory_key_of(f->directory, org, use, EVX_FIXTURE_NOW_MS);
}

enum evx_status evx_fixture_sign_directory(struct evx_buf *note, const struct evx_fixture *f,
                                           struct evx_bytes text, unsigned roots)
{
    struct evx_buf own = {0};
    enum evx_status s = EVX_OK;
    for (size_t i = 0; i < EVX_FIXTURE_ROOTS && s == EVX_OK; i++) {
        const struct evx_sign_public *key = &f->root_vkey[i].key;
        if (!(roots >> i & 1)) continue;
        s = own.n ? evx_note_add_signature(&own, root_names[i], f->root[i], key)
                  : evx_note_sign(&own, text, root_names[i], f->root[i], key);
    }
    if (s == EVX_OK) s = evx_buf_append(note, own.p, own.n);
    evx_buf_free(&own);
    return s;
}

static ProtobufCBinaryData borrow(const void *p, size_t n) { return (ProtobufCBinaryData){n, (uint8_t *)p}; }

static void fill_moment(Evx__V1__Moment *m, unsigned number)
{
    evx__v1__moment__init(m);
    m->precision = EVX__V1__PRECISION__PRECISION_MINUTE;
    m->utc_ms = EVX_FIXTURE_NOW_MS - 86400000ll * (1 + number % 90);
    m->zone = "Europe/London";
    m->text = "2026-02-11 21:40";
}

static void fill_evidence(Evx__V1__Evidence *e, const struct evx_inspection_id *id)
{
    evx__v1__evidence__init(e);
    e->inspection = borrow(id->b, sizeof id->b);
    e->kind = "missing-episode";
    e->source_type = EVX__V1__SOURCE_TYPE__SOURCE_RECORD;
    e->direction = EVX__V1__DIRECTION__DIRECTION_CONCERN;
    e->significance = EVX__V1__SIGNIFICANCE__SIGNIFICANCE_NOTABLE;
    e->origin_agency = "northam-police";
    e->purpose = "inspection";
    e->lawful_basis = "statutory inspection";
    e->marking = "OFFICIAL-SENSITIVE";
    e->retention_class = "inspection-6y";
}

enum evx_status evx_fixture_evidence(struct evx_buf *out, unsigned number, size_t bytes)
{
    static const size_t around = 350; // what the message below takes without its narrative
    char value[32];
    struct evx_inspection_id id = evx_fixture_inspection();
    snprintf(value, sizeof value, "P-%06u", number);
    size_t n = bytes > around ? bytes - around : 1;
    if (n > EVX_LIMIT_TEXT_BYTES) n = EVX_LIMIT_TEXT_BYTES;
    char *narrative = malloc(n + 1);
    if (!narrative) return EVX_E_MEMORY;
    for (size_t i = 0; i < n; i++)
        narrative[i] = (char)('a' + (i * 7 + number) % 26);
    narrative[n] = '\0';
    Evx__V1__Moment occurred, recorded;
    Evx__V1__Identifier identifier = EVX__V1__IDENTIFIER__INIT, *identifiers[] = {&identifier};
    Evx__V1__Subject subject = EVX__V1__SUBJECT__INIT, *subjects[] = {&subject};
    Evx__V1__CriterionRef criterion = EVX__V1__CRITERION_REF__INIT, *criteria[] = {&criterion};
    Evx__V1__Evidence evidence;
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    fill_moment(&occurred, number);
    fill_moment(&recorded, number);
    identifier.scheme = "police-person-id", identifier.value = value, identifier.issuer = "northam-police";
    subject.role = EVX__V1__SUBJECT_ROLE__ROLE_CHILD;
    subject.n_identifier = 1, subject.identifier = identifiers;
    subject.family_name = "Madeup", subject.given_name = "Sample";
    criterion.framework = "jtai", criterion.criterion = "1a";
    fill_evidence(&evidence, &id);
    evidence.occurred = &occurred, evidence.recorded = &recorded;
    evidence.n_subject = 1, evidence.subject = subjects;
    evidence.n_criterion = 1, evidence.criterion = criteria;
    evidence.narrative = narrative;
    item.body_case = EVX__V1__ITEM__BODY_EVIDENCE;
    item.evidence = &evidence;
    enum evx_status s = evx_item_pack(out, &item);
    free(narrative);
    return s;
}

static enum evx_status seal_items(struct evx_buf *out, struct evx_digest *id, struct evx_sealer *sealer,
                                  const struct evx_fixture *f, const struct evx_chain_link *link,
                                  size_t items, size_t item_bytes)
{
    const struct evx_dir_key *to[] = {evx_fixture_key(f, "inspectorate-care", EVX_KEY_ENC),
                                      evx_fixture_key(f, "inspectorate-health", EVX_KEY_ENC),
                                      evx_fixture_key(f, "inspectorate-policing", EVX_KEY_ENC)};
    struct evx_seal_context context = {.directory = f->directory,
                                       .inspection = evx_fixture_inspection(),
                                       .recipient = to,
                                       .recipients = 3,
                                       .marking = EVX__V1__MARKING__MARKING_OFFICIAL_SENSITIVE,
                                       .purpose = EVX__V1__PURPOSE__PURPOSE_INSPECTION,
                                       .now_ms = EVX_FIXTURE_NOW_MS,
                                       .link = *link};
    struct evx_buf *content = calloc(items, sizeof *content);
    struct evx_plain_item *item = calloc(items, sizeof *item);
    enum evx_status s = content && item ? EVX_OK : EVX_E_MEMORY;
    for (size_t i = 0; i < items && s == EVX_OK; i++) {
        s = evx_fixture_evidence(&content[i], (unsigned)i, item_bytes);
        item[i].content = evx_buf_bytes(&content[i]);
        item[i].retention = 1;
    }
    if (s == EVX_OK) s = evx_seal(out, id, NULL, sealer, &context, item, items);
    for (size_t i = 0; content && i < items; i++)
        evx_buf_free(&content[i]);
    free(content);
    free(item);
    return s;
}

enum evx_status evx_fixture_consignment(struct evx_buf *out, struct evx_digest *id,
                                        const struct evx_fixture *f, const char *sender,
                                        const struct evx_chain_link *link, size_t items, size_t item_bytes)
{
    const struct evx_dir_key *key = evx_fixture_key(f, sender, EVX_KEY_SIG);
    struct evx_sign_public public_key;
    struct evx_sealer *sealer = NULL;
    if (!key) return EVX_E_UNKNOWN_KEY;
    memcpy(public_key.b, key->public_key, sizeof public_key.b);
    enum evx_status s = evx_sealer_new(&sealer, evx_fixture_sign(f, sender, EVX_KEY_SIG), &public_key);
    if (s == EVX_OK) s = seal_items(out, id, sealer, f, link, items, item_bytes);
    evx_sealer_destroy(&sealer);
    return s;
}

enum evx_status evx_fixture_opener(struct evx_opener **out, const struct evx_fixture *f, const char *org)
{
    const struct evx_dir_key *key = evx_fixture_key(f, org, EVX_KEY_ENC);
    struct evx_box_public public_key;
    *out = NULL;
    if (!key) return EVX_E_UNKNOWN_KEY;
    memcpy(public_key.b, key->public_key, sizeof public_key.b);
    enum evx_status s = evx_opener_new(out);
    return s ? s : evx_opener_add_key(*out, evx_fixture_box(f, org, EVX_KEY_ENC), &public_key);
}
