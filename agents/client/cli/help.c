// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "agents/client/cli/cli.h"
#include "agents/client/cli/common.h"

static enum evx_status help_row(struct evx_buf *out, const char *left, const char *right)
{
    return evx_buf_printf(out, "  %-24s %s\n", left, right);
}

static enum evx_status option_rows(struct evx_buf *out, const struct evx_cli_option *o, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char left[96];
        snprintf(left, sizeof left, "--%s%s%s", o[i].name, o[i].argument ? " " : "",
                 o[i].argument ? o[i].argument : "");
        enum evx_status s = help_row(out, left, o[i].help);
        if (s) return s;
    }
    return EVX_OK;
}

enum evx_status evx_cli_help(struct evx_buf *out, const struct evx_command *table, size_t n,
                             const char *program)
{
    enum evx_status s = evx_buf_printf(out, "usage: %s COMMAND [OPTION…] [OPERAND…]\n\ncommands:\n", program);
    for (size_t i = 0; i < n && !s; i++)
        s = help_row(out, table[i].name, table[i].help);
    if (!s) s = help_row(out, "help COMMAND", "what one command does and takes");
    if (!s) s = help_row(out, "completion", "a completion script for bash");
    if (!s) s = evx_buf_append_text(out, "\noptions of every command:\n");
    if (!s) s = option_rows(out, evx_cli_common, evx_cli_common_n);
    if (s) return s;
    return evx_buf_append_text(out, "\nexit codes: 0 done, 64 usage, 65 bad data, 66 no input, 69 broker "
                                    "unreachable,\n74 disk, 75 queued, 77 not permitted, 78 configuration\n");
}

enum evx_status evx_cli_command_help(struct evx_buf *out, const struct evx_command *c, const char *program)
{
    enum evx_status s =
        evx_buf_printf(out, "usage: %s %s %s\n\n%s\n\noptions:\n", program, c->name, c->usage, c->help);
    if (!s) s = option_rows(out, c->options, c->options_n);
    if (!s) s = option_rows(out, evx_cli_common, evx_cli_common_n);
    return s;
}

static enum evx_status completion_words(struct evx_buf *out, const struct evx_cli_option *o, size_t n)
{
    enum evx_status s = EVX_OK;
    for (size_t i = 0; i < n && !s; i++)
        s = evx_buf_printf(out, " --%s", o[i].name);
    return s;
}

static enum evx_status completion_case(struct evx_buf *out, const struct evx_command *c)
{
    enum evx_status s = evx_buf_printf(out, "    %s) words=\"", c->name);
    if (!s) s = completion_words(out, c->options, c->options_n);
    if (!s) s = completion_words(out, evx_cli_common, evx_cli_common_n);
    if (!s) s = evx_buf_append_text(out, "\" ;;\n");
    return s;
}

// A shell function may not hold '-' in every shell: evx-police -> _evx_police.
static void function_name(char *out, size_t cap, const char *program)
{
    snprintf(out, cap, "_%s", program);
    for (char *p = out; *p; p++)
        if (*p == '-') *p = '_';
}

enum evx_status evx_cli_completion(struct evx_buf *out, const struct evx_command *table, size_t n,
                                   const char *program)
{
    char name[128];
    function_name(name, sizeof name, program);
    enum evx_status s =
        evx_buf_printf(out, "%s() {\n  local words=\"\"\n  case \"${COMP_WORDS[1]}\" in\n", name);
    for (size_t i = 0; i < n && !s; i++)
        s = completion_case(out, &table[i]);
    if (!s)
        s = evx_buf_append_text(out, "  esac\n  if [ \"$COMP_CWORD\" -eq 1 ]; then words=\"help completion");
    for (size_t i = 0; i < n && !s; i++)
        s = evx_buf_printf(out, " %s", table[i].name);
    if (s) return s;
    return evx_buf_printf(out,
                          "\"; fi\n  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
                          "}\ncomplete -o default -F %s %s\n",
                          name, program);
}
