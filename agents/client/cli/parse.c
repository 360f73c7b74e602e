// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/client/cli/cli.h"
#include "agents/client/cli/common.h"
#include "agents/client/spell.h"

const struct evx_cli_option evx_cli_common[] = {
    {"config", "FILE", "configuration (default: $EVX_CONFIG, else ~/.config/evx/evx.yaml)"},
    {"json", NULL, "print one JSON object"},
    {"plain", NULL, "tab separated, no colour"},
    {"yes", NULL, "do not ask"},
    {"dry-run", NULL, "everything but the effect"},
    {"passphrase-fd", "N", "read the passphrase from file descriptor N"},
    {"help", NULL, "this help"},
};
const size_t evx_cli_common_n = sizeof evx_cli_common / sizeof evx_cli_common[0];

static const struct evx_cli_option *find_in(const struct evx_cli_option *o, size_t n, const char *name,
                                            size_t length)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(o[i].name) == length && memcmp(o[i].name, name, length) == 0) return &o[i];
    return NULL;
}

static enum evx_status usage_error(const char *where, const char *detail)
{
    evx_cli_error(EVX_E_USAGE, where, detail);
    return EVX_E_USAGE;
}

static enum evx_status unknown_option(const char *argument, const struct evx_cli_option *own, size_t own_n)
{
    const char *names[2 * EVX_CLI_VALUES];
    size_t n = 0;
    for (size_t i = 0; i < own_n && n < EVX_CLI_VALUES; i++)
        names[n++] = own[i].name;
    for (size_t i = 0; i < evx_cli_common_n; i++)
        names[n++] = evx_cli_common[i].name;
    char word[65];
    snprintf(word, sizeof word, "%.*s", (int)strcspn(argument + 2, "="), argument + 2);
    const char *near = evx_spell_nearest(word, names, n);
    char detail[128];
    if (near)
        snprintf(detail, sizeof detail, "there is no such option; did you mean --%s?", near);
    else
        snprintf(detail, sizeof detail, "there is no such option");
    return usage_error(argument, detail);
}

static enum evx_status keep_common(struct evx_cli_options *o, const char *name, const char *value)
{
    if (!strcmp(name, "config")) o->config = value;
    if (!strcmp(name, "json")) o->json = true;
    if (!strcmp(name, "plain")) o->plain = true;
    if (!strcmp(name, "yes")) o->yes = true;
    if (!strcmp(name, "dry-run")) o->dry_run = true;
    if (strcmp(name, "passphrase-fd") != 0) return EVX_OK;
    char *end = NULL;
    long fd = strtol(value, &end, 10);
    if (!*value || *end || fd < 0 || fd > 1 << 20)
        return usage_error("--passphrase-fd", "a file descriptor number is wanted");
    o->passphrase_fd = (int)fd;
    return EVX_OK;
}

static enum evx_status keep(struct evx_cli_options *o, const struct evx_cli_option *option, const char *value)
{
    if (o->values == EVX_CLI_VALUES) return usage_error(option->name, "too many options");
    o->value[o->values].option = option;
    o->value[o->values++].value = value;
    return find_in(evx_cli_common, evx_cli_common_n, option->name, strlen(option->name)) == option
               ? keep_common(o, option->name, value)
               : EVX_OK;
}

// One "--…" argument; *i moves past a separate value.
static enum evx_status parse_option(struct evx_cli_options *o, const struct evx_cli_option *own, size_t own_n,
                                    int argc, char **argv, int *i)
{
    const char *name = argv[*i] + 2;
    size_t length = strcspn(name, "=");
    const struct evx_cli_option *option = own ? find_in(own, own_n, name, length) : NULL;
    if (!option) option = find_in(evx_cli_common, evx_cli_common_n, name, length);
    if (!option) return unknown_option(argv[*i], own, own ? own_n : 0);
    const char *value = name[length] == '=' ? name + length + 1 : NULL;
    if (!option->argument)
        return value ? usage_error(argv[*i], "this option takes no value") : keep(o, option, "");
    if (!value && *i + 1 < argc) value = argv[++*i];
    if (!value) return usage_error(argv[*i], "this option needs a value");
    return keep(o, option, value);
}

static void default_config(struct evx_cli_options *o)
{
    const char *path = getenv("EVX_CONFIG");
    const char *xdg = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    if (path && *path)
        snprintf(o->config_default, sizeof o->config_default, "%s", path);
    else if (xdg && *xdg)
        snprintf(o->config_default, sizeof o->config_default, "%s/evx/evx.yaml", xdg);
    else
        snprintf(o->config_default, sizeof o->config_default, "%s/.config/evx/evx.yaml", home ? home : "");
    o->config = o->config_default;
}

enum evx_status evx_cli_parse(struct evx_cli_options *out, const struct evx_cli_option *own, size_t own_n,
                              int argc, char **argv)
{
    *out = (struct evx_cli_options){.passphrase_fd = -1, .argv = argv + 1};
    default_config(out);
    bool options = true;
    for (int i = 1; i < argc; i++) {
        if (options && !strcmp(argv[i], "--")) {
            options = false;
            continue;
        }
        if (!options || strncmp(argv[i], "--", 2) != 0) {
            if (options && argv[i][0] == '-' && argv[i][1])
                return usage_error(argv[i], "options begin with two dashes");
            out->argv[out->argc++] = argv[i];
            continue;
        }
        enum evx_status s = parse_option(out, own, own_n, argc, argv, &i);
        if (s) return s;
    }
    return EVX_OK;
}

const char *evx_cli_next_value(const struct evx_cli_options *o, const char *name, size_t *from)
{
    while (*from < o->values) {
        size_t i = (*from)++;
        if (!strcmp(o->value[i].option->name, name)) return o->value[i].value;
    }
    return NULL;
}

const char *evx_cli_value(const struct evx_cli_options *o, const char *name)
{
    const char *last = NULL;
    size_t from = 0;
    for (const char *v; (v = evx_cli_next_value(o, name, &from));)
        last = v;
    return last;
}

bool evx_cli_has(const struct evx_cli_options *o, const char *name) { return evx_cli_value(o, name) != NULL; }

enum evx_status evx_cli_number(uint64_t *out, const struct evx_cli_options *o, const char *name, uint64_t min,
                               uint64_t max)
{
    const char *text = evx_cli_value(o, name);
    if (!text) return EVX_OK;
    char *end = NULL;
    unsigned long long v = strtoull(text, &end, 10);
    if (*text >= '0' && *text <= '9' && !*end && v >= min && v <= max) {
        *out = v;
        return EVX_OK;
    }
    char where[80], detail[120];
    snprintf(where, sizeof where, "--%s", name);
    snprintf(detail, sizeof detail, "a whole number from %llu to %llu is wanted", (unsigned long long)min,
             (unsigned long long)max);
    return usage_error(where, detail);
}

enum evx_status evx_cli_inspection(struct evx_inspection_id *out, const char *hex)
{
    *out = (struct evx_inspection_id){0};
    if (evx_unhex(out->b, sizeof out->b, hex)) return EVX_OK;
    return usage_error(hex, "an inspection id is 32 hexadecimal characters: evx directory show");
}
