// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/profile.h"

#include <criterion/criterion.h>
#include <string.h>

#define HEAD                                                                                                 \
    "id: demo\ntitle: a demonstration\nmatch: [Who]\nkind: note\nformats: [dd/mm/yyyy]\n"                    \
    "columns:\n  - {name: Who, to: identifier, scheme: local, required: true}\n"

static void refused(const char *yaml, const char *line, const char *said)
{
    struct evx_profile *p;
    struct evx_buf explain = {0};
    cr_assert_eq(evx_profile_parse(&p, evx_bytes_of_text(yaml), "demo.yaml", &explain), EVX_E_CONFIG, "%s",
                 said);
    cr_assert_eq(p, NULL);
    cr_assert_eq(evx_buf_append(&explain, "", 1), EVX_OK);
    cr_assert(strstr((const char *)explain.p, "demo.yaml"), "%s", (const char *)explain.p);
    cr_assert(strstr((const char *)explain.p, line), "'%s' lacks '%s'", (const char *)explain.p, line);
    cr_assert(strstr((const char *)explain.p, said), "'%s' lacks '%s'", (const char *)explain.p, said);
    evx_buf_free(&explain);
}

Test(profile, a_good_one_is_understood, .timeout = 10)
{
    struct evx_profile *p;
    cr_assert_eq(evx_profile_parse(&p, evx_bytes_of_text(HEAD), "demo.yaml", NULL), EVX_OK);
    cr_assert_str_eq(p->columns[0].scheme, "local");
    cr_assert(p->columns[0].required);
    cr_assert_eq(p->source, EVX__V1__SOURCE_TYPE__SOURCE_RECORD);
    cr_assert_eq(p->zone, EVX_ZONE_LONDON);
    evx_profile_destroy(&p);
}

Test(profile, a_misspelt_key_is_named_with_line_and_nearest_key, .timeout = 10)
{
    refused(HEAD "  - {name: When, to: occurred, requird: true}\n", "line 8",
            "'requird'; did you mean 'required'?");
    refused("id: demo\ntitel: x\n", "line 2", "'titel'; did you mean 'title'?");
    refused(
        HEAD
        "lists:\n  - name: l\n    codes:\n      - code: A\n        means: x\n        signifcance: notable\n",
        "line 13", "did you mean 'significance'?");
    refused(HEAD "zzzzzzzzzzzz: 1\n", "line 8", "unknown key 'zzzzzzzzzzzz'");
}

Test(profile, a_wrong_value_is_named, .timeout = 10)
{
    refused(HEAD "direction: sideways\n", "line 8", "");
    refused(HEAD "  - {name: When, to: field, field: when, required: maybe}\n", "line 8", "");
    refused(HEAD "criteria: [32c]\n", "", "criterion '32c'");
    refused(HEAD "zone: Mars\n", "", "zone 'Mars'");
    refused(HEAD "narrative: \"{Whom}\"\n", "", "{Whom} is not a column");
    refused(HEAD "rules:\n  - {rule: order, first: Who, last: Who}\n", "", "rule order");
    refused(HEAD "  - {name: When, to: occurred, formats: [dd/mm/yy]}\n", "", "format 'dd/mm/yy'");
    refused(HEAD "  - {name: What, field: what, type: code, list: none}\n", "",
            "column 'What' names no list");
    refused(HEAD "  - {name: who, to: nothing}\n", "", "column 'who' stands twice");
    refused(HEAD "  - {name: What, field: Not Kebab}\n", "", "column 'What' needs a field name");
    refused("id: a\ntitle: b\nmatch: [x]\n", "", "kind");
}

Test(profile, aliases_and_oversize_are_refused, .timeout = 10)
{
    refused("id: &a x\ntitle: *a\nmatch: [x]\n", "line", "");
    struct evx_profile *p;
    struct evx_buf big = {0}, explain = {0};
    cr_assert_eq(evx_buf_reserve(&big, (1u << 20) + 1), EVX_OK);
    memset(big.p, '#', (1u << 20) + 1);
    cr_assert_eq(evx_profile_parse(&p, evx_bytes(big.p, (1u << 20) + 1), "big.yaml", &explain), EVX_E_CONFIG);
    evx_buf_free(&big);
    evx_buf_free(&explain);
}

Test(profile, the_most_specific_match_wins_and_a_persons_own_before_it, .timeout = 10)
{
    static const char narrow[] =
        "id: narrow\ntitle: t\nmatch: [Who, What]\nkind: note\ncolumns:\n"
        "  - {name: Who, to: identifier, scheme: local}\n  - {name: What, field: what}\n";
    static const char own[] =
        "id: own\ntitle: t\nmatch: [Who]\nkind: note\ncolumns:\n  - {name: Who, to: nothing}\n";
    const char *header[] = {"WHAT", "who", "When"};
    struct evx_profile_set set = {0};
    cr_assert_eq(evx_profile_set_add(&set, evx_bytes_of_text(HEAD), "a", NULL), EVX_OK);
    cr_assert_eq(evx_profile_set_add(&set, evx_bytes_of_text(narrow), "b", NULL), EVX_OK);
    set.builtin = 2;
    cr_assert_str_eq(evx_profile_match(&set, header, 3)->id, "narrow");
    cr_assert_str_eq(evx_profile_match(&set, header + 1, 2)->id, "demo");
    cr_assert_eq(evx_profile_match(&set, header + 2, 1), NULL);
    cr_assert_eq(evx_profile_set_add(&set, evx_bytes_of_text(own), "c", NULL), EVX_OK);
    cr_assert_str_eq(evx_profile_match(&set, header, 3)->id, "own");
    evx_profile_set_free(&set);
}
