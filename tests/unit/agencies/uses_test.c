// SPDX-License-Identifier: Apache-2.0
//
// What an agency makes of reports of use: what is missing, what contradicts itself, what
// names items that are not its own.
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "agents/client/agency/use_reports.h"

#define CARE   "inspectorate-care"
#define HEALTH "inspectorate-health"

// Five consignments of two items at log indexes 10, 11, 12, 20, 30; item n has id n + 1.
static void own_five(struct evx_own_items *own)
{
    static const uint64_t index[5] = {30, 10, 12, 11, 20};
    memset(own, 0, sizeof *own);
    for (size_t i = 0; i < 5; i++) {
        struct evx_item_id id[2] = {{{(uint8_t)(2 * i + 1)}}, {{(uint8_t)(2 * i + 2)}}};
        cr_assert_eq(evx_own_items_add(own, index[i], id, 2), EVX_OK);
    }
    cr_assert_eq(evx_own_items_sort(own), EVX_OK);
}

struct made {
    Evx__V1__UseReport m;
    Evx__V1__Use use[4], *uses[4];
    Evx__V1__Moment at[4];
    ProtobufCBinaryData id[4];
    uint8_t id_bytes[4][16];
    Evx__V1__UseRange range[4], *ranges[4];
};

static struct made *report(uint64_t first, uint64_t last, bool more)
{
    static struct made made[16];
    static size_t next;
    struct made *r = &made[next++ % 16];
    memset(r, 0, sizeof *r);
    evx__v1__use_report__init(&r->m);
    r->m.first = first, r->m.last = last, r->m.more = more;
    r->m.use = r->uses;
    return r;
}

static struct made *base_use(struct made *r, uint64_t record)
{
    size_t n = r->m.n_use++;
    evx__v1__use__init(&r->use[n]);
    evx__v1__moment__init(&r->at[n]);
    r->at[n].utc_ms = 1000 + (int64_t)record;
    r->use[n].at = &r->at[n];
    r->use[n].verb = (char *)"consultation";
    r->use[n].on_behalf_of = (char *)"the lead";
    r->use[n].purpose = (char *)"inspection";
    r->use[n].record = record;
    r->uses[n] = &r->use[n];
    return r;
}

// A use of one item by its id.
static struct made *by_id(struct made *r, uint64_t record, uint8_t id)
{
    size_t n = base_use(r, record)->m.n_use - 1;
    r->id_bytes[n][0] = id;
    r->id[n] = (ProtobufCBinaryData){16, r->id_bytes[n]};
    r->use[n].item = &r->id[n];
    r->use[n].n_item = 1;
    return r;
}

static struct made *by_range(struct made *r, uint64_t record, uint64_t index, uint32_t number, uint32_t count,
                             uint32_t repeat)
{
    size_t n = base_use(r, record)->m.n_use - 1;
    evx__v1__use_range__init(&r->range[n]);
    r->range[n].index = index, r->range[n].number = number;
    r->range[n].count = count, r->range[n].repeat = repeat;
    r->ranges[n] = &r->range[n];
    r->use[n].range = &r->ranges[n];
    r->use[n].n_range = 1;
    return r;
}

struct desk {
    struct evx_own_items own;
    struct evx_use_reports *r;
    const struct evx_use *use;
    const struct evx_use_remark *remark;
    const struct evx_use_source *source;
    size_t uses, remarks, sources;
};

static void begin(struct desk *d)
{
    memset(d, 0, sizeof *d);
    own_five(&d->own);
    cr_assert_eq(evx_use_reports_new(&d->r, &d->own), EVX_OK);
}

static void take(struct desk *d, const char *by, struct made *r)
{
    cr_assert_eq(evx_use_reports_take(d->r, by, &r->m), EVX_OK);
}

static void settle(struct desk *d)
{
    cr_assert_eq(evx_use_reports_settle(d->r), EVX_OK);
    d->use = evx_use_reports_uses(d->r, &d->uses);
    d->remark = evx_use_reports_remarks(d->r, &d->remarks);
    d->source = evx_use_reports_sources(d->r, &d->sources);
}

static void end(struct desk *d)
{
    evx_use_reports_destroy(&d->r);
    evx_own_items_free(&d->own);
}

static void expect_remark(const struct desk *d, const char *by, enum evx_use_fault fault, uint64_t first,
                          uint64_t last)
{
    for (size_t i = 0; i < d->remarks; i++)
        if (d->remark[i].fault == fault && d->remark[i].first == first && d->remark[i].last == last &&
            strcmp(d->remark[i].by, by) == 0)
            return;
    cr_assert(false, "no remark %d %llu-%llu", (int)fault, (unsigned long long)first,
              (unsigned long long)last);
}

Test(uses, own_items_are_found_by_id_and_by_place, .timeout = 10)
{
    struct evx_own_items own;
    own_five(&own);
    size_t at = 99;
    cr_assert_eq(own.items, 10);
    cr_assert_eq(own.place[0].index, 10);
    cr_assert_eq(own.id[0].b[0], 3, "positions follow the log");
    cr_assert(evx_own_items_find(&own, &(struct evx_item_id){{1}}, &at));
    cr_assert_eq(at, 8, "it stands at index 30");
    cr_assert(!evx_own_items_find(&own, &(struct evx_item_id){{11}}, &at));
    cr_assert_eq(evx_own_items_from(&own, 0), 0);
    cr_assert_eq(evx_own_items_from(&own, 12), 2);
    cr_assert_eq(evx_own_items_from(&own, 13), 3);
    cr_assert_eq(evx_own_items_from(&own, 31), 5);
    evx_own_items_free(&own);
    struct evx_own_items none = {0};
    cr_assert_eq(evx_own_items_sort(&none), EVX_OK);
    cr_assert(!evx_own_items_find(&none, &(struct evx_item_id){{1}}, &at));
}

Test(uses, reports_that_follow_each_other_leave_no_remark, .timeout = 10)
{
    struct desk d;
    begin(&d);
    take(&d, CARE, by_id(report(6, 9, false), 7, 3));
    take(&d, CARE, by_range(by_id(report(1, 5, false), 2, 1), 4, 10, 0, 2, 3));
    settle(&d);
    cr_assert_eq(d.remarks, 0);
    cr_assert_eq(d.uses, 3);
    cr_assert_eq(d.use[0].record, 2);
    cr_assert_eq(d.use[1].items, 6, "three consignments of two items");
    cr_assert_eq(d.use[1].spans, 1);
    cr_assert_str_eq(d.use[1].purpose, "inspection");
    cr_assert_eq(d.use[1].time_ms, 1004);
    cr_assert(evx_use_names(&d.use[1], 0) && evx_use_names(&d.use[1], 5) && !evx_use_names(&d.use[1], 6));
    cr_assert(evx_use_names(&d.use[0], 8) && !evx_use_names(&d.use[0], 0));
    cr_assert_eq(d.sources, 1);
    cr_assert_eq(d.source[0].reports, 2);
    cr_assert_eq(d.source[0].last, 9);
    end(&d);
}

Test(uses, a_hole_is_named_wherever_it_is, .timeout = 10)
{
    struct desk d;
    begin(&d);
    take(&d, CARE, by_id(report(3, 5, false), 4, 3));
    take(&d, CARE, by_id(report(9, 9, false), 9, 3));
    take(&d, HEALTH, by_id(report(2, 4, false), 4, 3));
    settle(&d);
    cr_assert_eq(d.remarks, 3, "one inspectorate's reports fill no other's hole");
    cr_assert_eq(d.sources, 2);
    expect_remark(&d, HEALTH, EVX_USE_MISSING, 1, 1);
    expect_remark(&d, CARE, EVX_USE_MISSING, 1, 2);
    expect_remark(&d, CARE, EVX_USE_MISSING, 6, 8);
    end(&d);
}

Test(uses, a_record_told_in_two_reports_is_one_use, .timeout = 10)
{
    struct desk d;
    begin(&d);
    take(&d, CARE, by_id(report(1, 4, true), 4, 3));
    take(&d, CARE, by_id(report(4, 4, true), 4, 4));
    take(&d, CARE, by_id(by_id(report(4, 6, false), 4, 7), 6, 3));
    settle(&d);
    cr_assert_eq(d.remarks, 0);
    cr_assert_eq(d.uses, 2);
    cr_assert_eq(d.use[0].items, 3);
    cr_assert_eq(d.source[0].last, 6);
    end(&d);
}

Test(uses, what_a_continued_report_still_owes_is_a_hole, .timeout = 10)
{
    struct desk d;
    begin(&d);
    take(&d, CARE, by_id(report(1, 4, true), 4, 3));
    take(&d, CARE, by_id(report(5, 6, false), 6, 3));
    settle(&d);
    cr_assert_eq(d.remarks, 1);
    expect_remark(&d, CARE, EVX_USE_MISSING, 4, 4);
    end(&d);
}

Test(uses, the_same_told_again_is_no_contradiction, .timeout = 10)
{
    struct desk d;
    begin(&d);
    take(&d, CARE, by_id(report(1, 4, false), 4, 3));
    take(&d, CARE, by_id(report(1, 4, false), 4, 3));
    take(&d, CARE, by_range(report(2, 9, false), 4, 10, 0, 1, 1));
    settle(&d);
    cr_assert_eq(d.remarks, 0, "an item by its id or by its place is the same item");
    cr_assert_eq(d.uses, 1);
    cr_assert_eq(d.use[0].items, 1);
    end(&d);
}

Test(uses, a_record_told_in_two_ways_is_remarked, .timeout = 10)
{
    for (int what = 0; what < 7; what++) {
        struct desk d;
        begin(&d);
        struct made *second = by_id(report(1, 5, false), 4, what == 0 ? 4 : 3);
        if (what == 1) second->use[0].verb = (char *)"disclosure";
        if (what == 2) second->use[0].purpose = (char *)"complaint";
        if (what == 3) second->use[0].on_behalf_of = (char *)"somebody else";
        if (what == 4) second->at[0].utc_ms++;
        if (what == 5) second->m.n_use = 0;
        if (what == 6) by_id(second, 4, 5);
        take(&d, CARE, by_id(report(1, 4, false), 4, 3));
        take(&d, CARE, second);
        settle(&d);
        cr_assert_eq(d.remarks, 1, "way %d", what);
        expect_remark(&d, CARE, EVX_USE_TWICE, 4, 4);
        end(&d);
    }
}

// Two accounts that differ also count when each is told in part.
Test(uses, two_texts_for_one_record_are_remarked_within_a_continued_report, .timeout = 10)
{
    struct desk d;
    begin(&d);
    struct made *second = by_id(report(4, 5, false), 4, 4);
    second->use[0].purpose = (char *)"complaint";
    take(&d, CARE, by_id(report(1, 4, true), 4, 3));
    take(&d, CARE, second);
    settle(&d);
    cr_assert_eq(d.remarks, 1);
    expect_remark(&d, CARE, EVX_USE_TWICE, 4, 4);
    end(&d);
}

Test(uses, items_that_are_not_ours_are_remarked, .timeout = 30)
{
    static const struct {
        uint64_t index;
        uint32_t number, count, repeat;
        uint64_t items, unknown;
    } row[] = {
        {10, 0, 2, 1, 2, 0},
        {10, 1, 2, 1, 1, 1},
        {13, 0, 2, 1, 0, 2},
        {12, 0, 2, 2, 2, 2},
        {0, 0, 1024, UINT32_MAX, 10, 1024ull * UINT32_MAX - 10},
        {UINT64_MAX - 3, 0, 1, 9, 0, 9},
    };
    struct desk d;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        begin(&d);
        take(&d, CARE,
             by_range(report(1, 1, false), 1, row[i].index, row[i].number, row[i].count, row[i].repeat));
        settle(&d);
        cr_assert_eq(d.use[0].items, row[i].items, "row %zu", i);
        cr_assert_eq(d.use[0].unknown, row[i].unknown, "row %zu", i);
        cr_assert_eq(d.remarks, row[i].unknown ? 1 : 0, "row %zu", i);
        if (row[i].unknown) expect_remark(&d, CARE, EVX_USE_NOT_OURS, 1, 1);
        end(&d);
    }
    begin(&d);
    take(&d, CARE, by_id(report(1, 1, false), 1, 200));
    settle(&d);
    expect_remark(&d, CARE, EVX_USE_NOT_OURS, 1, 1);
    end(&d);
}

// Half of every consignment, over and over: a report of a few bytes that asks for much memory.
Test(uses, what_reports_may_take_in_memory_is_bounded, .timeout = 120)
{
    struct desk d = {0};
    enum evx_status s = EVX_OK;
    size_t taken = 0;
    struct evx_item_id id[2] = {{{1}}, {{2}}};
    for (uint64_t i = 0; i < 100000; i++) {
        evx_put_be64(id[0].b, 2 * i);
        evx_put_be64(id[1].b, 2 * i + 1);
        cr_assert_eq(evx_own_items_add(&d.own, i, id, 2), EVX_OK);
    }
    cr_assert_eq(evx_own_items_sort(&d.own), EVX_OK);
    cr_assert_eq(evx_use_reports_new(&d.r, &d.own), EVX_OK);
    for (uint64_t record = 1; !s && record < 100; record++) {
        s = evx_use_reports_take(d.r, CARE,
                                 &by_range(report(record, record, false), record, 0, 0, 1, 100000)->m);
        taken += !s;
    }
    cr_assert_eq(s, EVX_E_TOO_LARGE);
    cr_assert_eq(taken, EVX_USE_SPANS / 100000);
    end(&d);
}
