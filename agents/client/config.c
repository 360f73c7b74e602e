// SPDX-License-Identifier: Apache-2.0
#include <cyaml/cyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/client/agent.h"
#include "agents/client/spell.h"
#include "proto/base/file.h"

enum presence { OPTIONAL, REQUIRED };

static const cyaml_schema_field_t fields[] = {
#define TEXT(member, key, presence, fallback, sample, help)                                                  \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct evx_agent_config, member,   \
                           1, 4096),
#define PATH(member, key, presence, fallback, sample, help)                                                  \
    TEXT(member, key, presence, fallback, sample, help)
#define MIB(member, key, fallback, min, max, help)                                                           \
    CYAML_FIELD_UINT(key, CYAML_FLAG_OPTIONAL, struct evx_agent_config, member),
#define MINUTES(member, key, fallback, min, max, help) MIB(member, key, fallback, min, max, help)
#define DAYS(member, key, fallback, min, max, help)    MIB(member, key, fallback, min, max, help)
#include "agents/client/config.def"
#undef TEXT
#undef PATH
#undef MIB
#undef MINUTES
#undef DAYS
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct evx_agent_config, fields),
};

static const char *const keys[] = {
#define TEXT(member, key, presence, fallback, sample, help) key,
#define PATH(member, key, presence, fallback, sample, help) key,
#define MIB(member, key, fallback, min, max, help)          key,
#define MINUTES(member, key, fallback, min, max, help)      key,
#define DAYS(member, key, fallback, min, max, help)         key,
#include "agents/client/config.def"
#undef TEXT
#undef PATH
#undef MIB
#undef MINUTES
#undef DAYS
};

// What libcyaml says while it parses: the reason comes first, then where.
struct complaint {
    char reason[256];
    char place[256];
};

static void listen(cyaml_log_t level, void *user, const char *format, va_list arguments)
{
    struct complaint *c = user;
    if (level < CYAML_LOG_ERROR) return;
    char line[256];
    vsnprintf(line, sizeof line, format, arguments);
    line[strcspn(line, "\n")] = '\0';
    char *into = strstr(line, "(line:") ? c->place : c->reason;
    if (!*into && !strstr(line, "Backtrace")) snprintf(into, sizeof c->reason, "%s", line);
}

static unsigned line_of(const struct complaint *c)
{
    const char *at = strstr(c->place, "(line: ");
    return at ? (unsigned)strtoul(at + 7, NULL, 10) : 0;
}

// libcyaml gives the line of the key before an unknown one: look for the word itself.
static unsigned line_of_key(struct evx_bytes text, const char *key)
{
    size_t n = strlen(key);
    unsigned line = 1;
    for (size_t at = 0; at < text.n; line++) {
        const uint8_t *end = memchr(text.p + at, '\n', text.n - at);
        size_t length = end ? (size_t)(end - text.p) - at : text.n - at;
        if (length > n && !memcmp(text.p + at, key, n) && strchr(": \t", text.p[at + n])) return line;
        at += length + 1;
    }
    return 0;
}

static enum evx_status explain_unknown_key(struct evx_buf *explain, struct evx_bytes text, const char *word)
{
    const char *near = evx_spell_nearest(word, keys, sizeof keys / sizeof keys[0]);
    enum evx_status s =
        evx_buf_printf(explain, "line %u: there is no key '%s'", line_of_key(text, word), word);
    return s || !near ? s : evx_buf_printf(explain, "; did you mean '%s'?", near);
}

static enum evx_status explain_complaint(struct evx_buf *explain, struct evx_bytes text,
                                         const struct complaint *c)
{
    static const char unexpected[] = "Load: Unexpected key: ";
    if (!strncmp(c->reason, unexpected, sizeof unexpected - 1))
        return explain_unknown_key(explain, text, c->reason + sizeof unexpected - 1);
    const char *reason = strncmp(c->reason, "Load: ", 6) ? c->reason : c->reason + 6;
    return line_of(c) ? evx_buf_printf(explain, "line %u: %s", line_of(c), reason)
                      : evx_buf_printf(explain, "%s", reason);
}

static enum evx_status parse(struct evx_agent_config *out, struct evx_bytes text, struct evx_buf *explain)
{
    struct complaint complaint = {0};
    cyaml_config_t how = {
        .log_fn = listen, .log_ctx = &complaint, .log_level = CYAML_LOG_ERROR, .mem_fn = cyaml_mem};
    struct evx_agent_config *loaded = NULL;
    cyaml_err_t e = cyaml_load_data(text.p, text.n, &how, &schema, (cyaml_data_t **)&loaded, NULL);
    if (e == CYAML_OK && loaded) {
        *out = *loaded;
        free(loaded);
        return EVX_OK;
    }
    if (e == CYAML_ERR_OOM) return EVX_E_MEMORY;
    if (!*complaint.reason)
        snprintf(complaint.reason, sizeof complaint.reason, "%s",
                 e ? cyaml_strerror(e) : "the file is empty");
    enum evx_status s = explain_complaint(explain, text, &complaint);
    return s ? s : EVX_E_CONFIG;
}

static enum evx_status wrong(struct evx_buf *explain, const char *key, const char *why)
{
    enum evx_status s = evx_buf_printf(explain, "key '%s': %s", key, why);
    return s ? s : EVX_E_CONFIG;
}

static enum evx_status settle_text(char **member, const char *key, enum presence presence,
                                   const char *fallback, struct evx_buf *explain)
{
    if (*member) return EVX_OK;
    if (presence == REQUIRED) return wrong(explain, key, "it is missing");
    if (!fallback) return EVX_OK;
    *member = strdup(fallback);
    return *member ? EVX_OK : EVX_E_MEMORY;
}

// Relative to the configuration's folder, so that a folder can be moved as a whole.
static enum evx_status settle_path(char **member, const char *config_path)
{
    const char *slash = strrchr(config_path, '/');
    if (!*member || **member == '/' || !slash) return EVX_OK;
    char *joined = NULL;
    if (asprintf(&joined, "%.*s/%s", (int)(slash - config_path), config_path, *member) < 0)
        return EVX_E_MEMORY;
    free(*member);
    *member = joined;
    return EVX_OK;
}

// In the file's unit; kept in bytes or milliseconds, `one` of them a unit.
static enum evx_status settle_number(uint64_t *member, const char *key, uint64_t fallback, uint64_t min,
                                     uint64_t max, uint64_t one, struct evx_buf *explain)
{
    uint64_t units = *member ? *member : fallback;
    *member = 0;
    if (units < min || units > max) return wrong(explain, key, "the number is out of range");
    *member = units * one;
    return EVX_OK;
}

static enum evx_status settle(struct evx_agent_config *c, const char *path, struct evx_buf *explain)
{
    enum evx_status s = EVX_OK;
#define TEXT(member, key, presence, fallback, sample, help)                                                  \
    if (!s) s = settle_text(&c->member, key, presence, fallback, explain);
#define PATH(member, key, presence, fallback, sample, help)                                                  \
    TEXT(member, key, presence, fallback, sample, help)                                                      \
    if (!s) s = settle_path(&c->member, path);
#define MIB(member, key, fallback, min, max, help)                                                           \
    if (!s) s = settle_number(&c->member, key, fallback, min, max, 1u << 20, explain);
#define MINUTES(member, key, fallback, min, max, help)                                                       \
    if (!s) s = settle_number(&c->member, key, fallback, min, max, 60000, explain);
#define DAYS(member, key, fallback, min, max, help)                                                          \
    if (!s) s = settle_number(&c->member, key, fallback, min, max, 86400000, explain);
#include "agents/client/config.def"
#undef TEXT
#undef PATH
#undef MIB
#undef MINUTES
#undef DAYS
    return s;
}

static enum evx_status check(const struct evx_agent_config *c, struct evx_buf *explain)
{
    uint8_t bytes[32];
    if (!evx_unhex(bytes, 16, c->inspection))
        return wrong(explain, "inspection", "32 hexadecimal characters are wanted");
    if (c->pin && !evx_unhex(bytes, 32, c->pin))
        return wrong(explain, "pin", "64 hexadecimal characters are wanted");
    if (strncmp(c->broker, "tcp://", 6) != 0 || !strchr(c->broker + 6, ':'))
        return wrong(explain, "broker", "an address such as tcp://host:7300 is wanted");
    if (strlen(c->organisation) >= EVX_ORG_ID_BYTES)
        return wrong(explain, "organisation", "it is longer than an organisation id can be");
    return EVX_OK;
}

enum evx_status evx_agent_config_load(struct evx_agent_config *out, const char *path, struct evx_buf *explain)
{
    *out = (struct evx_agent_config){0};
    struct evx_buf text = {0};
    enum evx_status s = evx_file_read(&text, path, EVX_LIMIT_CONFIG_BYTES);
    if (!s) s = parse(out, evx_buf_bytes(&text), explain);
    if (!s) s = settle(out, path, explain);
    if (!s) s = check(out, explain);
    evx_buf_free(&text);
    if (s) evx_agent_config_free(out);
    return s;
}

void evx_agent_config_free(struct evx_agent_config *c)
{
    if (!c) return;
#define TEXT(member, key, presence, fallback, sample, help) free(c->member);
#define PATH(member, key, presence, fallback, sample, help) free(c->member);
#define MIB(member, key, fallback, min, max, help)
#define MINUTES(member, key, fallback, min, max, help)
#define DAYS(member, key, fallback, min, max, help)
#include "agents/client/config.def"
#undef TEXT
#undef PATH
#undef MIB
#undef MINUTES
#undef DAYS
    *c = (struct evx_agent_config){0};
}

static enum evx_status sample_row(struct evx_buf *out, const char *key, const char *value, const char *help)
{
    enum evx_status s = evx_buf_printf(out, "# %s\n", help);
    if (s) return s;
    return value ? evx_buf_printf(out, "%s: %s\n\n", key, value) : evx_buf_printf(out, "# %s:\n\n", key);
}

enum evx_status evx_agent_config_sample(struct evx_buf *out)
{
    enum evx_status s = EVX_OK;
#define TEXT(member, key, presence, fallback, sample, help)                                                  \
    if (!s) s = sample_row(out, key, sample, help);
#define PATH(member, key, presence, fallback, sample, help)                                                  \
    TEXT(member, key, presence, fallback, sample, help)
#define MIB(member, key, fallback, min, max, help)                                                           \
    if (!s) s = sample_row(out, key, #fallback, help);
#define MINUTES(member, key, fallback, min, max, help) MIB(member, key, fallback, min, max, help)
#define DAYS(member, key, fallback, min, max, help)    MIB(member, key, fallback, min, max, help)
#include "agents/client/config.def"
#undef TEXT
#undef PATH
#undef MIB
#undef MINUTES
#undef DAYS
    return s;
}
