// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/retention.h"

#include <stdlib.h>
#include <string.h>

#include "agents/collector/holds.h"

#define DAY_MS 86400000ull

bool evx_retention_keep(struct evx_retention *r, const char *text)
{
    char *end = NULL;
    if (*text < '0' || *text > '9' || r->rules == EVX_RETENTION_RULES) return false;
    unsigned long class = strtoul(text, &end, 10);
    if (*end != '=' || class > UINT16_MAX || end[1] < '0' || end[1] > '9') return false;
    unsigned long days = strtoul(end + 1, &end, 10);
    if (*end || days > EVX_RETENTION_DAYS) return false;
    for (size_t i = 0; i < r->rules; i++)
        if (r->rule[i].class == class) return false;
    r->rule[r->rules].class = (uint16_t) class;
    r->rule[r->rules++].days = (uint32_t)days;
    return true;
}

void evx_retention_free(struct evx_retention *r)
{
    free(r->row);
    r->row = NULL;
    r->n = 0;
}

static bool past(const struct evx_retention *r, const struct evx_store_row *row)
{
    for (size_t i = 0; i < r->rules; i++)
        if (r->rule[i].class == row->retention)
            return row->received_ms + r->rule[i].days * DAY_MS <= r->now_ms;
    return false;
}

struct gathering {
    struct evx_retention *r;
    struct evx_store *store;
    struct evx_buf rows;
};

static enum evx_status gather(void *user, const struct evx_store_row *row)
{
    struct gathering *g = user;
    struct evx_erasure e;
    if (row->code || !past(g->r, row)) return EVX_OK;
    enum evx_status s = evx_store_erasure(g->store, row->ref, &e);
    if (s != EVX_E_NOT_FOUND) return s;
    return evx_buf_append(&g->rows, row, sizeof *row);
}

struct sifting {
    struct evx_retention *r;
    const struct evx_erase *e;
    struct evx_hold *hold;
    size_t holds;
    struct evx_opening *opening;
};

static enum evx_status may_open(struct sifting *f, const char *person)
{
    if (!evx_holds_need_content(f->hold, f->holds) || !f->r->n) return EVX_OK;
    struct evx_store_ref *ref = calloc(f->r->n, sizeof *ref);
    if (!ref) return EVX_E_MEMORY;
    for (size_t i = 0; i < f->r->n; i++)
        ref[i] = f->r->row[i].ref;
    struct evx_audit_record record = {.verb = "consultation",
                                      .person = person,
                                      .on_behalf_of = evx_agent_organisation(f->e->agent),
                                      .purpose = "retention",
                                      .view = "holds compared"};
    enum evx_status s = evx_audit_release(&f->opening, f->e->audit, &record, ref, f->r->n);
    free(ref);
    return s;
}

static enum evx_status sift_one(struct sifting *f, const struct evx_store_row *row, size_t *kept)
{
    Evx__V1__Item *item = NULL;
    enum evx_status s = f->opening ? evx_store_open_item(f->e->store, f->opening, row->ref, &item) : EVX_OK;
    if (s) return s;
    bool held = evx_holds_cover(f->hold, f->holds, &row->item_id, item) != NULL;
    evx_item_free(item);
    f->r->held += held;
    if (!held) f->r->row[(*kept)++] = *row;
    return EVX_OK;
}

static enum evx_status sift(struct evx_retention *r, const struct evx_erase *e, const char *person)
{
    struct sifting f = {.r = r, .e = e};
    size_t kept = 0;
    enum evx_status s = evx_holds_load(&f.hold, &f.holds, e->store);
    if (!s) s = may_open(&f, person);
    for (size_t i = 0; !s && i < r->n; i++)
        s = sift_one(&f, &r->row[i], &kept);
    r->n = s ? 0 : kept;
    evx_opening_close(&f.opening);
    free(f.hold);
    return s;
}

enum evx_status evx_retention_due(struct evx_retention *r, const struct evx_erase *e, const char *person)
{
    struct gathering g = {.r = r, .store = e->store};
    enum evx_status s = evx_store_items(e->store, 0, gather, &g);
    if (s) {
        evx_buf_free(&g.rows);
        return s;
    }
    evx_retention_free(r);
    r->row = (struct evx_store_row *)(void *)g.rows.p;
    r->n = g.rows.n / sizeof *r->row;
    r->held = 0;
    return sift(r, e, person);
}
