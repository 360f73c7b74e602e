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

// --- the sender's chain (P7) ---

Test(ingest_chain, the_same_consignment_twice_has_no_second_effect, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct rig_sealed s;
    struct evx_chain_link link = rig_first(1);
    rig_evidence(&s, &r, RIG_POLICE, &link, 2);
    struct evx_fetched f = rig_fetched(&r, &s);
    rig_store(&r, &f);
    rig_reopen(&r);
    f = rig_fetched(&r, &s);
    struct evx_intake_result out = rig_store(&r, &f);
    cr_assert_eq(out.consignment.code, EVX_E_DUPLICATE);
    cr_assert_not(out.consignment.owed, "the first one's answer stands");
    cr_assert_eq(out.items, 0);
    struct evx_store_totals t;
    cr_assert_eq(evx_store_count(r.store, &t), EVX_OK);
    cr_assert_eq(t.items, 2);
    cr_assert_eq(t.accepted, 2);
    cr_assert_eq(t.log_size, 2);
    f = rig_fetched(&r, &s);
    f.fault = EVX_E_REVOKED;
    cr_assert_eq(rig_store(&r, &f).consignment.code, EVX_E_DUPLICATE, "whatever else is wrong with the copy");
    rig_sealed_free(&s);
    rig_free(&r);
}

Test(ingest_chain, a_gap_is_refused_and_names_what_is_missing, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct rig_sealed one, two, three;
    struct evx_chain_link link = rig_first(1);
    rig_evidence(&one, &r, RIG_POLICE, &link, 1);
    struct evx_chain_link second = rig_after(&link, &one.id);
    rig_evidence(&two, &r, RIG_POLICE, &second, 1);
    struct evx_chain_link third = rig_after(&second, &two.id);
    rig_evidence(&three, &r, RIG_POLICE, &third, 1);
    struct evx_fetched f = rig_fetched(&r, &one);
    rig_store(&r, &f);
    f = rig_fetched(&r, &three);
    struct evx_intake_result out = rig_store(&r, &f);
    cr_assert_eq(out.consignment.code, EVX_E_GAP);
    cr_assert_eq(out.item[0].code, EVX_E_GAP);
    cr_assert_eq(out.notes, 1);
    cr_assert_eq(out.note[0].said, 3);
    cr_assert_eq(out.note[0].seen, 1);
    rig_reopen(&r);
    f = rig_fetched(&r, &two);
    cr_assert_eq(rig_store(&r, &f).consignment.code, EVX_OK);
    f = rig_fetched(&r, &three);
    cr_assert_eq(rig_store(&r, &f).consignment.code, EVX_OK);
    rig_sealed_free(&one);
    rig_sealed_free(&two);
    rig_sealed_free(&three);
    rig_free(&r);
}

Test(ingest_chain, two_contents_under_one_number_freeze_the_stream, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct rig_sealed one, twin, next;
    struct evx_chain_link link = rig_first(1);
    rig_evidence(&one, &r, RIG_POLICE, &link, 1);
    rig_evidence(&twin, &r, RIG_POLICE, &link, 2);
    struct evx_chain_link second = rig_after(&link, &one.id);
    rig_evidence(&next, &r, RIG_POLICE, &second, 1);
    struct evx_fetched f = rig_fetched(&r, &one);
    rig_store(&r, &f);
    f = rig_fetched(&r, &twin);
    struct evx_intake_result out = rig_store(&r, &f);
    cr_assert_eq(out.consignment.code, EVX_E_EQUIVOCATION);
    cr_assert(out.stream.head.frozen);
    struct evx_buf body = {0};
    cr_assert_eq(evx_store_consignment(r.store, 1, NULL, &body), EVX_OK);
    cr_assert(evx_bytes_equal(evx_buf_bytes(&body), evx_buf_bytes(&twin.body)), "both are kept as proof");
    evx_buf_free(&body);
    rig_reopen(&r);
    f = rig_fetched(&r, &next);
    cr_assert_eq(rig_store(&r, &f).consignment.code, EVX_E_FROZEN, "also after a restart");
    f = rig_fetched(&r, &one);
    cr_assert_eq(rig_store(&r, &f).consignment.code, EVX_E_DUPLICATE, "a copy of the first stays a copy");
    rig_sealed_free(&one);
    rig_sealed_free(&twin);
    rig_sealed_free(&next);
    rig_free(&r);
}

Test(ingest_chain, a_wrong_previous_is_refused, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct rig_sealed one, two;
    struct evx_chain_link link = rig_first(1);
    rig_evidence(&one, &r, RIG_POLICE, &link, 1);
    struct evx_chain_link second = rig_after(&link, &one.id);
    second.previous.b[0] ^= 1;
    rig_evidence(&two, &r, RIG_POLICE, &second, 1);
    struct evx_fetched f = rig_fetched(&r, &one);
    rig_store(&r, &f);
    f = rig_fetched(&r, &two);
    cr_assert_eq(rig_store(&r, &f).consignment.code, EVX_E_CHAIN);
    rig_sealed_free(&one);
    rig_sealed_free(&two);
    rig_free(&r);
}

Test(ingest_chain, nobody_continues_another_organisations_stream, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct rig_sealed one, two;
    struct evx_chain_link link = rig_first(1);
    rig_evidence(&one, &r, RIG_POLICE, &link, 1);
    struct evx_chain_link second = rig_after(&link, &one.id);
    rig_evidence(&two, &r, RIG_SCHOOL, &second, 1);
    struct evx_fetched f = rig_fetched(&r, &one);
    rig_store(&r, &f);
    f = rig_fetched(&r, &two);
    cr_assert_eq(rig_store(&r, &f).consignment.code, EVX_E_CHAIN);
    rig_sealed_free(&one);
    rig_sealed_free(&two);
    rig_free(&r);
}

Test(ingest_chain, a_new_stream_says_whether_the_old_one_is_whole, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct rig_items items = {0};
    rig_add_evidence(&items, NULL, NULL);
    struct rig_sealed s;
    rig_seal(&s, &r,
             &(struct rig_parcel){.sender = RIG_POLICE,
                                  .link = rig_first(3),
                                  .content = items.content,
                                  .items = 1,
                                  .flags = EVX__V1__HEADER_FLAG__FLAG_STREAM_RESET});
    struct evx_fetched f = rig_fetched(&r, &s);
    struct evx_intake_result out = rig_store(&r, &f);
    cr_assert_eq(out.consignment.code, EVX_OK);
    cr_assert_eq(out.notes, 1);
    cr_assert_eq(out.note[0].code, EVX_E_GAP);
    rig_sealed_free(&s);
    rig_items_free(&items);
    rig_free(&r);
}

// --- what a sender says about its own chain (P8) ---

static struct evx_intake_result heartbeat(struct rig *r, const struct evx_chain_link *link,
                                          const struct evx_chain_link *about, const struct evx_digest *last,
                                          struct rig_sealed *s)
{
    struct rig_items items = {0};
    rig_add_heartbeat(&items, about, last);
    seal(s, r, RIG_POLICE, link, &items);
    rig_items_free(&items);
    struct evx_fetched f = rig_fetched(r, s);
    return rig_store(r, &f);
}

Test(ingest_chain, a_heartbeat_shows_a_withheld_tail, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct rig_sealed one, good, wrong, ahead;
    struct evx_chain_link first = rig_first(1), other = rig_first(2);
    rig_evidence(&one, &r, RIG_POLICE, &first, 1);
    struct evx_fetched f = rig_fetched(&r, &one);
    rig_store(&r, &f);
    struct evx_intake_result out = heartbeat(&r, &other, &first, &one.id, &good);
    cr_assert_eq(out.item[0].code, EVX_OK);
    cr_assert_eq(out.notes, 0);
    struct evx_digest bad = one.id;
    bad.b[0] ^= 1;
    struct evx_chain_link next = rig_after(&other, &good.id);
    out = heartbeat(&r, &next, &first, &bad, &wrong);
    cr_assert_eq(out.notes, 1);
    cr_assert_eq(out.note[0].code, EVX_E_CHAIN);
    struct evx_chain_link beyond = {.stream = first.stream, .sequence = 4};
    next = rig_after(&next, &wrong.id);
    out = heartbeat(&r, &next, &beyond, &one.id, &ahead);
    cr_assert_eq(out.item[0].code, EVX_OK);
    cr_assert_eq(out.notes, 1);
    cr_assert_eq(out.note[0].code, EVX_E_GAP);
    cr_assert_eq(out.note[0].said, 4);
    cr_assert_eq(out.note[0].seen, 1);
    rig_sealed_free(&one);
    rig_sealed_free(&good);
    rig_sealed_free(&wrong);
    rig_sealed_free(&ahead);
    rig_free(&r);
}

static void add_statement(struct rig_items *items, const struct evx_stream_id *stream, uint64_t last,
                          const struct evx_digest *root, uint64_t n)
{
    Evx__V1__CompletenessStatement c = EVX__V1__COMPLETENESS_STATEMENT__INIT;
    c.stream = (ProtobufCBinaryData){16, (uint8_t *)stream->b};
    c.first = 1;
    c.last = last;
    c.root = (ProtobufCBinaryData){32, (uint8_t *)root->b};
    c.items = n;
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    item.body_case = EVX__V1__ITEM__BODY_COMPLETENESS;
    item.completeness = &c;
    rig_add(items, &item);
}

struct claim {
    const char *name;
    uint64_t last, items;
    bool wrong_root;
    enum evx_status note; // EVX_OK: none
};

Test(ingest_chain, a_completeness_statement_is_compared_with_the_log, .timeout = 60)
{
    static const struct claim table[] = {
        {"true", 2, 5, false, EVX_OK},
        {"another root", 2, 5, true, EVX_E_CHAIN},
        {"another number of items", 2, 6, false, EVX_E_CHAIN},
        {"a withheld tail", 9, 5, false, EVX_E_GAP},
    };
    struct rig r;
    rig_new(&r);
    struct rig_sealed one, two;
    struct evx_chain_link link = rig_first(1);
    rig_evidence(&one, &r, RIG_POLICE, &link, 2);
    struct evx_chain_link second = rig_after(&link, &one.id), own = rig_first(2);
    rig_evidence(&two, &r, RIG_POLICE, &second, 3);
    struct evx_fetched f = rig_fetched(&r, &one);
    rig_store(&r, &f);
    f = rig_fetched(&r, &two);
    rig_store(&r, &f);
    struct evx_digest leaf, root;
    struct evx_frontier tree = {0};
    evx_log_leaf(&leaf, evx_bytes(one.id.b, 32));
    evx_frontier_append(&tree, &leaf, NULL, NULL);
    evx_log_leaf(&leaf, evx_bytes(two.id.b, 32));
    evx_frontier_append(&tree, &leaf, NULL, NULL);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        evx_frontier_root(&root, &tree);
        root.b[31] ^= table[i].wrong_root;
        struct rig_items items = {0};
        add_statement(&items, &link.stream, table[i].last, &root, table[i].items);
        struct rig_sealed s;
        seal(&s, &r, RIG_POLICE, &own, &items);
        f = rig_fetched(&r, &s);
        struct evx_intake_result out = rig_store(&r, &f);
        cr_assert_eq(out.item[0].code, EVX_OK, "%s", table[i].name);
        cr_assert_eq(out.notes, table[i].note != EVX_OK, "%s", table[i].name);
        if (table[i].note) cr_assert_eq(out.note[0].code, table[i].note, "%s", table[i].name);
        own = rig_after(&own, &s.id);
        rig_sealed_free(&s);
        rig_items_free(&items);
    }
    rig_sealed_free(&one);
    rig_sealed_free(&two);
    rig_free(&r);
}

static enum evx_status count_note(void *user, const struct evx_store_note *note)
{
    cr_assert_neq(note->code, EVX_OK);
    cr_assert_neq(note->text[0], '\0');
    ++*(size_t *)user;
    return EVX_OK;
}

Test(ingest_chain, remarks_are_kept_in_the_store, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct rig_sealed s;
    struct evx_chain_link link = rig_first(1), beyond = rig_first(1);
    beyond.sequence = 7;
    struct evx_digest any = {{1}};
    heartbeat(&r, &link, &beyond, &any, &s);
    rig_reopen(&r);
    size_t n = 0;
    cr_assert_eq(evx_store_notes(r.store, count_note, &n), EVX_OK);
    cr_assert_eq(n, 1);
    rig_sealed_free(&s);
    rig_free(&r);
}
