// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/profile.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/client/ingest/profile_check.h"
#include "agents/client/ingest/profile_schema.h"
#include "proto/limits.h"

// What libcyaml said: the first message and the innermost place.
struct complaint {
    char message[160];
    unsigned line;
};

static void note(cyaml_log_t level, void *ctx, const char *format, va_list args)
{
    (void)level;
    struct complaint *c = ctx;
    char said[256];
    vsnprintf(said, sizeof said, format, args);
    said[strcspn(said, "\n")] = '\0';
    const char *at = strstr(said, "(line: ");
    if (at && !c->line)
        c->line = (unsigned)strtoul(at + 7, NULL, 10);
    else if (!at && !c->message[0])
        snprintf(c->message, sizeof c->message, "%.150s", said);
}

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

#define WORD_BYTES 40
static size_t edit_distance(const char *a, const char *b)
{
    size_t row[WORD_BYTES + 1], n = strlen(b);
    if (n > WORD_BYTES) return WORD_BYTES;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t above = row[j];
            row[j] = smaller(smaller(above, row[j - 1]) + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[n];
}

static const char *nearest_key(const char *word)
{
    const char *best = NULL;
    size_t least = 4;
    for (size_t i = 0; evx_profile_keys[i]; i++) {
        size_t d = edit_distance(word, evx_profile_keys[i]);
        if (d < least) {
            least = d;
            best = evx_profile_keys[i];
        }
    }
    return best;
}

// libcyaml gives the line where the mapping begins; the key stands there or below.
static unsigned line_of_key(struct evx_bytes yaml, const char *key, unsigned from)
{
    unsigned line = 1;
    size_t n = strlen(key);
    for (size_t i = 0; i < yaml.n; i++) {
        bool word = i + n < yaml.n && memcmp(yaml.p + i, key, n) == 0 && yaml.p[i + n] == ':';
        if (word && line >= from && (i == 0 || strchr(" \n-{,", yaml.p[i - 1]))) return line;
        line += yaml.p[i] == '\n';
    }
    return from;
}

static enum evx_status explain_complaint(struct evx_buf *explain, const struct complaint *c,
                                         struct evx_bytes yaml, const char *name)
{
    static const char unknown[] = "Unexpected key: ";
    const char *at = strstr(c->message, unknown);
    if (!at) {
        const char *said = strncmp(c->message, "Load: ", 6) == 0 ? c->message + 6 : c->message;
        return evx_buf_printf(explain, "%s, line %u: %s", name, c->line, said);
    }
    const char *key = at + sizeof unknown - 1, *near = nearest_key(key);
    enum evx_status s =
        evx_buf_printf(explain, "%s, line %u: unknown key '%s'", name, line_of_key(yaml, key, c->line), key);
    if (!s && near) s = evx_buf_printf(explain, "; did you mean '%s'?", near);
    return s;
}

static cyaml_config_t config_for(struct complaint *c)
{
    return (cyaml_config_t){.log_fn = note,
                            .log_ctx = c,
                            .log_level = CYAML_LOG_ERROR,
                            .mem_fn = cyaml_mem,
                            .flags = CYAML_CFG_NO_ALIAS};
}

enum evx_status evx_profile_parse(struct evx_profile **out, struct evx_bytes yaml, const char *name,
                                  struct evx_buf *explain)
{
    *out = NULL;
    struct evx_buf unused = {0};
    if (!explain) explain = &unused;
    struct complaint c = {.message = "", .line = 0};
    cyaml_config_t config = config_for(&c);
    struct evx_profile *p = NULL;
    enum evx_status s = EVX_OK;
    cyaml_err_t e = CYAML_ERR_INVALID_VALUE;
    if (yaml.n <= EVX_LIMIT_CONFIG_BYTES && evx_utf8_valid(yaml.p, yaml.n))
        e = cyaml_load_data(yaml.p, yaml.n, &config, &evx_profile_schema, (cyaml_data_t **)&p, NULL);
    else
        snprintf(c.message, sizeof c.message, "longer than 1 MiB, or not UTF-8");
    if (e == CYAML_ERR_OOM)
        s = EVX_E_MEMORY;
    else if (e != CYAML_OK)
        s = explain_complaint(explain, &c, yaml, name) ? EVX_E_MEMORY : EVX_E_CONFIG;
    else if (!p)
        s = evx_buf_append_text(explain, "the profile is empty") ? EVX_E_MEMORY : EVX_E_CONFIG;
    else
        s = evx_profile_check(p, name, explain);
    if (s) evx_profile_destroy(&p);
    *out = p;
    evx_buf_free(&unused);
    return s;
}

void evx_profile_destroy(struct evx_profile **p)
{
    if (!p || !*p) return;
    struct complaint c = {.message = "", .line = 0};
    cyaml_config_t config = config_for(&c);
    cyaml_free(&config, &evx_profile_schema, *p, 0);
    *p = NULL;
}
