// SPDX-License-Identifier: Apache-2.0
#include "tests/testlib/chain.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static void replace(struct evx_buf *b, const char *from, const char *to)
{
    struct evx_buf old = *b;
    *b = (struct evx_buf){0};
    const uint8_t *at = memmem(old.p, old.n, from, strlen(from));
    cr_assert_not_null(at, "no %s", from);
    size_t before = (size_t)(at - old.p);
    cr_assert_eq(evx_buf_append(b, old.p, before), EVX_OK);
    cr_assert_eq(evx_buf_append_text(b, to), EVX_OK);
    cr_assert_eq(evx_buf_append(b, at + strlen(from), old.n - before - strlen(from)), EVX_OK);
    evx_buf_free(&old);
}

static void line_of(char out[256], const struct evx_buf *b, const char *word)
{
    const char *at = memmem(b->p, b->n, word, strlen(word));
    cr_assert_not_null(at);
    const char *end = memchr(at, '\n', b->n - (size_t)(at - (const char *)b->p));
    snprintf(out, 256, "%.*s", (int)(end + 1 - at), at);
}

void chain_next(struct evx_buf *out, const struct evx_fixture *f, const struct evx_directory *previous,
                const char *from, const char *to, unsigned roots)
{
    struct evx_note note;
    struct evx_buf text = {0};
    char before[256], after[256], hash[45];
    cr_assert_eq(evx_note_parse(&note, evx_directory_note(previous)), EVX_OK);
    cr_assert_eq(evx_buf_append(&text, note.text.p, note.text.n), EVX_OK);
    line_of(before, &text, "\nversion ");
    line_of(before, &text, "version ");
    snprintf(after, sizeof after, "version %llu\n", (unsigned long long)evx_directory_version(previous) + 1);
    replace(&text, before, after);
    line_of(before, &text, "previous ");
    evx_base64(hash, evx_directory_hash(previous)->b, 32);
    snprintf(after, sizeof after, "previous %s\n", hash);
    replace(&text, before, after);
    if (from) replace(&text, from, to);
    if (!from && to) cr_assert_eq(evx_buf_append_text(&text, to), EVX_OK);
    if (roots)
        cr_assert_eq(evx_fixture_sign_directory(out, f, evx_buf_bytes(&text), roots), EVX_OK);
    else
        cr_assert_eq(evx_buf_append(out, text.p, text.n), EVX_OK);
    evx_buf_free(&text);
}
