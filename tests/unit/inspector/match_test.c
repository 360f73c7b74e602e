// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/match.h"

#include <criterion/criterion.h>

#include "agents/inspector/views/fold.h"
#include "proto/base/clock.h"

static int64_t day(int y, int m, int d) { return evx_days_from_civil(y, m, d); }

static const char *folded(struct evx_buf *b, const char *text)
{
    cr_assert_eq(evx_fold_name(b, text), EVX_OK);
    return (const char *)b->p;
}

static enum evx_match match(const char *given_a, const char *family_a, int64_t born_a, const char *given_b,
                            const char *family_b, int64_t born_b)
{
    struct evx_buf t[4] = {{0}};
    struct evx_person a = {folded(&t[0], given_a), folded(&t[1], family_a), born_a};
    struct evx_person b = {folded(&t[2], given_b), folded(&t[3], family_b), born_b};
    enum evx_match m = evx_match_persons(&a, &b);
    cr_assert_eq(m, evx_match_persons(&b, &a), "the rule does not depend on the order");
    for (int i = 0; i < 4; i++)
        evx_buf_free(&t[i]);
    return m;
}

Test(match, names_the_first_rule_that_holds, .timeout = 10)
{
    const int64_t born = day(2012, 3, 4), swapped = day(2012, 4, 3), other = day(2012, 3, 5);
    const struct {
        const char *ga, *fa, *gb, *fb;
        int64_t ba, bb;
        enum evx_match want;
    } row[] = {
        {"Orla", "Whitcombe", "ORLA", "Whitcombe", born, born, EVX_MATCH_SAME_NAME},
        {"Zoë", "O'Brien", "Zoe", "OBrien", born, born, EVX_MATCH_SAME_NAME},
        {"Whitcombe", "Orla", "Orla", "Whitcombe", born, born, EVX_MATCH_EXCHANGED},
        {"Orla", "Whitcombe", "Orla", "Whitcomb", born, born, EVX_MATCH_SPELLING},
        {"Orla", "Whitcombe", "Orla", "Whticombe", born, born, EVX_MATCH_SPELLING},
        {"Orla", "Whitcombe", "Orla", "Witcomb", born, born, EVX_MATCH_SPELLING},
        {"Aimee", "Pearson", "Amy", "Peerson", born, born, EVX_MATCH_SOUND},
        {"Robert", "Holt", "Bob", "Holt", born, born, EVX_MATCH_NONE},
        {"Katherine", "Holt", "Kate", "Holt", born, born, EVX_MATCH_SHORT_FORM},
        {"Orla", "Whitcombe", "Orla", "Whitcombe", born, swapped, EVX_MATCH_DAY_MONTH},
        {"Orla", "Whitcombe", "Orla", "Whitcombe", born, other, EVX_MATCH_NONE},
        {"Orla", "Whitcomb", "Orla", "Whitcombe", born, swapped, EVX_MATCH_NONE},
        {"Orla", "Whitcombe", "Finn", "Whitcombe", born, born, EVX_MATCH_NONE},
        {"Orla", "", "Orla", "", born, born, EVX_MATCH_NONE},
        {"", "Whitcombe", "", "Whitcombe", born, born, EVX_MATCH_NONE},
        {"Orla", "Whitcombe", "Orla", "Whitcombe", EVX_BORN_UNKNOWN, EVX_BORN_UNKNOWN, EVX_MATCH_NONE},
        {"Jo", "Lee", "Al", "Lea", born, born, EVX_MATCH_NONE},
        {"FOR8017", "SUR2341", "FOR8017", "SUR2341", born, born, EVX_MATCH_SAME_NAME},
        {"FOR8017", "SUR2341", "FOR8018", "SUR2341", born, born, EVX_MATCH_NONE},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        enum evx_match got = match(row[i].ga, row[i].fa, row[i].ba, row[i].gb, row[i].fb, row[i].bb);
        cr_assert_eq(got, row[i].want, "row %zu: %s", i, evx_match_name(got));
    }
}

Test(match, distance_counts_edits_up_to_the_cap, .timeout = 10)
{
    cr_assert_eq(evx_name_distance("", "", 2), 0);
    cr_assert_eq(evx_name_distance("abc", "abc", 2), 0);
    cr_assert_eq(evx_name_distance("abc", "acb", 2), 1);
    cr_assert_eq(evx_name_distance("abc", "abd", 2), 1);
    cr_assert_eq(evx_name_distance("abc", "ab", 2), 1);
    cr_assert_eq(evx_name_distance("obrien", "o", 2), 3);
    cr_assert_eq(evx_name_distance("żółw", "żółć", 2), 1, "points are counted, not bytes");
}

Test(match, sound_ignores_how_it_is_written, .timeout = 10)
{
    const char *const pairs[][2] = {{"stephen", "steven"}, {"catherine", "katherine"}, {"philip", "filip"},
                                    {"smith", "smyth"},    {"whyte", "white"},         {"knight", "nite"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char a[EVX_SOUND_TEXT], b[EVX_SOUND_TEXT];
        evx_sound(a, pairs[i][0]);
        evx_sound(b, pairs[i][1]);
        cr_assert_str_eq(a, b, "%s and %s", pairs[i][0], pairs[i][1]);
    }
}

Test(match, a_very_long_name_is_compared_by_its_beginning, .timeout = 10)
{
    char a[1001], b[1001];
    memset(a, 'a', 1000);
    memset(b, 'a', 1000);
    a[1000] = b[1000] = 0;
    b[999] = 'b';
    cr_assert_eq(evx_name_distance(a, b, 2), 0);
}
