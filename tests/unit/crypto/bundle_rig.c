// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/crypto/bundle_rig.h"

#include <criterion/criterion.h>
#include <string.h>

#define SENDER "northam-police"
#define ORIGIN EVX_FIXTURE_EXCHANGE "/" EVX_FIXTURE_INSPECTION

static const struct bundle_rig *reading;

static enum evx_status read_node(void *user, unsigned height, uint64_t number, struct evx_digest *out)
{
    (void)user;
    struct evx_frontier t = {0};
    for (uint64_t i = number << height; i < (number + 1) << height; i++)
        evx_frontier_append(&t, &reading->leaf[i], NULL, NULL);
    evx_frontier_root(out, &t);
    return EVX_OK;
}

static void add_cosignature(struct bundle_rig *r, struct evx_bytes text, const char *org)
{
    struct evx_sign_public public_key;
    memcpy(public_key.b, evx_fixture_key(r->f, org, EVX_KEY_WIT)->public_key, 32);
    cr_assert_eq(evx_note_cosign_line(&r->receipt.checkpoint, text, EVX_FIXTURE_NOW_MS / 1000 + 7, org,
                                      evx_fixture_sign(r->f, org, EVX_KEY_WIT), &public_key),
                 EVX_OK);
}

void bundle_rig_checkpoint(struct bundle_rig *r, unsigned witnesses)
{
    static const char *const who[] = {"inspectorate-care", "inspectorate-health", "inspectorate-policing"};
    struct evx_frontier t = {0};
    struct evx_checkpoint c = {ORIGIN, BUNDLE_ENTRIES, {{0}}};
    struct evx_sign_public public_key;
    struct evx_buf text = {0};
    for (size_t i = 0; i < BUNDLE_ENTRIES; i++)
        evx_frontier_append(&t, &r->leaf[i], NULL, NULL);
    evx_frontier_root(&c.root, &t);
    memcpy(public_key.b, evx_fixture_key(r->f, "exchange-broker", EVX_KEY_LOG)->public_key, 32);
    evx_buf_clear(&r->receipt.checkpoint);
    cr_assert_eq(evx_checkpoint_sign(&r->receipt.checkpoint, &c,
                                     evx_fixture_sign(r->f, "exchange-broker", EVX_KEY_LOG), &public_key),
                 EVX_OK);
    cr_assert_eq(evx_checkpoint_text(&text, &c), EVX_OK);
    for (unsigned i = 0; i < 3; i++)
        if (witnesses & 1u << i) add_cosignature(r, evx_buf_bytes(&text), who[i]);
    evx_buf_free(&text);
    reading = r;
    cr_assert_eq(evx_inclusion_proof(&r->receipt.path, BUNDLE_INDEX, BUNDLE_ENTRIES, read_node, NULL),
                 EVX_OK);
}

static void seal_contents(struct bundle_rig *r, const char *content)
{
    static const char *const to[] = {"inspectorate-care", "inspectorate-health"};
    const struct evx_dir_key *recipient[2];
    struct evx_plain_item item[BUNDLE_ITEMS] = {0};
    struct evx_buf buf[BUNDLE_ITEMS] = {0};
    struct evx_sealer *sealer = NULL;
    struct evx_sign_public public_key;
    for (size_t i = 0; i < 2; i++)
        recipient[i] = evx_fixture_key(r->f, to[i], EVX_KEY_ENC);
    for (unsigned i = 0; i < BUNDLE_ITEMS; i++) {
        cr_assert_eq(content ? evx_buf_append_text(&buf[i], content) : evx_fixture_evidence(&buf[i], i, 700),
                     EVX_OK);
        item[i].content = evx_buf_bytes(&buf[i]);
    }
    struct evx_seal_context context = {.directory = r->directory,
                                       .inspection = evx_fixture_inspection(),
                                       .recipient = recipient,
                                       .recipients = 2,
                                       .marking = EVX__V1__MARKING__MARKING_OFFICIAL_SENSITIVE,
                                       .purpose = EVX__V1__PURPOSE__PURPOSE_INSPECTION,
                                       .now_ms = EVX_FIXTURE_NOW_MS,
                                       .link = {{{1}}, 1, {{0}}}};
    memcpy(public_key.b, evx_fixture_key(r->f, SENDER, EVX_KEY_SIG)->public_key, 32);
    cr_assert_eq(evx_sealer_new(&sealer, evx_fixture_sign(r->f, SENDER, EVX_KEY_SIG), &public_key), EVX_OK);
    evx_buf_clear(&r->whole);
    cr_assert_eq(evx_seal(&r->whole, &r->receipt.consignment, NULL, sealer, &context, item, BUNDLE_ITEMS),
                 EVX_OK);
    evx_sealer_destroy(&sealer);
    for (size_t i = 0; i < BUNDLE_ITEMS; i++)
        evx_buf_free(&buf[i]);
}

static void open_keys(struct bundle_rig *r)
{
    struct evx_opener *opener = NULL;
    evx_consignment_close(&r->c);
    cr_assert_eq(
        evx_consignment_open(&r->c, evx_buf_bytes(&r->whole), evx_fixture_key(r->f, SENDER, EVX_KEY_SIG)),
        EVX_OK);
    cr_assert_eq(evx_fixture_opener(&opener, r->f, "inspectorate-care"), EVX_OK);
    cr_assert_eq(evx_open_wrap(&r->kek, opener, &r->c), EVX_OK);
    for (uint32_t i = 0; i < BUNDLE_ITEMS; i++)
        evx_item_key_of(&r->key[i], &r->kek, i);
    evx_opener_destroy(&opener);
}

// The entry as the broker would log it; with a change, the sender signed the changed header.
static void log_it(struct bundle_rig *r, const struct bundle_sealing *how)
{
    struct evx_buf header = {0};
    struct evx_signature signature;
    Evx__V1__Header *h = NULL;
    cr_assert_eq(evx_header_unpack(&h, r->c.header_bytes), EVX_OK);
    if (how->change) how->change(r, h);
    cr_assert_eq(evx_header_pack(&header, h), EVX_OK);
    evx_header_free(h);
    evx_sign(&signature, evx_fixture_sign(r->f, SENDER, EVX_KEY_SIG), "evx/header/v1\n",
             evx_buf_bytes(&header));
    evx_buf_clear(&r->entry);
    cr_assert_eq(evx_log_entry(&r->entry, r->receipt.received_ms, evx_buf_bytes(&header), &signature),
                 EVX_OK);
    for (size_t i = 0; i < BUNDLE_ENTRIES; i++)
        evx_log_leaf(&r->leaf[i], i == BUNDLE_INDEX ? evx_buf_bytes(&r->entry) : evx_bytes(&i, sizeof i));
    evx_buf_free(&header);
}

void bundle_rig_reseal(struct bundle_rig *r, const struct bundle_sealing *how)
{
    if (how->directory) {
        evx_directory_destroy(&r->directory);
        r->directory = how->directory;
    }
    r->receipt.received_ms = how->received_ms ? how->received_ms : EVX_FIXTURE_NOW_MS + 5;
    seal_contents(r, how->content);
    open_keys(r);
    log_it(r, how);
    bundle_rig_checkpoint(r, 7);
    cr_assert_eq(bundle_rig_make(r), EVX_OK);
}

enum evx_status bundle_rig_make(struct bundle_rig *r)
{
    struct evx_bundle_source source = {.directory = r->directory,
                                       .entry = evx_buf_bytes(&r->entry),
                                       .receipt = &r->receipt,
                                       .consignment = &r->c,
                                       .number = BUNDLE_NUMBER,
                                       .key = &r->key[BUNDLE_NUMBER]};
    evx_buf_clear(&r->file);
    enum evx_status s = evx_bundle_make(&r->file, &source);
    return s ? s : evx_bundle_parse(&r->b, evx_buf_bytes(&r->file));
}

void bundle_rig_open(struct bundle_rig *r, unsigned witnesses)
{
    memset(r, 0, sizeof *r);
    r->f = evx_fixture_new();
    cr_assert_not_null(r->f);
    cr_assert_eq(evx_directory_load(&r->directory, evx_fixture_note(r->f), NULL, NULL, NULL), EVX_OK);
    r->receipt.inspection = evx_fixture_inspection();
    r->receipt.index = BUNDLE_INDEX;
    bundle_rig_reseal(r, &(struct bundle_sealing){0});
    bundle_rig_checkpoint(r, witnesses);
    cr_assert_eq(bundle_rig_make(r), EVX_OK);
}

void bundle_rig_close(struct bundle_rig *r)
{
    evx_consignment_close(&r->c);
    evx_receipt_free(&r->receipt);
    evx_buf_free(&r->whole);
    evx_buf_free(&r->entry);
    evx_buf_free(&r->file);
    evx_directory_destroy(&r->directory);
    evx_fixture_free(r->f);
}
