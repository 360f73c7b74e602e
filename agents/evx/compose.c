// SPDX-License-Identifier: Apache-2.0
#include "agents/evx/compose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/clock.h"

static const char *const uses[] = {"", "sig", "enc", "trn", "wit", "log"};

const char *evx_compose_use(enum evx_key_use use)
{
    return (size_t)use < sizeof uses / sizeof uses[0] ? uses[use] : "?";
}

enum evx_key_use evx_compose_use_of(const char *text)
{
    for (size_t i = 1; i < sizeof uses / sizeof uses[0]; i++)
        if (!strcmp(uses[i], text)) return (enum evx_key_use)i;
    return (enum evx_key_use)0;
}

// The lines in their order, and how many words of each say what it is about.
static const struct {
    const char *word;
    unsigned identity;
} sections[] = {
    {"evx.directory/v1", 1}, {"exchange", 1},  {"version", 1}, {"previous", 1}, {"issued", 1}, {"expires", 1},
    {"min-suite", 1},        {"threshold", 1}, {"quorum", 1},  {"root", 2},     {"org", 2},    {"key", 4},
    {"inspection", 2},       {"member", 3},    {"revoked", 3},
};
#define SECTIONS (sizeof sections / sizeof sections[0])

static size_t section_of(const char *line)
{
    size_t n = strcspn(line, " ");
    for (size_t i = 0; i < SECTIONS; i++)
        if (strlen(sections[i].word) == n && !strncmp(line, sections[i].word, n)) return i;
    return SECTIONS;
}

// Length of the first `words` words of a line.
static size_t prefix_of(const char *line, unsigned words)
{
    size_t n = 0;
    while (words--) {
        n += strcspn(line + n, " ");
        if (words && line[n]) n++;
    }
    return n;
}

static bool same_subject(const char *a, const char *b)
{
    size_t section = section_of(a);
    if (section != section_of(b)) return false;
    size_t n = prefix_of(a, sections[section].identity), m = prefix_of(b, sections[section].identity);
    return n == m && !memcmp(a, b, n);
}

static bool comes_before(const char *a, const char *b)
{
    size_t x = section_of(a), y = section_of(b);
    return x != y ? x < y : strcmp(a, b) < 0;
}

void evx_draft_free(struct evx_draft *d)
{
    for (size_t i = 0; i < d->n; i++)
        free(d->line[i]);
    free(d->line);
    *d = (struct evx_draft){0};
}

static enum evx_status insert(struct evx_draft *d, char *line)
{
    if (d->n == d->cap) {
        size_t cap = d->cap ? 2 * d->cap : 32;
        char **grown = realloc(d->line, cap * sizeof *grown);
        if (!grown) return EVX_E_MEMORY;
        d->line = grown;
        d->cap = cap;
    }
    size_t at = d->n;
    while (at && comes_before(line, d->line[at - 1]))
        at--;
    memmove(d->line + at + 1, d->line + at, (d->n - at) * sizeof *d->line);
    d->line[at] = line;
    d->n++;
    return EVX_OK;
}

void evx_draft_remove(struct evx_draft *d, size_t i)
{
    free(d->line[i]);
    memmove(d->line + i, d->line + i + 1, (--d->n - i) * sizeof *d->line);
}

static void remove_subject(struct evx_draft *d, const char *line)
{
    for (size_t i = 0; i < d->n; i++) {
        if (!same_subject(d->line[i], line)) continue;
        evx_draft_remove(d, i);
        return;
    }
}

enum evx_status evx_draft_put(struct evx_draft *d, const char *line)
{
    if (section_of(line) == SECTIONS || strchr(line, '\n')) return EVX_E_DIRECTORY_FORMAT;
    remove_subject(d, line);
    char *copy = strdup(line);
    enum evx_status s = copy ? insert(d, copy) : EVX_E_MEMORY;
    if (s) free(copy);
    return s;
}

static enum evx_status put_time(struct evx_draft *d, const char *word, int64_t ms)
{
    char time[EVX_TIME_TEXT], line[64];
    evx_time_text(time, ms);
    snprintf(line, sizeof line, "%s %s", word, time);
    return evx_draft_put(d, line);
}

static enum evx_status put_word(struct evx_draft *d, const char *word, const char *value)
{
    char line[1024];
    if (snprintf(line, sizeof line, "%s %s", word, value) >= (int)sizeof line) return EVX_E_TOO_LARGE;
    return evx_draft_put(d, line);
}

enum evx_status evx_draft_new(struct evx_draft *d, const char *exchange, unsigned threshold,
                              int64_t issued_ms, int64_t expires_ms)
{
    char number[16];
    snprintf(number, sizeof number, "%u", threshold);
    enum evx_status s = evx_draft_put(d, "evx.directory/v1");
    if (!s) s = put_word(d, "exchange", exchange);
    if (!s) s = put_word(d, "version", "1");
    if (!s) s = put_word(d, "previous", "-");
    if (!s) s = put_time(d, "issued", issued_ms);
    if (!s) s = put_time(d, "expires", expires_ms);
    if (!s) s = put_word(d, "min-suite", "1");
    if (!s) s = put_word(d, "threshold", number);
    if (!s) s = put_word(d, "quorum", "0");
    return s;
}

enum evx_status evx_draft_read(struct evx_draft *d, struct evx_bytes text)
{
    enum evx_status s = EVX_OK;
    for (size_t at = 0; at < text.n && !s;) {
        const uint8_t *end = memchr(text.p + at, '\n', text.n - at);
        size_t n = end ? (size_t)(end - text.p) - at : text.n - at;
        char *line = strndup((const char *)text.p + at, n);
        s = line ? evx_draft_put(d, line) : EVX_E_MEMORY;
        free(line);
        at += n + 1;
    }
    return s;
}

enum evx_status evx_draft_follow(struct evx_draft *d, const struct evx_directory *previous,
                                 struct evx_bytes text, int64_t issued_ms, int64_t expires_ms)
{
    char number[24], hash[48];
    snprintf(number, sizeof number, "%llu", (unsigned long long)evx_directory_version(previous) + 1);
    evx_base64(hash, evx_directory_hash(previous)->b, 32);
    enum evx_status s = evx_draft_read(d, text);
    if (!s) s = put_word(d, "version", number);
    if (!s) s = put_word(d, "previous", hash);
    if (!s) s = put_time(d, "issued", issued_ms);
    if (!s) s = put_time(d, "expires", expires_ms);
    return s;
}

enum evx_status evx_draft_text(struct evx_buf *out, const struct evx_draft *d)
{
    enum evx_status s = EVX_OK;
    for (size_t i = 0; i < d->n && !s; i++)
        s = evx_buf_printf(out, "%s\n", d->line[i]);
    return s;
}
