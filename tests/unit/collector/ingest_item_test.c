// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/collector/rig.h"

static void seal(struct rig_sealed *out, const struct rig *r, const char *sender,
                 const struct evx_chain_link *link, const struct rig_items *items)
{
    rig_seal(
        out, r,
        &(struct rig_parcel){.sender = sender, .link = *link, .content = items->content, .items = items->n});
}

// --- items ---

Test(ingest_item, an_item_id_is_taken_once, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct rig_items items = {0};
    rig_add_evidence(&items, NULL, NULL);
    rig_add_evidence(&items, NULL, NULL);
    static const struct evx_item_id same[] = {{{5}}, {{5}}};
    struct rig_parcel p = {
        .sender = RIG_POLICE, .link = rig_first(1), .content = items.content, .items = 2, .ids = same};
    struct rig_sealed s, again;
    rig_seal(&s, &r, &p);
    struct evx_fetched f = rig_fetched(&r, &s);
    struct evx_intake_result out = rig_store(&r, &f);
    cr_assert_eq(out.item[0].code, EVX_OK);
    cr_assert_eq(out.item[1].code, EVX_E_ITEM_TWICE, "within one consignment");
    p.sender = RIG_SCHOOL;
    p.link = rig_first(2);
    p.items = 1;
    rig_seal(&again, &r, &p);
    rig_reopen(&r);
    f = rig_fetched(&r, &again);
    out = rig_store(&r, &f);
    cr_assert_eq(out.item[0].code, EVX_E_ITEM_TWICE, "nor from anybody else later");
    struct evx_store_row row;
    cr_assert_eq(evx_store_find(r.store, &same[0], &row), EVX_OK);
    cr_assert_eq(row.code, EVX_OK, "the accepted one is found, not the refused ones");
    cr_assert_str_eq(row.sender, RIG_POLICE);
    rig_sealed_free(&s);
    rig_sealed_free(&again);
    rig_items_free(&items);
    rig_free(&r);
}

Test(ingest_item, content_rules_decide_item_by_item, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct rig_items items = {0};
    struct evx_inspection_id elsewhere = {{9}};
    rig_add_evidence(&items, NULL, NULL);
    rig_add_evidence(&items, &elsewhere, NULL);
    rig_add_raw(&items,
                "\x0a\x03"
                "abc",
                5);
    rig_add_evidence(&items, NULL, NULL);
    struct rig_sealed s;
    struct evx_chain_link link = rig_first(1);
    seal(&s, &r, RIG_POLICE, &link, &items);
    struct evx_fetched f = rig_fetched(&r, &s);
    struct evx_intake_result out = rig_store(&r, &f);
    cr_assert_eq(out.consignment.code, EVX_OK);
    cr_assert_eq(out.item[0].code, EVX_OK);
    cr_assert_eq(out.item[1].code, EVX_E_ITEM_INSPECTION);
    cr_assert(out.item[2].code == EVX_E_ITEM_CONTENT || out.item[2].code == EVX_E_MALFORMED);
    cr_assert_eq(out.item[3].code, EVX_OK);
    static const uint8_t zero[EVX_REWRAP_BYTES];
    cr_assert_neq(memcmp(out.item[3].wrapped, zero, sizeof zero), 0);
    rig_sealed_free(&s);
    rig_items_free(&items);
    rig_free(&r);
}

Test(ingest_item, nobody_changes_what_another_organisation_sent, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct rig_sealed s, mine, theirs;
    struct evx_chain_link link = rig_first(1);
    rig_evidence(&s, &r, RIG_POLICE, &link, 1);
    struct evx_fetched f = rig_fetched(&r, &s);
    rig_store(&r, &f);
    struct evx_item_id unknown = {{0x77}};
    struct rig_items items = {0};
    rig_add_withdrawal(&items, &s.item_id[0]);
    rig_add_evidence(&items, NULL, &s.item_id[0]);
    rig_add_withdrawal(&items, &unknown);
    struct evx_chain_link other = rig_first(2), next = rig_after(&link, &s.id);
    seal(&theirs, &r, RIG_SCHOOL, &other, &items);
    f = rig_fetched(&r, &theirs);
    struct evx_intake_result out = rig_store(&r, &f);
    cr_assert_eq(out.item[0].code, EVX_E_ITEM_TARGET);
    cr_assert_eq(out.item[1].code, EVX_E_ITEM_TARGET);
    cr_assert_eq(out.item[2].code, EVX_OK, "what it means may still come");
    cr_assert_eq(out.notes, 1);
    cr_assert_eq(out.note[0].number, 2);
    seal(&mine, &r, RIG_POLICE, &next, &items);
    f = rig_fetched(&r, &mine);
    out = rig_store(&r, &f);
    cr_assert_eq(out.item[0].code, EVX_OK);
    cr_assert_eq(out.item[1].code, EVX_OK);
    rig_sealed_free(&s);
    rig_sealed_free(&mine);
    rig_sealed_free(&theirs);
    rig_items_free(&items);
    rig_free(&r);
}

static void add_inspectors_items(struct rig_items *items)
{
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    Evx__V1__Request request = EVX__V1__REQUEST__INIT;
    request.text = "attendance of spring term";
    item.body_case = EVX__V1__ITEM__BODY_REQUEST;
    item.request = &request;
    rig_add(items, &item);
    uint8_t id[32] = {1};
    Evx__V1__ConsignmentResult result = EVX__V1__CONSIGNMENT_RESULT__INIT, *results[] = {&result};
    result.consignment = (ProtobufCBinaryData){sizeof id, id};
    Evx__V1__Acknowledgement ack = EVX__V1__ACKNOWLEDGEMENT__INIT;
    ack.n_result = 1;
    ack.result = results;
    item.body_case = EVX__V1__ITEM__BODY_ACKNOWLEDGEMENT;
    item.acknowledgement = &ack;
    rig_add(items, &item);
    Evx__V1__Judgement judgement = EVX__V1__JUDGEMENT__INIT;
    judgement.framework = "jtai";
    judgement.judgement = "overall";
    item.body_case = EVX__V1__ITEM__BODY_JUDGEMENT;
    item.judgement = &judgement;
    rig_add(items, &item);
}

static void add_proof_items(struct rig_items *items)
{
    uint8_t bytes[32] = {1};
    ProtobufCBinaryData id = {16, bytes}, digest = {32, bytes};
    Evx__V1__Moment at = EVX__V1__MOMENT__INIT;
    Evx__V1__CompletenessConfirmation confirmation = EVX__V1__COMPLETENESS_CONFIRMATION__INIT;
    confirmation.statement = confirmation.stream = id;
    confirmation.root = digest;
    confirmation.first = 1;
    Evx__V1__ErasureCertificate erasure = EVX__V1__ERASURE_CERTIFICATE__INIT;
    erasure.n_item = 1;
    erasure.item = &id;
    erasure.ground = EVX__V1__ERASURE_GROUND__ERASURE_MISTAKE;
    erasure.decided_by = "records officer";
    erasure.erased = &at;
    Evx__V1__UseReport uses = EVX__V1__USE_REPORT__INIT;
    uses.first = 1;
    Evx__V1__AccessDigest access = EVX__V1__ACCESS_DIGEST__INIT;
    access.head = digest;
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    item.body_case = EVX__V1__ITEM__BODY_CONFIRMATION;
    item.confirmation = &confirmation;
    rig_add(items, &item);
    item.body_case = EVX__V1__ITEM__BODY_ERASURE;
    item.erasure = &erasure;
    rig_add(items, &item);
    item.body_case = EVX__V1__ITEM__BODY_USES;
    item.uses = &uses;
    rig_add(items, &item);
    item.body_case = EVX__V1__ITEM__BODY_ACCESS;
    item.access = &access;
    rig_add(items, &item);
}

Test(ingest_item, what_inspectorates_say_comes_from_inspectorates_only, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct rig_items items = {0};
    add_inspectors_items(&items);
    add_proof_items(&items);
    struct rig_sealed agency, inspectorate;
    struct evx_chain_link a = rig_first(1), b = rig_first(2);
    seal(&agency, &r, RIG_POLICE, &a, &items);
    seal(&inspectorate, &r, "inspectorate-health", &b, &items);
    struct evx_fetched f = rig_fetched(&r, &agency);
    struct evx_intake_result out = rig_store(&r, &f);
    for (size_t i = 0; i < 7; i++)
        cr_assert_eq(out.item[i].code, EVX_E_NOT_ENTITLED, "item %zu", i);
    f = rig_fetched(&r, &inspectorate);
    out = rig_store(&r, &f);
    for (size_t i = 0; i < 7; i++)
        cr_assert_eq(out.item[i].code, EVX_OK, "item %zu", i);
    cr_assert_not(out.consignment.owed, "inspectorates do not answer each other");
    rig_sealed_free(&agency);
    rig_sealed_free(&inspectorate);
    rig_items_free(&items);
    rig_free(&r);
}
