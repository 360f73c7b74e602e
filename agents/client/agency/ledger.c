// SPDX-License-Identifier: Apache-2.0
#include "agents/client/agency/ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/file.h"

#define LEDGER_BYTES (64u << 20)

struct line {
    bool done;
    struct evx_digest file;
    uint64_t items, at_ms;
};
struct evx_ledger {
    char *path;
    struct line *line;
    size_t n;
};

static enum evx_status add(struct evx_ledger *l, const struct line *line)
{
    struct line *more = realloc(l->line, (l->n + 1) * sizeof *more);
    if (!more) return EVX_E_MEMORY;
    l->line = more;
    l->line[l->n++] = *line;
    return EVX_OK;
}

static enum evx_status save(const struct evx_ledger *l)
{
    struct evx_buf text = {0};
    enum evx_status s = EVX_OK;
    for (size_t i = 0; !s && i < l->n; i++) {
        char hex[65];
        evx_hex(hex, l->line[i].file.b, sizeof l->line[i].file.b);
        s = evx_buf_printf(&text, "%s %s %" PRIu64 " %" PRIu64 "\n", l->line[i].done ? "done" : "begin", hex,
                           l->line[i].items, l->line[i].at_ms);
    }
    if (!s) s = evx_file_replace(l->path, evx_buf_bytes(&text), 0600);
    evx_buf_free(&text);
    return s;
}

static bool take_number(uint64_t *out, char **at)
{
    char *end;
    if (**at != ' ') return false;
    *out = strtoull(*at + 1, &end, 10);
    bool any = end > *at + 1;
    *at = end;
    return any;
}

static enum evx_status parse_line(struct evx_ledger *l, char *text)
{
    struct line line = {.done = strncmp(text, "done ", 5) == 0};
    if (!line.done && strncmp(text, "begin ", 6) != 0) return EVX_E_STORE_DAMAGED;
    char *hex = strchr(text, ' ') + 1, *at = hex + 2 * sizeof line.file.b;
    if (strcspn(hex, " ") != 2 * sizeof line.file.b) return EVX_E_STORE_DAMAGED;
    bool numbers = take_number(&line.items, &at) && take_number(&line.at_ms, &at) && !*at;
    hex[2 * sizeof line.file.b] = '\0';
    if (!numbers || !evx_unhex(line.file.b, sizeof line.file.b, hex)) return EVX_E_STORE_DAMAGED;
    return add(l, &line);
}

static enum evx_status load(struct evx_ledger *l)
{
    struct evx_buf text = {0};
    if (!evx_path_exists(l->path)) return EVX_OK;
    enum evx_status s = evx_file_read(&text, l->path, LEDGER_BYTES);
    if (!s) s = evx_buf_append(&text, "", 1);
    for (char *at = (char *)text.p, *end; !s && *at; at = end) {
        end = at + strcspn(at, "\n");
        if (*end) *end++ = '\0';
        s = parse_line(l, at);
    }
    evx_buf_free(&text);
    return s;
}

struct tally {
    uint64_t from_ms, items;
};

static enum evx_status count_items(void *user, const struct evx_outbox_row *row)
{
    struct tally *t = user;
    if (row->queued_ms >= t->from_ms) t->items += row->items;
    return EVX_OK;
}

// Queueing is all or nothing, and nobody else writes to the outbox: what was begun
// is in it if that many items came since.
static enum evx_status settle(struct evx_ledger *l, struct evx_agent *agent)
{
    if (l->n == 0 || l->line[l->n - 1].done) return EVX_OK;
    struct line *last = &l->line[l->n - 1];
    struct tally t = {.from_ms = last->at_ms};
    enum evx_status s = evx_agent_status(agent, count_items, &t);
    if (s) return s;
    if (t.items >= last->items)
        last->done = true;
    else
        l->n--;
    return save(l);
}

enum evx_status evx_ledger_open(struct evx_ledger **out, const char *state, struct evx_agent *agent)
{
    struct evx_ledger *l = calloc(1, sizeof *l);
    if (l) l->path = evx_path_join(state, "sent-files.txt");
    enum evx_status s = l && l->path ? load(l) : EVX_E_MEMORY;
    if (!s) s = settle(l, agent);
    if (s) evx_ledger_close(&l);
    *out = l;
    return s;
}

void evx_ledger_close(struct evx_ledger **l)
{
    if (!l || !*l) return;
    free((*l)->path);
    free((*l)->line);
    free(*l);
    *l = NULL;
}

uint64_t evx_ledger_find(const struct evx_ledger *l, const struct evx_digest *file)
{
    for (size_t i = 0; i < l->n; i++)
        if (memcmp(l->line[i].file.b, file->b, sizeof file->b) == 0) return l->line[i].at_ms;
    return 0;
}

enum evx_status evx_ledger_begin(struct evx_ledger *l, const struct evx_digest *file, size_t items,
                                 uint64_t now_ms)
{
    struct line line = {.file = *file, .items = items, .at_ms = now_ms};
    enum evx_status s = add(l, &line);
    return s ? s : save(l);
}

enum evx_status evx_ledger_done(struct evx_ledger *l)
{
    l->line[l->n - 1].done = true;
    return save(l);
}

enum evx_status evx_ledger_undo(struct evx_ledger *l)
{
    l->n--;
    return save(l);
}
