// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agents/client/agency/front.h"
#include "agents/client/cli/json.h"
#include "agents/client/cli/table.h"
#include "proto/base/clock.h"

const struct evx_cli_option evx_status_options[] = {
    {"open", NULL, "only what has no final answer yet"},
};
const size_t evx_status_options_n = sizeof evx_status_options / sizeof *evx_status_options;

struct listing {
    const struct evx_cli_options *o;
    struct evx_agent *agent;
    struct evx_table *table;
    json_t *rows;
    uint64_t count[6]; // by rung
};

static const char *code_of(enum evx_status code) { return code ? evx_error_info(code)->code : ""; }

static enum evx_status row_json(struct listing *l, const struct evx_outbox_row *r)
{
    json_t *o = json_object();
    enum evx_status s = o ? evx_json_set(o, "id", evx_json_hex(r->id.b, sizeof r->id.b)) : EVX_E_MEMORY;
    if (!s) s = evx_json_set(o, "state", evx_json_text(evx_rung_name(r->rung)));
    if (!s) s = evx_json_set(o, "code", evx_json_text(code_of(r->code)));
    if (!s) s = evx_json_set(o, "sequence", evx_json_number(r->sequence));
    if (!s) s = evx_json_set(o, "items", evx_json_number(r->items));
    if (!s) s = evx_json_set(o, "items_rejected", evx_json_number(r->items_rejected));
    if (!s) s = evx_json_set(o, "queued", evx_json_time((int64_t)r->queued_ms));
    if (!s && r->rung != EVX_RUNG_SPOOLED) s = evx_json_set(o, "index", evx_json_number(r->index));
    return evx_json_add(l->rows, s ? NULL : o);
}

static enum evx_status row_text(struct listing *l, const struct evx_outbox_row *r)
{
    char id[EVX_SHORT_ID_TEXT], items[24], refused[24], when[EVX_TIME_TEXT];
    evx_short_id(id, r->id.b);
    snprintf(items, sizeof items, "%" PRIu32, r->items);
    snprintf(refused, sizeof refused, "%" PRIu32, r->items_rejected);
    evx_time_text(when, (int64_t)r->queued_ms);
    return evx_table_row(
        l->table, (const char *const[]){id, evx_rung_name(r->rung), items, refused, code_of(r->code), when});
}

static enum evx_status visit(void *user, const struct evx_outbox_row *r)
{
    struct listing *l = user;
    l->count[r->rung]++;
    bool open = r->rung == EVX_RUNG_SPOOLED || r->rung == EVX_RUNG_ACCEPTED;
    if (evx_cli_has(l->o, "open") && !open) return EVX_OK;
    return l->rows ? row_json(l, r) : row_text(l, r);
}

static enum evx_status visit_item(void *user, const struct evx_outbox_item *item)
{
    struct listing *l = user;
    char id[33];
    evx_hex(id, item->id.b, sizeof item->id.b);
    const char *verdict = !item->judged ? "waiting" : item->code ? "rejected" : "accepted";
    if (l->rows)
        return evx_json_add(l->rows, json_pack("{s:s, s:s, s:s}", "item", id, "verdict", verdict, "code",
                                               code_of(item->code)));
    return evx_table_row(l->table, (const char *const[]){id, verdict, code_of(item->code)});
}

static enum evx_status print(struct listing *l, const char *key)
{
    if (!l->rows) return evx_table_print(stdout, l->table, l->o->plain, evx_cli_colour(l->o));
    json_t *o = evx_json_object("evx.status/1"), *counts = json_object();
    enum evx_status s = o && counts ? EVX_OK : EVX_E_MEMORY;
    for (int i = 0; !s && i < 6; i++)
        s = evx_json_set(counts, evx_rung_name((enum evx_rung)i), evx_json_number(l->count[i]));
    if (!s) s = evx_json_set(o, key, json_incref(l->rows));
    if (!s) s = evx_json_set(o, "counts", json_incref(counts));
    if (!s) s = evx_json_line(stdout, o);
    json_decref(counts);
    json_decref(o);
    return s;
}

static enum evx_status list_items(struct listing *l, const char *text)
{
    static const char *const headers[] = {"ITEM", "VERDICT", "CODE"};
    struct evx_digest id;
    enum evx_status s = evx_agent_find(l->agent, text, &id);
    if (!s) s = evx_table_new(&l->table, headers, 3);
    if (!s) s = evx_agent_items(l->agent, &id, visit_item, l);
    return s ? s : print(l, "items");
}

static enum evx_status list_consignments(struct listing *l)
{
    static const char *const headers[] = {"CONSIGNMENT", "STATE", ">ITEMS", ">REFUSED", "CODE", "QUEUED"};
    enum evx_status s = evx_table_new(&l->table, headers, 6);
    if (!s) s = evx_agent_status(l->agent, visit, l);
    return s ? s : print(l, "consignments");
}

int evx_agency_status(int argc, char **argv)
{
    struct evx_cli_options o;
    struct evx_agent_config config;
    struct listing l = {.o = &o};
    enum evx_status s = evx_cli_parse(&o, evx_status_options, evx_status_options_n, argc, argv);
    if (!s) s = evx_cli_agent_open_reader(&l.agent, &config, &o);
    if (s) return evx_status_exit_code(s);
    if (o.json) l.rows = json_array();
    s = o.argc ? list_items(&l, o.argv[0]) : list_consignments(&l);
    json_decref(l.rows);
    evx_table_destroy(&l.table);
    evx_agent_close(&l.agent);
    evx_agent_config_free(&config);
    return s ? evx_cli_fail(s, o.argc ? o.argv[0] : NULL, NULL) : 0;
}
