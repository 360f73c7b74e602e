// SPDX-License-Identifier: Apache-2.0
#include "agents/evx/compose.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/testlib/fixture.h"

static struct evx_directory *parse(const struct evx_draft *d)
{
    struct evx_buf text = {0};
    struct evx_directory *out = NULL;
    unsigned line = 0;
    cr_assert_eq(evx_draft_text(&text, d), EVX_OK);
    cr_assert_eq(evx_directory_parse(&out, evx_buf_bytes(&text), &line), EVX_OK, "line %u of\n%.*s", line,
                 (int)text.n, (const char *)text.p);
    evx_buf_free(&text);
    return out;
}

Test(compose, gives_back_the_fixtures_directory_line_by_line, .timeout = 60)
{
    struct evx_fixture *f = evx_fixture_new();
    cr_assert(f);
    struct evx_bytes text = evx_fixture_text(f);
    struct evx_draft d = {0};
    struct evx_buf again = {0};
    cr_assert_eq(evx_draft_read(&d, text), EVX_OK);
    cr_assert_eq(evx_draft_text(&again, &d), EVX_OK);
    cr_assert(evx_bytes_equal(evx_buf_bytes(&again), text));
    evx_draft_free(&d);
    evx_buf_free(&again);
    evx_fixture_free(f);
}

Test(compose, puts_lines_in_their_place_in_whatever_order_they_come, .timeout = 60)
{
    struct evx_fixture *f = evx_fixture_new();
    cr_assert(f);
    struct evx_draft forward = {0}, backward = {0};
    struct evx_buf text = {0};
    cr_assert_eq(evx_draft_read(&forward, evx_fixture_text(f)), EVX_OK);
    for (size_t i = forward.n; i-- > 0;)
        cr_assert_eq(evx_draft_put(&backward, forward.line[i]), EVX_OK);
    cr_assert_eq(evx_draft_text(&text, &backward), EVX_OK);
    cr_assert(evx_bytes_equal(evx_buf_bytes(&text), evx_fixture_text(f)));
    evx_draft_free(&forward);
    evx_draft_free(&backward);
    evx_buf_free(&text);
    evx_fixture_free(f);
}

Test(compose, replaces_what_is_about_the_same_thing, .timeout = 60)
{
    struct evx_fixture *f = evx_fixture_new();
    cr_assert(f);
    struct evx_draft d = {0};
    cr_assert_eq(evx_draft_read(&d, evx_fixture_text(f)), EVX_OK);
    size_t n = d.n;
    cr_assert_eq(evx_draft_put(&d, "org northam-police police suspended Northam Police"), EVX_OK);
    cr_assert_eq(evx_draft_put(&d, "member " EVX_FIXTURE_INSPECTION " northam-police send,receive"), EVX_OK);
    cr_assert_eq(d.n, n);
    struct evx_directory *parsed = parse(&d);
    struct evx_inspection_id id = evx_fixture_inspection();
    cr_assert_not(evx_directory_org(parsed, "northam-police")->active);
    cr_assert_eq(evx_directory_rights(parsed, &id, "northam-police"), EVX_RIGHT_SEND | EVX_RIGHT_RECEIVE);
    evx_directory_destroy(&parsed);
    evx_draft_free(&d);
    evx_fixture_free(f);
}

Test(compose, makes_a_version_that_follows, .timeout = 60)
{
    struct evx_fixture *f = evx_fixture_new();
    cr_assert(f);
    struct evx_draft d = {0};
    struct evx_buf text = {0}, note = {0};
    struct evx_directory *next = NULL;
    const struct evx_directory *first = evx_fixture_directory(f);
    cr_assert_eq(
        evx_draft_follow(&d, first, evx_fixture_text(f), EVX_FIXTURE_NOW_MS, EVX_FIXTURE_NOW_MS + 1000),
        EVX_OK);
    cr_assert_eq(evx_draft_text(&text, &d), EVX_OK);
    cr_assert_eq(evx_fixture_sign_directory(&note, f, evx_buf_bytes(&text), 3), EVX_OK);
    cr_assert_eq(evx_directory_load(&next, evx_buf_bytes(&note), first, NULL, NULL), EVX_OK);
    cr_assert_eq(evx_directory_version(next), 2u);
    evx_directory_destroy(&next);
    evx_draft_free(&d);
    evx_buf_free(&text);
    evx_buf_free(&note);
    evx_fixture_free(f);
}

Test(compose, takes_no_line_of_no_section, .timeout = 60)
{
    static const char *const rows[] = {"", "orgs x", "org\nkey", "root a\norg b"};
    struct evx_draft d = {0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_assert_eq(evx_draft_put(&d, rows[i]), EVX_E_DIRECTORY_FORMAT, "row %zu", i);
    cr_assert_eq(d.n, 0u);
    evx_draft_free(&d);
}

Test(compose, names_every_use_of_a_key, .timeout = 60)
{
    for (int use = EVX_KEY_SIG; use <= EVX_KEY_LOG; use++)
        cr_assert_eq(evx_compose_use_of(evx_compose_use((enum evx_key_use)use)), (enum evx_key_use)use);
    cr_assert_eq(evx_compose_use_of("root"), 0);
}
