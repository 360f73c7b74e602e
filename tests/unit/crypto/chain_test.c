// SPDX-License-Identifier: Apache-2.0
#include "crypto/chain.h"

#include <criterion/criterion.h>

static const struct evx_digest a = {{1}}, b = {{2}}, none = {{0}};

Test(chain, verdicts, .timeout = 10)
{
    const struct {
        const char *what;
        struct evx_chain_head head;
        uint64_t sequence;
        const struct evx_digest *previous;
        enum evx_chain_verdict verdict;
    } cases[] = {
        {"first", {0, none, false}, 1, &none, EVX_CHAIN_NEXT},
        {"first names a previous", {0, none, false}, 1, &a, EVX_CHAIN_FORK},
        {"starts at two", {0, none, false}, 2, &a, EVX_CHAIN_GAP},
        {"next", {7, a, false}, 8, &a, EVX_CHAIN_NEXT},
        {"next after another", {7, a, false}, 8, &b, EVX_CHAIN_FORK},
        {"next after none", {7, a, false}, 8, &none, EVX_CHAIN_FORK},
        {"same again", {7, a, false}, 7, &a, EVX_CHAIN_OLD},
        {"older", {7, a, false}, 1, &none, EVX_CHAIN_OLD},
        {"zero", {7, a, false}, 0, &none, EVX_CHAIN_OLD},
        {"one left out", {7, a, false}, 9, &a, EVX_CHAIN_GAP},
        {"far ahead", {7, a, false}, UINT64_MAX, &a, EVX_CHAIN_GAP},
        {"after the last number", {UINT64_MAX, a, false}, UINT64_MAX, &a, EVX_CHAIN_OLD},
        {"frozen, next", {7, a, true}, 8, &a, EVX_CHAIN_FROZEN},
        {"frozen, old", {7, a, true}, 3, &a, EVX_CHAIN_FROZEN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct evx_chain_link link = {{{0}}, cases[i].sequence, *cases[i].previous};
        cr_assert_eq(evx_chain_check(&cases[i].head, &link), cases[i].verdict, "%s", cases[i].what);
    }
}

Test(chain, advances, .timeout = 10)
{
    struct evx_chain_head head = {0};
    struct evx_chain_link one = {{{0}}, 1, none}, two = {{{0}}, 2, a};
    evx_chain_advance(&head, &one, &a);
    cr_assert_eq(head.sequence, 1);
    cr_assert_eq(evx_chain_check(&head, &one), EVX_CHAIN_OLD);
    cr_assert_eq(evx_chain_check(&head, &two), EVX_CHAIN_NEXT);
}
