// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/reflist.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define SIDE 24 // consignments and items a consignment that the tables draw from

static bool in(const struct evx_store_ref *ref, size_t n, uint64_t index, uint32_t number)
{
    for (size_t i = 0; i < n; i++)
        if (ref[i].index == index && ref[i].number == number) return true;
    return false;
}

// Draws `n` items, dense in some consignments and sparse in others.
static size_t draw(struct evx_store_ref *ref, unsigned *seed, size_t most)
{
    size_t n = 0;
    for (uint64_t index = 0; index < SIDE; index++) {
        int kind = rand_r(seed) % 4; // none, all, the first few, any
        for (uint32_t number = 0; number < SIDE && n < most; number++)
            if (kind == 1 || (kind == 2 && number < 5) || (kind == 3 && rand_r(seed) % 3 == 0))
                ref[n++] = (struct evx_store_ref){index, number};
    }
    for (size_t i = n; i > 1; i--) {
        size_t k = (size_t)rand_r(seed) % i;
        struct evx_store_ref swap = ref[i - 1];
        ref[i - 1] = ref[k];
        ref[k] = swap;
    }
    return n;
}

Test(reflist, covers_exactly_what_it_was_made_of, .timeout = 60)
{
    static struct evx_store_ref ref[SIDE * SIDE];
    for (unsigned round = 0; round < 200; round++) {
        unsigned seed = round;
        size_t n = draw(ref, &seed, SIDE * SIDE);
        struct evx_buf list = {0};
        uint64_t items, counted;
        cr_assert_eq(evx_reflist_make(&list, &items, ref, n), EVX_OK);
        cr_assert_eq(items, n);
        cr_assert(evx_reflist_valid(evx_buf_bytes(&list), &counted), "seed %u", round);
        cr_assert_eq(counted, n);
        for (uint64_t index = 0; index <= SIDE; index++)
            for (uint32_t number = 0; number <= SIDE; number++) {
                struct evx_store_ref one = {index, number};
                cr_assert_eq(evx_reflist_covers(evx_buf_bytes(&list), one), in(ref, n, index, number),
                             "seed %u, item %llu/%u", round, (unsigned long long)index, number);
            }
        evx_buf_free(&list);
    }
}

Test(reflist, an_item_named_twice_counts_once, .timeout = 10)
{
    static const struct evx_store_ref ref[] = {{3, 1}, {3, 1}, {3, 2}, {3, 1}};
    struct evx_buf list = {0};
    uint64_t items;
    cr_assert_eq(evx_reflist_make(&list, &items, ref, 4), EVX_OK);
    cr_assert_eq(items, 2);
    cr_assert_eq(evx_reflist_runs(evx_buf_bytes(&list)), 1);
    evx_buf_free(&list);
}

Test(reflist, the_runs_of_one_record_are_bounded, .timeout = 60)
{
    size_t n = EVX_REFLIST_RUNS + 1;
    struct evx_store_ref *ref = calloc(n, sizeof *ref);
    struct evx_buf list = {0};
    uint64_t items;
    for (size_t i = 0; i < n; i++)
        ref[i].index = 2 * i;
    cr_assert_eq(evx_reflist_make(&list, &items, ref, n), EVX_E_TOO_LARGE);
    evx_buf_clear(&list);
    cr_assert_eq(evx_reflist_make(&list, &items, ref, n - 1), EVX_OK);
    evx_buf_free(&list);
    free(ref);
}

static bool valid(const struct evx_ref_run *run, size_t n, size_t cut)
{
    uint8_t packed[200];
    uint64_t items;
    for (size_t i = 0; i < n; i++) {
        evx_put_be64(packed + 20 * i, run[i].index);
        evx_put_be32(packed + 20 * i + 8, run[i].number);
        evx_put_be32(packed + 20 * i + 12, run[i].count);
        evx_put_be32(packed + 20 * i + 16, run[i].repeat);
    }
    return evx_reflist_valid(evx_bytes(packed, 20 * n - cut), &items);
}
#define VALID(cut, ...)                                                                                      \
    valid((const struct evx_ref_run[]){__VA_ARGS__},                                                         \
          sizeof(struct evx_ref_run[]){__VA_ARGS__} / sizeof(struct evx_ref_run), cut)

Test(reflist, a_list_out_of_order_or_overlapping_is_none, .timeout = 10)
{
    cr_assert(VALID(0, {1, 0, 2, 3}, {4, 0, 1, 1}));
    cr_assert(VALID(0, {1, 0, 2, 1}, {1, 2, 1, 1}));
    cr_assert(!VALID(1, {1, 0, 2, 3}, {4, 0, 1, 1}), "cut");
    cr_assert(!VALID(0, {1, 0, 0, 3}), "nothing in it");
    cr_assert(!VALID(0, {1, 0, 1, 0}), "nowhere");
    cr_assert(!VALID(0, {1ull << 63, 0, 1, 1}), "beyond any log");
    cr_assert(!VALID(0, {1, 0, 2, 3}, {3, 0, 1, 1}), "within a repetition");
    cr_assert(!VALID(0, {1, 0, 2, 3}, {1, 2, 1, 1}), "beside a repetition");
    cr_assert(!VALID(0, {1, 0, 2, 1}, {1, 1, 1, 1}), "overlap");
    cr_assert(!VALID(0, {1, 2, 1, 1}, {1, 0, 1, 1}), "downwards");
    cr_assert(!VALID(0, {4, 0, 1, 1}, {1, 0, 1, 1}), "backwards");
    cr_assert(!VALID(0, {1, 0, 2, 1}, {1, 2, 1, 2}), "a repetition from within");
}
