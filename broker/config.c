// SPDX-License-Identifier: Apache-2.0
#include "broker/config.h"

#include <cyaml/cyaml.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/file.h"
#include "proto/limits.h"

static const cyaml_schema_field_t fields[] = {
#define EVX_TEXT(member, key, required, fallback, help)                                                      \
    CYAML_FIELD_STRING_PTR(key, (required) ? CYAML_FLAG_DEFAULT : CYAML_FLAG_OPTIONAL,                       \
                           struct evx_broker_config, member, (required) ? 1 : 0, 4096),
#define EVX_NUMBER(member, key, fallback, least, greatest, help)                                             \
    CYAML_FIELD_UINT(key, CYAML_FLAG_OPTIONAL, struct evx_broker_config, member),
#include "broker/config.def"
#undef EVX_TEXT
#undef EVX_NUMBER
    CYAML_FIELD_END};

static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct evx_broker_config, fields)};

// What the parser complained of last, most of all the key at fault.
struct complaint {
    char first[200];
};

static void listen_to_parser(cyaml_log_t level, void *user, const char *format, va_list args)
{
    struct complaint *c = user;
    if (level < CYAML_LOG_ERROR || c->first[0]) return;
    vsnprintf(c->first, sizeof c->first, format, args);
    c->first[strcspn(c->first, "\n")] = 0;
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

// Edits that turn a into b.
static size_t distance(const char *a, const char *b)
{
    size_t n = strlen(b);
    size_t row[64];
    if (n >= 64) return n;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t above = row[j];
            row[j] = least(diagonal + (a[i - 1] != b[j - 1]), 1 + least(row[j - 1], above));
            diagonal = above;
        }
    }
    return row[n];
}

static const char *nearest_key(const char *word)
{
    const char *best = fields[0].key;
    for (const cyaml_schema_field_t *f = fields; f->key; f++)
        if (distance(word, f->key) < distance(word, best)) best = f->key;
    return best;
}

// "Load: Unexpected key: lissten" is what the parser says of one it does not know.
static enum evx_status explain_complaint(struct evx_buf *out, const char *path, const struct complaint *c,
                                         const char *parser_error)
{
    if (!out) return EVX_OK;
    const char *key = strstr(c->first, "Unexpected key: ");
    if (!key) return evx_buf_printf(out, "%s: %s%s%s", path, parser_error, c->first[0] ? ": " : "", c->first);
    key += strlen("Unexpected key: ");
    return evx_buf_printf(out, "%s: unknown key \"%s\"; did you mean \"%s\"?", path, key, nearest_key(key));
}

static char *copy(const char *text) { return text ? strdup(text) : NULL; }

static enum evx_status take(struct evx_broker_config *out, const struct evx_broker_config *in)
{
#define EVX_TEXT(member, key, required, fallback, help)                                                      \
    out->member = copy(in->member ? in->member : (fallback));                                                \
    if (!out->member && (in->member || (fallback))) return EVX_E_MEMORY;
#define EVX_NUMBER(member, key, fallback, least, greatest, help)                                             \
    out->member = in->member ? in->member : (fallback);
#include "broker/config.def"
#undef EVX_TEXT
#undef EVX_NUMBER
    return EVX_OK;
}

struct range {
    const char *key;
    uint64_t value, from, to;
};

static enum evx_status check_ranges(const struct evx_broker_config *c, const char *path,
                                    struct evx_buf *explain)
{
    const struct range ranges[] = {
#define EVX_TEXT(member, key, required, fallback, help)
#define EVX_NUMBER(member, key, fallback, from, to, help) {key, c->member, from, to},
#include "broker/config.def"
#undef EVX_TEXT
#undef EVX_NUMBER
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        const struct range *r = &ranges[i];
        if (r->value >= r->from && r->value <= r->to) continue;
        if (explain)
            EVX_IGNORE(evx_buf_printf(explain, "%s: %s must be from %llu to %llu", path, r->key,
                                      (unsigned long long)r->from, (unsigned long long)r->to),
                       "the code says it too");
        return EVX_E_CONFIG;
    }
    return EVX_OK;
}

static enum evx_status fill_folders(struct evx_broker_config *c)
{
    if (!c->signer_state) c->signer_state = evx_path_join(c->state, "signer");
    if (!c->metrics) c->metrics = evx_path_join(c->state, "broker.prom");
    return c->signer_state && c->metrics ? EVX_OK : EVX_E_MEMORY;
}

enum evx_status evx_broker_config_load(struct evx_broker_config *out, const char *path,
                                       struct evx_buf *explain)
{
    *out = (struct evx_broker_config){0};
    struct evx_buf text = {0};
    struct evx_broker_config *parsed = NULL;
    struct complaint complaint = {""};
    const cyaml_config_t parser = {.log_fn = listen_to_parser,
                                   .log_ctx = &complaint,
                                   .mem_fn = cyaml_mem,
                                   .log_level = CYAML_LOG_ERROR,
                                   .flags = CYAML_CFG_NO_ALIAS};
    enum evx_status s = evx_file_read(&text, path, EVX_LIMIT_CONFIG_BYTES);
    if (s) return s;
    cyaml_err_t e = cyaml_load_data(text.p, text.n, &parser, &schema, (cyaml_data_t **)&parsed, NULL);
    if (e != CYAML_OK || !parsed) s = EVX_E_CONFIG;
    if (s)
        EVX_IGNORE(explain_complaint(explain, path, &complaint,
                                     e == CYAML_OK ? "the file is empty" : cyaml_strerror(e)),
                   "the code says it too");
    if (!s) s = take(out, parsed);
    if (!s) s = check_ranges(out, path, explain);
    if (!s) s = fill_folders(out);
    cyaml_free(&parser, &schema, parsed, 0);
    evx_buf_free(&text);
    if (s) evx_broker_config_free(out);
    return s;
}

void evx_broker_config_free(struct evx_broker_config *c)
{
    if (!c) return;
#define EVX_TEXT(member, key, required, fallback, help) free(c->member);
#define EVX_NUMBER(member, key, fallback, least, greatest, help)
#include "broker/config.def"
#undef EVX_TEXT
#undef EVX_NUMBER
    *c = (struct evx_broker_config){0};
}

enum evx_status evx_broker_config_sample(struct evx_buf *out)
{
    enum evx_status s = EVX_OK;
#define EVX_TEXT(member, key, required, fallback, help)                                                      \
    if (!s)                                                                                                  \
        s = evx_buf_printf(out, "# %s\n%s%s: %s\n", help, (required) ? "" : "#", key, (required) ? "…" : "");
#define EVX_NUMBER(member, key, fallback, least, greatest, help)                                             \
    if (!s) s = evx_buf_printf(out, "# %s\n#%s: %llu\n", help, key, (unsigned long long)(fallback));
#include "broker/config.def"
#undef EVX_TEXT
#undef EVX_NUMBER
    return s;
}
