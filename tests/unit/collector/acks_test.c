// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/acks.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/collector/rig.h"

#define MAX_SENT 64

struct post {
    size_t n;
    char to[MAX_SENT][EVX_ORG_ID_BYTES];
    Evx__V1__Item *item[MAX_SENT];
    enum evx_status answer;
};

static enum evx_status send(void *user, const char *sender, struct evx_bytes packed)
{
    struct post *p = user;
    if (p->answer) return p->answer;
    cr_assert_lt(p->n, MAX_SENT);
    snprintf(p->to[p->n], EVX_ORG_ID_BYTES, "%s", sender);
    cr_assert_eq(evx_item_unpack(&p->item[p->n++], packed), EVX_OK);
    return EVX_OK;
}

static void empty(struct post *p)
{
    for (size_t i = 0; i < p->n; i++)
        evx_item_free(p->item[i]);
    p->n = 0;
}

static struct evx_store_consignment consignment(const char *sender, uint64_t index, enum evx_status code)
{
    struct evx_store_consignment c = {.index = index, .code = code};
    snprintf(c.sender, sizeof c.sender, "%s", sender);
    c.id.b[0] = (uint8_t)index;
    return c;
}

Test(acks, tell_each_agency_about_its_own_and_name_the_refused_items, .timeout = 30)
{
    struct post post = {0};
    struct evx_acks *acks = NULL;
    cr_assert_eq(evx_acks_new(&acks, send, &post), EVX_OK);
    struct evx_store_item items[3] = {{.code = EVX_OK}, {.code = EVX_E_ITEM_CONTENT}, {.code = EVX_OK}};
    items[1].record.item_id.b[0] = 0x5a;
    struct evx_store_consignment police = consignment(RIG_POLICE, 4, EVX_OK);
    struct evx_store_consignment school = consignment(RIG_SCHOOL, 5, EVX_E_WINDOW_CLOSED);
    cr_assert_eq(evx_acks_add(acks, &police, items, 3), EVX_OK);
    cr_assert_eq(evx_acks_add(acks, &school, items, 3), EVX_OK);
    cr_assert_eq(post.n, 0, "collected until it is full or flushed");
    cr_assert_eq(evx_acks_flush(acks), EVX_OK);
    cr_assert_eq(post.n, 2);
    cr_assert_str_eq(post.to[0], RIG_POLICE);
    const Evx__V1__Acknowledgement *a = post.item[0]->acknowledgement;
    cr_assert_eq(a->n_result, 1);
    cr_assert_eq(a->result[0]->code, 0);
    cr_assert_eq(a->result[0]->log_index, 4);
    cr_assert_eq(a->result[0]->n_rejected, 1);
    cr_assert_eq(a->result[0]->rejected[0]->code, EVX_E_ITEM_CONTENT);
    cr_assert_eq(a->result[0]->rejected[0]->item_id.data[0], 0x5a);
    cr_assert_str_eq(post.to[1], RIG_SCHOOL);
    a = post.item[1]->acknowledgement;
    cr_assert_eq(a->n_result, 1, "no other agency's results");
    cr_assert_eq(a->result[0]->code, EVX_E_WINDOW_CLOSED);
    cr_assert_eq(a->result[0]->n_rejected, 0);
    empty(&post);
    cr_assert_eq(evx_acks_flush(acks), EVX_OK);
    cr_assert_eq(post.n, 0, "handed over once");
    evx_acks_destroy(&acks);
}

Test(acks, are_cut_to_what_one_item_may_hold, .timeout = 60)
{
    static struct evx_store_item items[EVX_LIMIT_ITEMS];
    for (size_t i = 0; i < EVX_LIMIT_ITEMS; i++)
        items[i].code = EVX_E_ITEM_CONTENT;
    struct post post = {0};
    struct evx_acks *acks = NULL;
    cr_assert_eq(evx_acks_new(&acks, send, &post), EVX_OK);
    for (uint64_t i = 0; i < EVX_LIMIT_ACK_RESULTS + 1; i++) {
        struct evx_store_consignment c = consignment(RIG_POLICE, i, EVX_OK);
        cr_assert_eq(evx_acks_add(acks, &c, items, 0), EVX_OK);
    }
    cr_assert_eq(post.n, 1);
    cr_assert_eq(post.item[0]->acknowledgement->n_result, EVX_LIMIT_ACK_RESULTS);
    cr_assert_eq(evx_acks_flush(acks), EVX_OK);
    cr_assert_eq(post.n, 2);
    cr_assert_eq(post.item[1]->acknowledgement->n_result, 1);
    empty(&post);
    for (uint64_t i = 0; i < 40; i++) {
        struct evx_store_consignment c = consignment(RIG_POLICE, i, EVX_OK);
        cr_assert_eq(evx_acks_add(acks, &c, items, EVX_LIMIT_ITEMS), EVX_OK);
    }
    cr_assert_eq(evx_acks_flush(acks), EVX_OK);
    size_t results = 0;
    for (size_t i = 0; i < post.n; i++)
        results += post.item[i]->acknowledgement->n_result;
    cr_assert_eq(results, 40);
    cr_assert_gt(post.n, 1);
    empty(&post);
    evx_acks_destroy(&acks);
}

Test(acks, keep_what_could_not_be_handed_over, .timeout = 30)
{
    struct post post = {.answer = EVX_E_OUTBOX_FULL};
    struct evx_acks *acks = NULL;
    cr_assert_eq(evx_acks_new(&acks, send, &post), EVX_OK);
    struct evx_store_consignment c = consignment(RIG_POLICE, 1, EVX_OK);
    cr_assert_eq(evx_acks_add(acks, &c, NULL, 0), EVX_OK);
    cr_assert_eq(evx_acks_flush(acks), EVX_E_OUTBOX_FULL);
    post.answer = EVX_OK;
    cr_assert_eq(evx_acks_flush(acks), EVX_OK);
    cr_assert_eq(post.n, 1);
    empty(&post);
    evx_acks_destroy(&acks);
}

Test(acks, can_be_made_again_from_the_store_alone, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    struct rig_items items = {0};
    rig_add_evidence(&items, NULL, NULL);
    rig_add_raw(&items, "nonsense", 8);
    struct rig_sealed s;
    rig_seal(&s, &r,
             &(struct rig_parcel){
                 .sender = RIG_POLICE, .link = rig_first(1), .content = items.content, .items = items.n});
    struct evx_fetched f = rig_fetched(&r, &s);
    rig_store(&r, &f);
    rig_reopen(&r);
    for (int round = 0; round < 2; round++) {
        struct post post = {0};
        struct evx_acks *acks = NULL;
        cr_assert_eq(evx_acks_new(&acks, send, &post), EVX_OK);
        cr_assert_eq(evx_store_owed(r.store, evx_acks_add, acks), EVX_OK);
        cr_assert_eq(evx_acks_flush(acks), EVX_OK);
        cr_assert_eq(post.n, 1, "owed until it is marked");
        const Evx__V1__ConsignmentResult *result = post.item[0]->acknowledgement->result[0];
        cr_assert_eq(memcmp(result->consignment.data, s.id.b, 32), 0);
        cr_assert_eq(result->n_rejected, 1);
        cr_assert_eq(memcmp(result->rejected[0]->item_id.data, s.item_id[1].b, 16), 0);
        empty(&post);
        evx_acks_destroy(&acks);
    }
    rig_sealed_free(&s);
    rig_items_free(&items);
    rig_free(&r);
}
