// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/cmd/judge_send.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/inspector/views/judging.h"

#define INSPECTORATES_MAX 64

static const struct evx_draft_view *find(const struct evx_draft_view *v, size_t n, const char *text)
{
    char *end = NULL;
    unsigned long number = strtoul(text, &end, 10);
    for (size_t i = 0; end && !*end && i < n; i++)
        if (v[i].number == number) return &v[i];
    return NULL;
}

static size_t others(const char **to, const struct evx_desk *d)
{
    const struct evx_dir_org *org[INSPECTORATES_MAX];
    size_t n = evx_directory_members(d->directory, &d->v->options.inspection, EVX_RIGHT_RECEIVE, org,
                                     INSPECTORATES_MAX);
    size_t found = 0;
    for (size_t i = 0; i < n && i < INSPECTORATES_MAX; i++)
        if (org[i]->role == EVX_ROLE_INSPECTORATE && strcmp(org[i]->id, d->config.organisation) != 0)
            to[found++] = org[i]->id;
    to[found] = NULL;
    return found;
}

static enum evx_status queue(struct evx_desk *d, const struct evx_draft_view *draft, const char *const *to)
{
    struct evx_agent *agent = NULL;
    struct evx_buf packed = {0}, explain = {0};
    struct evx_queued queued = {0};
    struct evx_passphrase ask = evx_cli_passphrase(&d->o);
    enum evx_status s = evx_item_pack(&packed, draft->item);
    if (!s) s = evx_agent_open(&agent, &d->config, &ask, &explain);
    struct evx_plain_item item = {.content = evx_buf_bytes(&packed), .id = draft->id};
    if (!s) s = evx_agent_queue(agent, &item, 1, to, 0, 0, &queued);
    evx_queued_free(&queued);
    evx_agent_close(&agent);
    evx_buf_free(&packed);
    evx_buf_free(&explain);
    return s;
}

// Whoever gets the judgement learns which evidence it rests on.
static enum evx_status record(struct evx_desk *d, const struct evx_draft_view *draft)
{
    uint32_t *item = NULL;
    size_t items = 0;
    enum evx_status s = evx_judging_cited(&item, &items, d->v, draft, 1);
    return s ? s : evx_views_release(d->v, "disclosure", "judge send", item, items);
}

enum evx_status evx_judge_send(struct evx_desk *d, const char *number)
{
    struct evx_draft_view *v = NULL;
    const char *to[INSPECTORATES_MAX + 1];
    size_t n = 0, receivers = others(to, d);
    enum evx_status s = evx_judging_drafts(&v, &n, d->v);
    const struct evx_draft_view *draft = s ? NULL : find(v, n, number);
    if (!s && !draft) s = EVX_E_NOT_FOUND;
    if (!s && !receivers) printf("there is no other inspectorate in this inspection; the draft stays here\n");
    if (!s && receivers && !d->o.dry_run) s = record(d, draft);
    if (!s && receivers && !d->o.dry_run) s = queue(d, draft, to);
    if (!s && receivers && !d->o.dry_run) s = evx_casebook_draft_sent(d->v->book, draft->number, &draft->id);
    if (!s && receivers)
        printf("draft %u %s for %zu inspectorate%s; the collector's next run sends it\n", draft->number,
               d->o.dry_run ? "would be sealed" : "is in the outbox", receivers, receivers == 1 ? "" : "s");
    if (s)
        evx_cli_error(s, "judge send",
                      s == EVX_E_ALREADY_RUNNING ? "the collector holds the outbox; the draft is kept"
                                                 : NULL);
    evx_judging_drafts_free(v, n);
    return s;
}
