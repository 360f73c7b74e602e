// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agents/client/agency/front.h"
#include "agents/client/agency/use_reports.h"
#include "agents/client/cli/json.h"
#include "agents/client/cli/table.h"
#include "agents/client/inbox.h"
#include "proto/base/clock.h"

#define IDS_SHOWN 64 // ids of one use without --items

const struct evx_cli_option evx_uses_options[] = {
    {"item", "ID", "only uses of this item"},
    {"items", NULL, "with --json: every item id of every use"},
};
const size_t evx_uses_options_n = sizeof evx_uses_options / sizeof *evx_uses_options;

struct listing {
    struct evx_cli_options o;
    struct evx_agent_config config;
    struct evx_agent *agent;
    struct evx_own_items own;
    struct evx_use_reports *reports;
    size_t position; // of --item
    bool one;
};

static enum evx_status take(void *user, const struct evx_inbox_row *row, const Evx__V1__Item *item)
{
    struct listing *l = user;
    return evx_use_reports_take(l->reports, row->sender, item->uses);
}

static bool wanted(const struct listing *l, const struct evx_use *u)
{
    return !l->one || evx_use_names(u, l->position);
}

// --- as JSON ---

static enum evx_status add_ids(json_t *array, const struct listing *l, const struct evx_use *u)
{
    enum evx_status s = EVX_OK;
    for (size_t i = 0; i < u->spans; i++)
        for (size_t k = 0; !s && k < u->span[i].n; k++)
            s = evx_json_add(array, evx_json_hex(l->own.id[u->span[i].first + k].b, 16));
    return s;
}

static enum evx_status add_use(json_t *rows, const struct listing *l, const struct evx_use *u)
{
    json_t *ids = json_array(), *j = json_object();
    enum evx_status s = evx_json_set(j, "inspectorate", evx_json_text(u->by));
    if (!s) s = evx_json_set(j, "record", evx_json_number(u->record));
    if (!s) s = evx_json_set(j, "time", evx_json_time(u->time_ms));
    if (!s) s = evx_json_set(j, "verb", evx_json_text(u->verb));
    if (!s) s = evx_json_set(j, "on_behalf_of", evx_json_text(u->on_behalf_of));
    if (!s) s = evx_json_set(j, "purpose", evx_json_text(u->purpose));
    if (!s) s = evx_json_set(j, "items", evx_json_number(u->items));
    if (!s && u->unknown) s = evx_json_set(j, "not_ours", evx_json_number(u->unknown));
    if (!s && (u->items <= IDS_SHOWN || evx_cli_has(&l->o, "items"))) s = add_ids(ids, l, u);
    enum evx_status set = evx_json_set(j, "item_ids", ids), added = evx_json_add(rows, j);
    return s ? s : set ? set : added;
}

static const char *fault_name(enum evx_use_fault f)
{
    switch (f) {
    case EVX_USE_MISSING: return "missing";
    case EVX_USE_TWICE: return "told in two ways";
    case EVX_USE_NOT_OURS: return "names items that we did not send";
    }
    return "?";
}

static enum evx_status add_remark(json_t *rows, const struct evx_use_remark *m)
{
    json_t *j = json_object();
    enum evx_status s = evx_json_set(j, "inspectorate", evx_json_text(m->by));
    if (!s) s = evx_json_set(j, "fault", evx_json_text(fault_name(m->fault)));
    if (!s) s = evx_json_set(j, "first", evx_json_number(m->first));
    if (!s) s = evx_json_set(j, "last", evx_json_number(m->last));
    enum evx_status added = evx_json_add(rows, j);
    return s ? s : added;
}

static enum evx_status add_source(json_t *rows, const struct evx_use_source *from)
{
    json_t *j = json_object();
    enum evx_status s = evx_json_set(j, "id", evx_json_text(from->by));
    if (!s) s = evx_json_set(j, "reports", evx_json_number(from->reports));
    if (!s) s = evx_json_set(j, "told_to", evx_json_number(from->last));
    enum evx_status added = evx_json_add(rows, j);
    return s ? s : added;
}

static enum evx_status print_json(const struct listing *l)
{
    size_t uses, remarks, sources;
    const struct evx_use *u = evx_use_reports_uses(l->reports, &uses);
    const struct evx_use_remark *m = evx_use_reports_remarks(l->reports, &remarks);
    const struct evx_use_source *from = evx_use_reports_sources(l->reports, &sources);
    json_t *o = evx_json_object("evx.uses/1"), *a = json_array(), *b = json_array(), *c = json_array();
    enum evx_status s = EVX_OK;
    for (size_t i = 0; !s && i < sources; i++)
        s = add_source(a, &from[i]);
    for (size_t i = 0; !s && i < remarks; i++)
        s = add_remark(b, &m[i]);
    for (size_t i = 0; !s && i < uses; i++)
        if (wanted(l, &u[i])) s = add_use(c, l, &u[i]);
    enum evx_status x = evx_json_set(o, "inspectorates", a), y = evx_json_set(o, "faults", b);
    enum evx_status z = evx_json_set(o, "uses", c);
    enum evx_status printed = evx_json_print(stdout, o);
    return s ? s : x ? x : y ? y : z ? z : printed;
}

// --- for people ---

static enum evx_status row_of(struct evx_table *t, const struct evx_use *u)
{
    char record[24], items[24], when[EVX_TIME_TEXT];
    snprintf(record, sizeof record, "%" PRIu64, u->record);
    snprintf(items, sizeof items, "%" PRIu64, u->items);
    evx_time_text(when, u->time_ms);
    return evx_table_row(
        t, (const char *const[]){u->by, record, when, u->verb, u->purpose, u->on_behalf_of, items});
}

static void print_sources(const struct listing *l)
{
    size_t n;
    const struct evx_use_source *from = evx_use_reports_sources(l->reports, &n);
    for (size_t i = 0; i < n; i++)
        printf("%s: told up to its record %" PRIu64 " in %" PRIu64 " report%s\n", from[i].by, from[i].last,
               from[i].reports, from[i].reports == 1 ? "" : "s");
    if (!n) printf("no report of use has come yet: evx-%s sync\n", evx_front_agency()->id);
}

static enum evx_status print_text(const struct listing *l)
{
    static const char *const head[] = {"INSPECTORATE", ">RECORD", "WHEN", "VERB", "PURPOSE", "FOR", ">ITEMS"};
    struct evx_table *t = NULL;
    size_t n;
    const struct evx_use *u = evx_use_reports_uses(l->reports, &n);
    enum evx_status s = evx_table_new(&t, head, 7);
    for (size_t i = 0; !s && i < n; i++)
        if (wanted(l, &u[i])) s = row_of(t, &u[i]);
    if (!s) s = evx_table_print(stdout, t, l->o.plain, evx_cli_colour(&l->o));
    evx_table_destroy(&t);
    if (!s && !l->o.plain) print_sources(l);
    return s;
}

// One message a fault; nothing is hidden behind the first.
static enum evx_status complain(const struct listing *l)
{
    size_t n;
    const struct evx_use_remark *m = evx_use_reports_remarks(l->reports, &n);
    for (size_t i = 0; i < n; i++) {
        char where[EVX_ORG_ID_BYTES + 64];
        snprintf(where, sizeof where, "%s, records %" PRIu64 " to %" PRIu64, m[i].by, m[i].first, m[i].last);
        evx_cli_error(EVX_E_USES_MISSING, where, fault_name(m[i].fault));
    }
    return n ? EVX_E_USES_MISSING : EVX_OK;
}

static enum evx_status find_item(struct listing *l)
{
    const char *text = evx_cli_value(&l->o, "item");
    struct evx_item_id id;
    l->one = text != NULL;
    enum evx_status s = text ? evx_front_find_item(&id, l->agent, text) : EVX_OK;
    if (!s && text && !evx_own_items_find(&l->own, &id, &l->position)) s = EVX_E_NOT_FOUND;
    return s;
}

static enum evx_status list(struct listing *l)
{
    struct evx_passphrase ask = evx_cli_passphrase(&l->o);
    enum evx_status s = evx_agent_unlock(l->agent, &l->config, &ask, NULL);
    if (!s) s = evx_own_items_load(&l->own, l->agent);
    if (!s) s = find_item(l);
    if (!s) s = evx_use_reports_new(&l->reports, &l->own);
    if (s) return s;
    enum evx_status damaged = evx_agent_inbox(l->agent, EVX__V1__ITEM__BODY_USES, take, l);
    if (damaged && damaged != EVX_E_STORE_DAMAGED) return damaged;
    s = evx_use_reports_settle(l->reports);
    if (!s) s = l->o.json ? print_json(l) : print_text(l);
    return s ? s : damaged;
}

int evx_agency_uses(int argc, char **argv)
{
    struct listing l = {0};
    enum evx_status s = evx_cli_parse(&l.o, evx_uses_options, evx_uses_options_n, argc, argv);
    if (!s && l.o.argc) return evx_cli_fail(EVX_E_USAGE, "uses", "it takes options only");
    if (!s) s = evx_cli_agent_open_reader(&l.agent, &l.config, &l.o);
    if (s) return evx_status_exit_code(s);
    s = list(&l);
    if (s) evx_cli_error(s, "uses", NULL);
    if (!s) s = complain(&l);
    evx_use_reports_destroy(&l.reports);
    evx_own_items_free(&l.own);
    evx_agent_close(&l.agent);
    evx_agent_config_free(&l.config);
    return evx_status_exit_code(s);
}
