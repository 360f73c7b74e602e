// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/collector/rig.h"

Test(ingest, accepts_good_evidence_and_owes_an_answer, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct rig_sealed s;
    struct evx_chain_link link = rig_first(1);
    rig_evidence(&s, &r, RIG_POLICE, &link, 3);
    struct evx_fetched f = rig_fetched(&r, &s);
    struct evx_intake_result out = rig_take(&r, &f);
    cr_assert_eq(out.consignment.code, EVX_OK);
    cr_assert_eq(out.items, 3);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(out.item[i].code, EVX_OK);
        cr_assert_eq(out.item[i].kind, EVX__V1__ITEM__BODY_EVIDENCE);
        cr_assert_eq(out.item[i].record.retention, 7);
    }
    cr_assert(out.consignment.owed);
    cr_assert(out.consignment.addressed);
    cr_assert(out.consignment.chained);
    cr_assert(out.stream_changed);
    cr_assert_eq(out.stream.head.sequence, 1);
    cr_assert_eq(memcmp(out.consignment.id.b, s.id.b, 32), 0);
    cr_assert_eq(out.notes, 0);
    rig_sealed_free(&s);
    rig_free(&r);
}

// --- what happens to a body on its way ---

struct alteration {
    const char *name;
    void (*alter)(struct rig_sealed *s, const struct rig_sealed *other);
    enum evx_status code;
    bool whole; // the consignment is refused, not an item
};

static uint8_t *into(struct rig_sealed *s, struct evx_bytes part)
{
    return s->body.p + (part.p - s->consignment.whole.p);
}

static void take_anothers_wraps(struct rig_sealed *s, const struct rig_sealed *other)
{
    memcpy(into(s, s->consignment.wraps), other->consignment.wraps.p, s->consignment.wraps.n);
}
static void flip_wraps(struct rig_sealed *s, const struct rig_sealed *other)
{
    (void)other;
    for (size_t i = EVX_WRAP_BYTES; i <= s->consignment.wraps.n; i += EVX_WRAP_BYTES)
        into(s, s->consignment.wraps)[i - 1] ^= 0x40;
}
static void readdress_wraps(struct rig_sealed *s, const struct rig_sealed *other)
{
    (void)other;
    for (size_t i = 0; i < s->consignment.wraps.n; i += EVX_WRAP_BYTES)
        into(s, s->consignment.wraps)[i] ^= 0x40;
}
static void flip_ciphertext(struct rig_sealed *s, const struct rig_sealed *other)
{
    (void)other;
    into(s, s->consignment.ciphertexts)[5] ^= 1;
}
static void flip_commitment(struct rig_sealed *s, const struct rig_sealed *other)
{
    (void)other;
    struct evx_record record;
    struct evx_bytes ciphertext;
    evx_consignment_record(&record, &ciphertext, &s->consignment, 0);
    uint8_t *at = memmem(s->body.p, s->body.n, record.commitment.b, 32);
    cr_assert_not_null(at);
    at[0] ^= 1;
}

Test(ingest, refuses_bodies_that_do_not_open_with_the_code_that_says_why, .timeout = 120)
{
    static const struct alteration table[] = {
        {"wraps of another sender", take_anothers_wraps, EVX_E_WRAP, true},
        {"wraps for another recipient", readdress_wraps, EVX_E_WRAP_CONTEXT, true},
        {"damaged wraps", flip_wraps, EVX_E_WRAP, true},
        {"key commitment", flip_commitment, EVX_E_KEY_COMMITMENT, false},
        {"ciphertext", flip_ciphertext, EVX_E_CIPHERTEXT, false},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct rig r;
        rig_new(&r);
        struct rig_sealed s, other;
        struct evx_chain_link link = rig_first(1), others = rig_first(2);
        rig_evidence(&s, &r, RIG_POLICE, &link, 2);
        rig_evidence(&other, &r, RIG_SCHOOL, &others, 2);
        table[i].alter(&s, &other); // in place, under the consignment that was opened
        struct evx_fetched f = rig_fetched(&r, &s);
        struct evx_intake_result out = rig_store(&r, &f);
        enum evx_status got = table[i].whole ? out.consignment.code : out.item[0].code;
        cr_assert_eq(got, table[i].code, "%s: %d", table[i].name, got);
        cr_assert_eq(out.items, 2, "nothing is dropped");
        cr_assert_eq(out.item[1].code, table[i].whole ? got : EVX_OK, "%s", table[i].name);
        cr_assert(out.consignment.owed);
        rig_sealed_free(&s);
        rig_sealed_free(&other);
        rig_free(&r);
    }
}

Test(ingest, a_consignment_for_somebody_else_is_not_opened, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct evx_chain_link link = rig_first(1);
    struct rig_items items = {0};
    rig_add_evidence(&items, NULL, NULL);
    struct rig_sealed s;
    rig_seal(&s, &r,
             &(struct rig_parcel){.sender = RIG_POLICE,
                                  .to = "inspectorate-health",
                                  .link = link,
                                  .content = items.content,
                                  .items = 1});
    struct evx_fetched f = rig_fetched(&r, &s);
    struct evx_intake_result out = rig_take(&r, &f);
    cr_assert_eq(out.consignment.code, EVX_E_NOT_RECIPIENT);
    cr_assert_eq(out.item[0].code, EVX_E_NOT_RECIPIENT);
    rig_sealed_free(&s);
    rig_items_free(&items);
    rig_free(&r);
}

Test(ingest, our_own_consignments_to_others_only_move_the_chain, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct evx_chain_link link = rig_first(1);
    struct rig_items items = {0};
    rig_add_evidence(&items, NULL, NULL);
    struct rig_sealed s;
    struct rig_parcel p = {
        .sender = RIG_OWN, .to = "inspectorate-health", .link = link, .content = items.content, .items = 1};
    rig_seal(&s, &r, &p);
    struct evx_fetched f = rig_fetched(&r, &s);
    struct evx_intake_result out = rig_store(&r, &f);
    cr_assert_eq(out.consignment.code, EVX_OK);
    cr_assert_not(out.consignment.addressed);
    cr_assert_not(out.consignment.owed);
    cr_assert_eq(out.items, 0);
    cr_assert_eq(out.stream.head.sequence, 1);
    p.to = NULL;
    p.link = rig_after(&link, &s.id);
    rig_sealed_free(&s);
    rig_seal(&s, &r, &p);
    f = rig_fetched(&r, &s);
    out = rig_store(&r, &f);
    cr_assert_eq(out.item[0].code, EVX_OK, "what we also sent to ourselves is kept like any other");
    cr_assert_not(out.consignment.owed);
    rig_sealed_free(&s);
    rig_items_free(&items);
    rig_free(&r);
}

// --- what the core is told by whoever fetched ---

Test(ingest, an_entry_that_is_not_for_us_only_moves_the_chain, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct evx_chain_link link = rig_first(1);
    struct rig_items items = {0};
    rig_add_evidence(&items, NULL, NULL);
    struct rig_sealed s;
    rig_seal(&s, &r,
             &(struct rig_parcel){.sender = RIG_POLICE,
                                  .to = "inspectorate-health",
                                  .link = link,
                                  .content = items.content,
                                  .items = 1});
    struct evx_fetched f = rig_fetched(&r, &s);
    f.body = (struct evx_bytes){0};
    f.consignment = NULL;
    struct evx_intake_result out = rig_store(&r, &f);
    cr_assert_eq(out.consignment.code, EVX_OK);
    cr_assert_not(out.consignment.addressed);
    cr_assert_not(out.consignment.owed);
    cr_assert_eq(out.stream.head.sequence, 1);
    cr_assert_eq(out.items, 0);
    cr_assert_eq(out.notes, 0);
    rig_sealed_free(&s);
    rig_items_free(&items);
    rig_free(&r);
}

Test(ingest, content_that_the_broker_withholds_is_remarked, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct rig_sealed s;
    struct evx_chain_link link = rig_first(1);
    rig_evidence(&s, &r, RIG_POLICE, &link, 1);
    struct evx_fetched f = rig_fetched(&r, &s);
    f.body = (struct evx_bytes){0};
    f.consignment = NULL;
    struct evx_intake_result out = rig_store(&r, &f);
    cr_assert_eq(out.consignment.code, EVX_E_NOT_FOUND);
    cr_assert(out.consignment.addressed);
    cr_assert_not(out.consignment.owed, "it could still come");
    cr_assert_eq(out.notes, 1);
    cr_assert_eq(out.note[0].code, EVX_E_NOT_FOUND);
    rig_sealed_free(&s);
    rig_free(&r);
}

struct faulty {
    enum evx_status fault;
    bool owed, chained;
};

Test(ingest, a_fault_refuses_the_whole_and_answers_only_a_proven_sender, .timeout = 120)
{
    static const struct faulty table[] = {
        {EVX_E_WINDOW_CLOSED, true, true},   {EVX_E_NOT_ENTITLED, true, true},
        {EVX_E_STALE_DIRECTORY, true, true}, {EVX_E_RECIPIENT, true, true},
        {EVX_E_STRUCTURE, true, true},       {EVX_E_REVOKED, true, false},
        {EVX_E_EXPIRED_KEY, true, false},    {EVX_E_SIGNATURE, false, false},
        {EVX_E_IDENTITY, false, false},      {EVX_E_UNKNOWN_KEY, false, false},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct rig r;
        rig_new(&r);
        struct rig_sealed s;
        struct evx_chain_link link = rig_first(1);
        rig_evidence(&s, &r, RIG_POLICE, &link, 2);
        struct evx_fetched f = rig_fetched(&r, &s);
        f.fault = table[i].fault;
        struct evx_intake_result out = rig_store(&r, &f);
        cr_assert_eq(out.consignment.code, table[i].fault);
        cr_assert_eq(out.consignment.owed, table[i].owed, "%d", table[i].fault);
        cr_assert_eq(out.consignment.chained, table[i].chained, "%d", table[i].fault);
        for (size_t k = 0; k < out.items; k++)
            cr_assert_eq(out.item[k].code, table[i].fault);
        struct evx_store_totals t;
        cr_assert_eq(evx_store_count(r.store, &t), EVX_OK);
        cr_assert_eq(t.rejected, 2, "every item that was announced is counted");
        cr_assert_eq(t.accepted, 0);
        rig_sealed_free(&s);
        rig_free(&r);
    }
}

Test(ingest, checks_the_senders_identity_itself, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct rig_sealed s;
    struct evx_chain_link link = rig_first(1);
    rig_evidence(&s, &r, RIG_POLICE, &link, 1);
    struct evx_fetched f = rig_fetched(&r, &s);
    f.sender = RIG_SCHOOL;
    cr_assert_eq(rig_store(&r, &f).consignment.code, EVX_E_IDENTITY, "named sender is not the key's owner");
    f = rig_fetched(&r, &s);
    f.sender = RIG_SCHOOL;
    f.key = evx_fixture_key(r.fixture, RIG_SCHOOL, EVX_KEY_SIG);
    cr_assert_eq(rig_store(&r, &f).consignment.code, EVX_E_IDENTITY, "the header names another key");
    f = rig_fetched(&r, &s);
    f.key = NULL;
    cr_assert_eq(rig_store(&r, &f).consignment.code, EVX_E_UNKNOWN_KEY);
    rig_sealed_free(&s);
    rig_free(&r);
}

Test(ingest, a_body_under_another_log_entry_is_no_body, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct rig_sealed s, other;
    struct evx_chain_link link = rig_first(1), others = rig_first(2);
    rig_evidence(&s, &r, RIG_POLICE, &link, 1);
    rig_evidence(&other, &r, RIG_POLICE, &others, 1);
    struct evx_fetched f = rig_fetched(&r, &s);
    f.log_entry = evx_buf_bytes(&other.log_entry);
    struct evx_intake_result out = rig_store(&r, &f);
    cr_assert_eq(out.consignment.code, EVX_E_STRUCTURE);
    cr_assert_eq(out.items, 0);
    cr_assert_eq(memcmp(out.consignment.id.b, other.id.b, 32), 0, "the log says which consignment it is");
    rig_sealed_free(&s);
    rig_sealed_free(&other);
    rig_free(&r);
}

Test(ingest, another_inspections_consignment_is_refused, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct evx_chain_link link = rig_first(1);
    struct rig_items items = {0};
    struct evx_inspection_id elsewhere = {{0xee, 1}};
    rig_add_evidence(&items, &elsewhere, NULL);
    struct rig_sealed s;
    rig_seal(&s, &r,
             &(struct rig_parcel){.sender = RIG_POLICE,
                                  .link = link,
                                  .content = items.content,
                                  .items = 1,
                                  .inspection = &elsewhere});
    struct evx_fetched f = rig_fetched(&r, &s);
    cr_assert_eq(rig_take(&r, &f).consignment.code, EVX_E_WRONG_INSPECTION);
    rig_sealed_free(&s);
    rig_items_free(&items);
    rig_free(&r);
}

Test(ingest, an_entry_that_cannot_be_read_is_kept_with_its_code, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct evx_fetched f = {
        .index = 0, .log_entry = evx_bytes_of_text("garbage"), .body = evx_bytes_of_text("more")};
    struct evx_intake_result out = rig_store(&r, &f);
    cr_assert_neq(out.consignment.code, EVX_OK);
    cr_assert_not(out.consignment.owed);
    struct evx_buf log_entry = {0}, body = {0};
    cr_assert_eq(evx_store_consignment(r.store, 0, &log_entry, &body), EVX_OK);
    cr_assert_eq(log_entry.n, 7);
    cr_assert_eq(body.n, 4);
    evx_buf_free(&log_entry);
    evx_buf_free(&body);
    rig_free(&r);
}

Test(ingest, an_index_below_the_cursor_has_no_effect_and_one_above_stops, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct rig_sealed s;
    struct evx_chain_link link = rig_first(1);
    rig_evidence(&s, &r, RIG_POLICE, &link, 1);
    struct evx_fetched f = rig_fetched(&r, &s);
    rig_store(&r, &f);
    struct evx_intake_result out = rig_take(&r, &f);
    cr_assert(out.known);
    cr_assert_eq(out.items, 0);
    f.index = 2;
    cr_assert_eq(evx_intake_take(r.intake, evx_fixture_directory(r.fixture), &f, &out), EVX_E_PROTOCOL);
    cr_assert_eq(evx_intake_next(r.intake), 1);
    rig_sealed_free(&s);
    rig_free(&r);
}
