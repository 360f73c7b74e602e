// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "agents/client/cli/cli.h"
#include "agents/client/spell.h"

// File names and wire text end up here: they must not drive a terminal.
static void replace_control_characters(struct evx_buf *b, size_t from)
{
    for (size_t i = from; i < b->n; i++)
        if (b->p[i] < 0x20 || b->p[i] == 0x7f) b->p[i] = '?';
}

static enum evx_status part(struct evx_buf *out, const char *before, const char *text, const char *after)
{
    enum evx_status s = evx_buf_append_text(out, before);
    size_t from = out->n;
    if (!s) s = evx_buf_append_text(out, text);
    if (!s) replace_control_characters(out, from);
    if (!s) s = evx_buf_append_text(out, after);
    return s;
}

enum evx_status evx_cli_error_text(struct evx_buf *out, enum evx_status status, const char *where,
                                   const char *detail)
{
    const struct evx_error_info *info = evx_error_info(status);
    enum evx_status s = part(out, "error: ", info->what, "\n");
    if (!s && where && *where) s = part(out, "  where:  ", where, "\n");
    if (!s && detail && *detail) s = part(out, "  why:    ", detail, "\n");
    if (!s && *info->remedy) s = part(out, "  remedy: ", info->remedy, "\n");
    if (!s) s = part(out, "  code:   ", info->code, " (evx explain ");
    if (!s) s = part(out, "", info->code, ")\n");
    return s;
}

void evx_cli_error(enum evx_status status, const char *where, const char *detail)
{
    struct evx_buf text = {0};
    enum evx_status s = evx_cli_error_text(&text, status, where, detail);
    if (s)
        fprintf(stderr, "error: %s\n", evx_error_info(status)->code);
    else
        fprintf(stderr, "%.*s", (int)text.n, (const char *)text.p);
    evx_buf_free(&text);
}

int evx_cli_fail(enum evx_status s, const char *where, const char *detail)
{
    evx_cli_error(s, where, detail);
    return evx_status_exit_code(s);
}

const char *evx_cli_nearest(const char *word, const char *const *candidate, size_t n)
{
    return evx_spell_nearest(word, candidate, n);
}
