// SPDX-License-Identifier: Apache-2.0
#include "agents/client/agency/batch.h"

#include <stdlib.h>
#include <string.h>

#include "agents/client/agency/front.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"

#define RETENTION_INSPECTION_RECORD 1

static enum evx_outcome decide(const struct evx_findings *f, bool partial)
{
    if (f->fatal || (f->errors && !partial)) return EVX_OUTCOME_REFUSED;
    if (f->items) return EVX_OUTCOME_SENT;
    return f->errors ? EVX_OUTCOME_REFUSED : EVX_OUTCOME_NOTHING;
}

enum evx_status evx_batch_read(struct evx_batch *out, const struct evx_ingest_job *job, char *const *path,
                               size_t n, bool partial)
{
    *out = (struct evx_batch){0};
    enum evx_status s = evx_files_open(&out->files, path, n);
    if (s) return s;
    struct evx_ingest_job with = *job;
    with.companion = out->files.companion;
    with.companions = out->files.companions;
    out->file = calloc(out->files.n + 1, sizeof *out->file);
    if (!out->file) s = EVX_E_MEMORY;
    for (size_t i = 0; !s && i < out->files.n; i++) {
        struct evx_batch_file *f = &out->file[i];
        s = evx_findings_read(&f->findings, &with, &out->files.file[i], true);
        if (!s) f->outcome = decide(&f->findings, partial);
        f->items = f->findings.items;
    }
    if (s) evx_batch_free(out);
    return s;
}

void evx_batch_free(struct evx_batch *b)
{
    if (!b) return;
    for (size_t i = 0; b->file && i < b->files.n; i++)
        evx_findings_free(&b->file[i].findings);
    free(b->file);
    evx_files_close(&b->files);
    *b = (struct evx_batch){0};
}

static enum evx_status item_list_text(struct evx_buf *out, const struct evx_findings *f,
                                      const struct evx_queued *q)
{
    enum evx_status s = evx_buf_append_text(out, "row,item\n");
    for (size_t i = 0; !s && i < q->items; i++) {
        char hex[33];
        evx_hex(hex, q->item_ids[i].b, sizeof q->item_ids[i].b);
        s = evx_buf_printf(out, "%llu,%s\n", (unsigned long long)f->item[i].row, hex);
    }
    return s;
}

// Which item each row became: `correct` and `withdraw` want the item's id.
static enum evx_status save_item_list(const char *state, const struct evx_file *file,
                                      const struct evx_findings *f, const struct evx_queued *q)
{
    char name[80], hex[33];
    struct evx_buf text = {0};
    char *folder = evx_path_join(state, "items");
    evx_hex(hex, file->digest.b, 16);
    snprintf(name, sizeof name, "%s.csv", hex);
    char *path = folder ? evx_path_join(folder, name) : NULL;
    enum evx_status s = path ? evx_dir_make(folder) : EVX_E_MEMORY;
    if (!s) s = item_list_text(&text, f, q);
    if (!s) s = evx_file_replace(path, evx_buf_bytes(&text), 0600);
    evx_buf_free(&text);
    free(path);
    free(folder);
    return s;
}

static struct evx_plain_item *plain_items(const struct evx_findings *f)
{
    struct evx_plain_item *p = calloc(f->items, sizeof *p);
    for (size_t i = 0; p && i < f->items; i++) {
        p[i].content = evx_bytes(f->packed.p + f->item[i].begin, f->item[i].n);
        p[i].retention = RETENTION_INSPECTION_RECORD;
    }
    return p;
}

static enum evx_status queue_items(struct evx_agent *agent, const struct evx_findings *f, uint32_t flags,
                                   struct evx_queued *q)
{
    struct evx_plain_item *plain = plain_items(f);
    if (!plain) return EVX_E_MEMORY;
    enum evx_status s = evx_agent_queue(agent, plain, f->items, NULL, 0, flags, q);
    free(plain);
    return s;
}

static enum evx_status queue_file(struct evx_batch_file *b, const struct evx_file *file,
                                  struct evx_agent *agent, struct evx_ledger *ledger, const char *state,
                                  uint32_t flags, bool again, size_t *consignments)
{
    b->before_ms = evx_ledger_find(ledger, &file->digest);
    if (b->before_ms && !again) {
        b->outcome = EVX_OUTCOME_BEFORE;
        return EVX_OK;
    }
    struct evx_queued q;
    enum evx_status s = evx_ledger_begin(ledger, &file->digest, b->items, evx_clock_wall_ms());
    if (s) return s;
    s = queue_items(agent, &b->findings, flags, &q);
    if (s) {
        EVX_IGNORE(evx_ledger_undo(ledger), "the next opening settles it too");
        return s;
    }
    s = evx_ledger_done(ledger);
    if (!s) s = save_item_list(state, file, &b->findings, &q);
    *consignments += q.consignments;
    evx_queued_free(&q);
    return s;
}

static enum evx_status any_new(const struct evx_batch *b, struct evx_agent *agent, const char *state,
                               bool *any)
{
    struct evx_ledger *ledger;
    *any = false;
    enum evx_status s = evx_ledger_open(&ledger, state, agent);
    for (size_t i = 0; !s && i < b->files.n; i++) {
        bool before = !b->again && evx_ledger_find(ledger, &b->files.file[i].digest) != 0;
        *any = *any || (b->file[i].outcome == EVX_OUTCOME_SENT && !before);
    }
    evx_ledger_close(&ledger);
    if (s) evx_cli_error(s, state, NULL);
    return s;
}

enum evx_status evx_front_may_send(const struct evx_batch *b, struct evx_agent *agent, const char *state,
                                   const struct evx_cli_options *o)
{
    bool any;
    enum evx_status s = any_new(b, agent, state, &any);
    return s || !any ? s : evx_front_may_follow(agent, o);
}

enum evx_status evx_batch_queue(struct evx_batch *b, struct evx_agent *agent, const char *state,
                                uint32_t flags, size_t *consignments)
{
    struct evx_ledger *ledger;
    *consignments = 0;
    enum evx_status s = evx_ledger_open(&ledger, state, agent);
    for (size_t i = 0; !s && i < b->files.n; i++)
        if (b->file[i].outcome == EVX_OUTCOME_SENT)
            s = queue_file(&b->file[i], &b->files.file[i], agent, ledger, state, flags, b->again,
                           consignments);
    evx_ledger_close(&ledger);
    return s;
}
