// SPDX-License-Identifier: Apache-2.0
#include "grading/sample.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/grading/scene.h"

enum { MANY = 40 };
static char names[MANY][8];
static const char *const missing[] = {"missing"}, *const settled[] = {"settled"}, *const newcomer[] = {"new"},
                         *const left[] = {"recently-left"};
static struct evx_child child[MANY];
static struct evx_pick pick[MANY];

static void forty(void)
{
    for (size_t i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "c%02zu", i);
        child[i] = (struct evx_child){names[i],
                                      i % 10 == 3  ? missing
                                      : i % 3 == 0 ? settled
                                      : i % 3 == 1 ? newcomer
                                                   : left,
                                      1};
    }
}

TestSuite(sample, .init = forty, .timeout = 10);

static size_t draw(const struct evx_framework *f, size_t n, uint64_t seed, size_t target)
{
    size_t picked;
    struct evx_sample_request request = {seed, target};
    cr_assert_eq(evx_sample(f, child, n, &request, pick, &picked, NULL), EVX_OK);
    return picked;
}

static bool holds(size_t picked, const char *id)
{
    for (size_t i = 0; i < picked; i++)
        if (!strcmp(child[pick[i].child].id, id)) return true;
    return false;
}

Test(sample, every_missing_child_is_always_tracked)
{
    struct evx_framework *f = evx_scene_framework("childrens-homes-2015");
    for (uint64_t seed = 0; seed < 50; seed++) {
        size_t n = draw(f, MANY, seed, 0);
        for (size_t i = 3; i < MANY; i += 10)
            cr_assert(holds(n, names[i]), "seed %llu, %s", (unsigned long long)seed, names[i]);
        for (size_t i = 0; i < n; i++)
            if (child[pick[i].child].mark == missing) cr_assert_not(pick[i].random);
    }
    evx_framework_destroy(&f);
}

Test(sample, each_stratum_is_there)
{
    struct evx_framework *f = evx_scene_framework("childrens-homes-2015");
    size_t n = draw(f, MANY, 7, 0), seen[3] = {0};
    for (size_t i = 0; i < n; i++) {
        const char *const *mark = child[pick[i].child].mark;
        seen[0] += mark == settled;
        seen[1] += mark == newcomer;
        seen[2] += mark == left;
    }
    cr_assert(seen[0] && seen[1] && seen[2]);
    evx_framework_destroy(&f);
}

Test(sample, a_small_home_is_tracked_whole)
{
    struct evx_framework *f = evx_scene_framework("childrens-homes-2015");
    cr_assert_eq(draw(f, 6, 1, 0), 6);
    cr_assert_lt(draw(f, 12, 1, 0), 12);
    evx_framework_destroy(&f);
}

Test(sample, the_same_seed_draws_the_same_whatever_the_order)
{
    struct evx_framework *f = evx_scene_framework("jtai");
    static const char *drawn[MANY];
    for (size_t i = 0; i < MANY; i++)
        child[i].marks = 0;
    size_t n = draw(f, MANY, 20260101, 12);
    cr_assert_eq(n, 12);
    for (size_t i = 0; i < n; i++)
        drawn[i] = child[pick[i].child].id;
    for (size_t i = 0; i < MANY / 2; i++) {
        struct evx_child held = child[i];
        child[i] = child[MANY - 1 - i];
        child[MANY - 1 - i] = held;
    }
    cr_assert_eq(draw(f, MANY, 20260101, 12), n);
    for (size_t i = 0; i < n; i++)
        cr_assert_str_eq(child[pick[i].child].id, drawn[i]);
    size_t again = draw(f, MANY, 20260102, 12), same = 0;
    for (size_t i = 0; i < n; i++)
        same += holds(again, drawn[i]);
    cr_assert_lt(same, n, "another seed, another sample");
    evx_framework_destroy(&f);
}

Test(sample, joint_inspections_track_five_at_least)
{
    struct evx_framework *f = evx_scene_framework("jtai");
    for (size_t i = 0; i < MANY; i++)
        child[i].marks = 0;
    cr_assert_eq(draw(f, MANY, 1, 0), 5);
    cr_assert_eq(draw(f, 3, 1, 0), 3);
    evx_framework_destroy(&f);
}

Test(sample, one_child_of_every_building)
{
    struct evx_framework *f = evx_scene_framework("sccif-childrens-homes");
    static const char *const buildings[3][1] = {{"building-a"}, {"building-b"}, {"building-c"}};
    for (size_t i = 0; i < 9; i++)
        child[i].mark = buildings[i % 3];
    size_t n = draw(f, 9, 11, 0), seen[3] = {0};
    for (size_t i = 0; i < n; i++)
        for (size_t b = 0; b < 3; b++)
            seen[b] += child[pick[i].child].mark == buildings[b];
    cr_assert(seen[0] && seen[1] && seen[2]);
    evx_framework_destroy(&f);
}

Test(sample, refuses_unknown_marks_and_repeated_children)
{
    struct evx_framework *f = evx_scene_framework("childrens-homes-2015");
    static const char *const wrong[] = {"mising"};
    const char *near;
    size_t picked;
    struct evx_sample_request request = {1, 0};
    child[4].mark = wrong;
    cr_assert_eq(evx_sample(f, child, MANY, &request, pick, &picked, &near), EVX_E_FACT_UNKNOWN);
    cr_assert_str_eq(near, "missing");
    child[4].mark = settled;
    child[5].id = child[6].id;
    cr_assert_eq(evx_sample(f, child, MANY, &request, pick, &picked, &near), EVX_E_INCOMPLETE);
    cr_assert_eq(picked, 0);
    evx_framework_destroy(&f);
}

Test(sample, the_generator_is_splitmix64)
{
    uint64_t state = 1234567;
    static const uint64_t published[] = {6457827717110365317u, 3203168211198807973u, 9817491932198370423u};
    for (size_t i = 0; i < 3; i++)
        cr_assert_eq(evx_splitmix64(&state), published[i]);
}

Test(sample, below_n_is_below_n_and_reaches_all)
{
    uint64_t state = 5;
    size_t seen[7] = {0};
    for (int i = 0; i < 7000; i++) {
        uint64_t v = evx_random_below(&state, 7);
        cr_assert_lt(v, 7);
        seen[v]++;
    }
    for (size_t i = 0; i < 7; i++)
        cr_assert(seen[i] > 800 && seen[i] < 1200, "%zu: %zu", i, seen[i]);
}

Test(sample, values_in_the_incomplete_span_are_drawn_again)
{
    uint64_t n = (1ull << 63) + 1, state = 1, again = 1, v;
    for (int i = 0; i < 64; i++) {
        do
            v = evx_splitmix64(&again);
        while (v >= n); // 2^64 holds n once: what lies above would favour small values
        cr_assert_eq(evx_random_below(&state, n), v);
    }
}
