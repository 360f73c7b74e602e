// SPDX-License-Identifier: Apache-2.0
//
// Files that were sent in parts: only the parts of one and the same file come together.
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/collector/rig.h"

#define EACH 1000

static struct rig r;
static struct evx_chain_link next;
static uint8_t file[2500];
static struct evx_bytes whole;
static struct evx_digest digest;

static void setup(void)
{
    rig_new(&r);
    next = rig_first(1);
    for (size_t i = 0; i < sizeof file; i++)
        file[i] = (uint8_t)(i * 31 + i / 256);
    whole = evx_bytes(file, sizeof file);
    evx_blake2b(&digest, whole);
}
static void teardown(void) { rig_free(&r); }
#define RIG .init = setup, .fini = teardown, .timeout = 60

struct part {
    uint32_t part, parts;
    uint64_t size; // of the whole file, as this part says
    struct evx_bytes content;
};

static void add(struct rig_items *items, const struct part *p)
{
    Evx__V1__AttachmentRef ref = EVX__V1__ATTACHMENT_REF__INIT;
    ref.digest = (ProtobufCBinaryData){32, digest.b};
    ref.size = p->size;
    ref.media_type = "application/json";
    ref.file_name = "case.json";
    Evx__V1__Attachment a = EVX__V1__ATTACHMENT__INIT;
    a.file = &ref;
    a.part = p->part;
    a.part_count = p->parts;
    a.content = (ProtobufCBinaryData){p->content.n, (uint8_t *)p->content.p};
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    item.body_case = EVX__V1__ITEM__BODY_ATTACHMENT;
    item.attachment = &a;
    rig_add(items, &item);
}

// As an honest sender cuts it.
static struct part cut(uint32_t part)
{
    size_t from = (part - 1) * EACH, n = whole.n - from < EACH ? whole.n - from : EACH;
    return (struct part){part, (uint32_t)((whole.n + EACH - 1) / EACH), whole.n,
                         evx_bytes(whole.p + from, n)};
}

static void send(struct rig_items *items)
{
    struct rig_sealed s;
    rig_seal(&s, &r,
             &(struct rig_parcel){
                 .sender = RIG_POLICE, .link = next, .content = items->content, .items = items->n});
    struct evx_fetched f = rig_fetched(&r, &s);
    struct evx_intake_result out = rig_store(&r, &f);
    for (size_t i = 0; i < items->n; i++)
        cr_assert_eq(out.item[i].code, EVX_OK, "item %zu", i);
    next = rig_after(&next, &s.id);
    rig_sealed_free(&s);
    rig_items_free(items);
}

static void send_parts(const struct part *part, size_t n)
{
    struct rig_items items = {0};
    for (size_t i = 0; i < n; i++)
        add(&items, &part[i]);
    send(&items);
}

static void expect(enum evx_status wanted)
{
    struct evx_buf got = {0};
    cr_assert_eq(rig_attachment(&r, RIG_POLICE, &digest, 1 << 20, &got), wanted);
    cr_assert_eq(got.n, 0);
    evx_buf_free(&got);
}

Test(attachment, comes_together_from_its_parts, RIG)
{
    struct part first[] = {cut(3), cut(1)}, second = cut(2);
    struct evx_buf got = {0};
    send_parts(first, 2);
    expect(EVX_E_NOT_FOUND); // part 2 is missing
    send_parts(&second, 1);
    cr_assert_eq(rig_attachment(&r, RIG_POLICE, &digest, 2499, &got), EVX_E_TOO_LARGE);
    cr_assert_eq(got.n, 0);
    cr_assert_eq(rig_attachment(&r, RIG_POLICE, &digest, 2500, &got), EVX_OK);
    cr_assert(evx_bytes_equal(evx_buf_bytes(&got), whole));
    cr_assert_eq(rig_attachment(&r, RIG_SCHOOL, &digest, 2500, &got), EVX_E_NOT_FOUND);
    evx_buf_free(&got);
}

Test(attachment, whose_parts_make_another_file_is_refused, RIG)
{
    uint8_t other[sizeof file] = {2};
    struct part p = {1, 1, sizeof other, evx_bytes(other, sizeof other)};
    send_parts(&p, 1);
    expect(EVX_E_ITEM_CONTENT);
}

// Of two cuttings of one file, no part of one fits the other.
Test(attachment, whose_parts_count_differently_is_not_whole, RIG)
{
    whole.n = 2 * EACH;
    evx_blake2b(&digest, whole);
    struct part p[] = {cut(1), cut(2)};
    p[1].parts = 3;
    send_parts(p, 2);
    expect(EVX_E_NOT_FOUND);
}

Test(attachment, whose_parts_name_two_sizes_is_not_whole, RIG)
{
    whole.n = 2 * EACH;
    evx_blake2b(&digest, whole);
    struct part p[] = {cut(1), cut(2)};
    p[1].size++;
    send_parts(p, 2);
    expect(EVX_E_NOT_FOUND);
}

// The size that is announced is the size that is checked against the limit: what does not
// fit into it is never held in memory, however many parts there are.
Test(attachment, that_is_larger_than_it_says_takes_no_more_room, RIG)
{
    struct part p[3];
    struct evx_buf got = {0};
    for (uint32_t i = 0; i < 3; i++)
        p[i] = (struct part){i + 1, 3, EACH, evx_bytes(file, EACH - 100)};
    send_parts(p, 3);
    cr_assert_eq(evx_buf_reserve(&got, EACH), EVX_OK);
    size_t room = got.cap;
    cr_assert_eq(rig_attachment(&r, RIG_POLICE, &digest, EACH, &got), EVX_E_ITEM_CONTENT);
    cr_assert_eq(got.cap, room);
    evx_buf_free(&got);
}

static void remember(uint32_t part, uint32_t number)
{
    struct evx_store_part p = {
        .ref = {0, number}, .sender = RIG_POLICE, .file = digest, .part = part, .part_count = 3};
    cr_assert_eq(evx_store_begin(r.store), EVX_OK);
    cr_assert_eq(evx_store_put_part(r.store, &p), EVX_OK);
    cr_assert_eq(evx_store_commit(r.store), EVX_OK);
}

// What a part is, its content says, not the place where it is remembered.
Test(attachment, whose_parts_are_remembered_in_a_wrong_order_is_not_whole, RIG)
{
    struct part p[] = {cut(1), cut(2), cut(3)};
    send_parts(p, 3);
    remember(1, 1);
    remember(2, 0);
    expect(EVX_E_NOT_FOUND);
    remember(1, 0);
    remember(2, 0);
    expect(EVX_E_NOT_FOUND);
}

Test(attachment, is_made_of_nothing_but_parts, RIG)
{
    struct rig_items items = {0};
    struct part p = cut(1);
    add(&items, &p);
    rig_add_evidence(&items, NULL, NULL);
    send(&items);
    remember(2, 1);
    expect(EVX_E_STORE_DAMAGED);
}
