// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/uses.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/collector/uses_parts.h"

struct telling {
    struct evx_uses *uses;
    struct evx_uses_report *report;
    size_t reports, cap;
    struct evx_buf whose; // u16 by log index: number of the report + 1, 0 = nobody's
    struct evx_buf list;
    uint64_t records;
};

static bool is_agency(const struct evx_uses *u, const char *org)
{
    const struct evx_dir_org *o = evx_directory_org(u->directory, org);
    return o && o->role != EVX_ROLE_INSPECTORATE && o->role != EVX_ROLE_BROKER;
}

static enum evx_status begin_report(struct telling *t, const char *agency)
{
    char name[EVX_ORG_ID_BYTES + 8];
    uint64_t told = 0;
    if (t->reports == t->cap) {
        struct evx_uses_report *more = realloc(t->report, (t->cap + 16) * sizeof *more);
        if (!more) return EVX_E_MEMORY;
        t->report = more;
        t->cap += 16;
    }
    snprintf(name, sizeof name, "uses %s", agency);
    enum evx_status s = evx_audit_noted(t->uses->audit, name, &told);
    if (s) return s;
    struct evx_uses_report *r = &t->report[t->reports++];
    memset(r, 0, sizeof *r);
    evx__v1__use_report__init(&r->m);
    snprintf(r->agency, sizeof r->agency, "%s", agency);
    r->from = t->uses->since && t->uses->since <= told ? t->uses->since : told + 1;
    return EVX_OK;
}

static enum evx_status find_report(struct telling *t, const char *agency, uint16_t *number)
{
    *number = 0;
    for (size_t i = 0; i < t->reports; i++)
        if (strcmp(t->report[i].agency, agency) == 0) *number = (uint16_t)(i + 1);
    if (*number || !is_agency(t->uses, agency)) return EVX_OK;
    enum evx_status s = begin_report(t, agency);
    if (!s) *number = (uint16_t)t->reports;
    return s;
}

// All items of a consignment have one sender, so one look at each is enough.
static enum evx_status note_sender(void *user, const struct evx_store_row *row)
{
    struct telling *t = user;
    uint16_t number;
    uint64_t index = row->ref.index;
    if (t->whose.n / sizeof number > index) return EVX_OK;
    enum evx_status s = find_report(t, row->sender, &number);
    static const uint16_t nobody = 0;
    while (!s && t->whose.n / sizeof nobody < index)
        s = evx_buf_append(&t->whose, &nobody, sizeof nobody);
    return s ? s : evx_buf_append(&t->whose, &number, sizeof number);
}

static struct evx_uses_report *whose(const struct telling *t, uint64_t index)
{
    uint16_t number = 0;
    if (index < t->whose.n / sizeof number)
        memcpy(&number, t->whose.p + index * sizeof number, sizeof number);
    return number ? &t->report[number - 1] : NULL;
}

static enum evx_status share_out(struct telling *t, const struct evx_ref_run *run, uint64_t record)
{
    enum evx_status s = EVX_OK;
    for (uint32_t k = 0; !s && k < run->repeat; k++) {
        struct evx_uses_report *r = whose(t, run->index + k);
        struct evx_ref_run one = {run->index + k, run->number, run->count, 1};
        if (r && record >= r->from) s = evx_uses_add_run(r, &one);
    }
    return s;
}

static enum evx_status take_record(void *user, const struct evx_audit_record *record,
                                   const struct evx_digest *hash)
{
    (void)hash;
    struct telling *t = user;
    if (!record->items || record->number > t->records) return EVX_OK;
    enum evx_status s = evx_audit_items(t->uses->audit, record->number, &t->list);
    struct evx_bytes list = evx_buf_bytes(&t->list);
    for (size_t i = 0; !s && i < evx_reflist_runs(list); i++) {
        struct evx_ref_run run = evx_reflist_run(list, i);
        s = share_out(t, &run, record->number);
    }
    for (size_t i = 0; !s && i < t->reports; i++)
        s = evx_uses_take(&t->report[i], t->uses, record);
    return s;
}

static uint64_t earliest(const struct telling *t)
{
    uint64_t from = UINT64_MAX;
    for (size_t i = 0; i < t->reports; i++)
        if (t->report[i].from < from) from = t->report[i].from;
    return from;
}

static void end_telling(struct telling *t)
{
    for (size_t i = 0; i < t->reports; i++) {
        evx_uses_clear(&t->report[i]);
        free(t->report[i].m.use);
        evx_buf_free(&t->report[i].runs);
    }
    free(t->report);
    evx_buf_free(&t->whose);
    evx_buf_free(&t->list);
}

enum evx_status evx_uses_report(struct evx_uses *u)
{
    struct telling t = {.uses = u};
    uint64_t bad = 0;
    u->reports = u->uses = 0;
    enum evx_status s = evx_audit_verify(u->audit, &t.records, &bad);
    if (!s) s = evx_store_items(u->store, 0, note_sender, &t);
    if (!s && earliest(&t) <= t.records) s = evx_audit_read(u->audit, earliest(&t), take_record, &t);
    for (size_t i = 0; !s && i < t.reports; i++)
        s = evx_uses_flush(&t.report[i], u, t.records, false);
    end_telling(&t);
    return s;
}
