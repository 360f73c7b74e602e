// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agents/client/agency/front.h"
#include "agents/client/answers.h"
#include "agents/client/cli/json.h"
#include "agents/client/cli/table.h"
#include "agents/client/inbox.h"
#include "proto/base/clock.h"

const struct evx_cli_option evx_requests_options[] = {
    {"open", NULL, "only those that were not answered from here"},
};
const size_t evx_requests_options_n = sizeof evx_requests_options / sizeof *evx_requests_options;

struct listing {
    const struct evx_cli_options *o;
    struct evx_agent *agent;
    struct evx_table *table;
    json_t *rows;
    uint64_t open, late, now_ms;
};

struct request {
    const struct evx_inbox_row *row;
    const Evx__V1__Request *m;
    struct evx_answer answer;
    bool late;
};

// Those that name nobody ask everybody.
static bool asks_us(const struct evx_agent *a, const Evx__V1__Request *m)
{
    for (size_t i = 0; i < m->n_agency; i++)
        if (strcmp(m->agency[i], evx_agent_organisation(a)) == 0) return true;
    return m->n_agency == 0;
}

static int64_t due_of(const Evx__V1__Request *m) { return m->due && m->due->precision ? m->due->utc_ms : 0; }

static const char *state_of(const struct request *r)
{
    return r->answer.items ? "answered" : r->late ? "late" : "open";
}

static json_t *child_json(const Evx__V1__Subject *s)
{
    json_t *ids = json_array();
    enum evx_status status = ids ? EVX_OK : EVX_E_MEMORY;
    for (size_t i = 0; i < s->n_identifier && !status; i++)
        status = evx_json_add(ids, json_pack("{s:o, s:o}", "scheme", evx_json_text(s->identifier[i]->scheme),
                                             "value", evx_json_text(s->identifier[i]->value)));
    if (!status)
        return json_pack("{s:o, s:o, s:o}", "given", evx_json_text(s->given_name), "family",
                         evx_json_text(s->family_name), "identifiers", ids);
    json_decref(ids);
    return NULL;
}

static enum evx_status row_json(struct listing *l, const struct request *r)
{
    json_t *children = json_array();
    enum evx_status s = children ? EVX_OK : EVX_E_MEMORY;
    for (size_t i = 0; i < r->m->n_child && !s; i++)
        s = evx_json_add(children, child_json(r->m->child[i]));
    if (s) {
        json_decref(children);
        return s;
    }
    return evx_json_add(l->rows, json_pack("{s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "request",
                                           evx_json_hex(r->row->id.b, sizeof r->row->id), "from",
                                           r->row->sender, "state", state_of(r), "text",
                                           evx_json_text(r->m->text), "kind", evx_json_text(r->m->kind),
                                           "due", due_of(r->m) ? evx_json_time(due_of(r->m)) : json_null(),
                                           "received", evx_json_time((int64_t)r->row->received_ms), "index",
                                           evx_json_number(r->row->index), "answers",
                                           evx_json_number(r->answer.items), "children", children));
}

static enum evx_status row_text(struct listing *l, const struct request *r)
{
    char id[33], due[EVX_TIME_TEXT] = "";
    evx_hex(id, r->row->id.b, sizeof r->row->id);
    if (due_of(r->m)) evx_time_text(due, due_of(r->m));
    due[due[0] ? 10 : 0] = '\0'; // the day is enough
    return evx_table_row(l->table, (const char *const[]){id, r->row->sender, state_of(r), due,
                                                         *r->m->kind ? r->m->kind : "any", r->m->text});
}

static enum evx_status visit(void *user, const struct evx_inbox_row *row, const Evx__V1__Item *item)
{
    struct listing *l = user;
    struct request r = {.row = row, .m = item->request};
    if (!asks_us(l->agent, r.m)) return EVX_OK;
    enum evx_status s = evx_agent_answer(l->agent, &row->id, &r.answer);
    if (s) return s;
    r.late = !r.answer.items && due_of(r.m) && (int64_t)l->now_ms > due_of(r.m);
    l->open += r.answer.items == 0;
    l->late += r.late;
    if (evx_cli_has(l->o, "open") && r.answer.items) return EVX_OK;
    return l->rows ? row_json(l, &r) : row_text(l, &r);
}

static enum evx_status print_json(struct listing *l, const struct evx_inbox_state *state)
{
    json_t *o = evx_json_object("evx.requests/1");
    enum evx_status s = o ? evx_json_set(o, "requests", json_incref(l->rows)) : EVX_E_MEMORY;
    if (!s) s = evx_json_set(o, "open", evx_json_number(l->open));
    if (!s) s = evx_json_set(o, "late", evx_json_number(l->late));
    if (!s) s = evx_json_set(o, "left_out", evx_json_number(state->left_out));
    if (!s) s = evx_json_line(stdout, o);
    json_decref(o);
    return s;
}

static enum evx_status print(struct listing *l)
{
    struct evx_inbox_state state;
    enum evx_status s = evx_agent_inbox_state(l->agent, &state);
    if (s || l->rows) return s ? s : print_json(l, &state);
    if (evx_table_rows(l->table))
        s = evx_table_print(stdout, l->table, l->o->plain, evx_cli_colour(l->o));
    else
        printf("no request%s\n", evx_cli_has(l->o, "open") ? " waits for an answer" : " has come");
    if (!s && l->open)
        printf("answer with: %s submit --in-reply-to REQUEST FILE…, or: %s nil REQUEST --ground GROUND\n",
               evx_front_program(), evx_front_program());
    if (!s && state.left_out)
        printf("%" PRIu64 " consignments were not kept, the inbox is full; the first stands at index %" PRIu64
               " of the log\n",
               state.left_out, state.left_out_index);
    return s;
}

static enum evx_status list(struct listing *l)
{
    static const char *const headers[] = {"REQUEST", "FROM", "STATE", "DUE", "KIND", "WHAT"};
    enum evx_status s = evx_table_new(&l->table, headers, 6);
    if (s) return s;
    enum evx_status damaged = evx_agent_inbox(l->agent, EVX__V1__ITEM__BODY_REQUEST, visit, l);
    if (damaged && damaged != EVX_E_STORE_DAMAGED) return damaged;
    s = print(l);
    return s ? s : damaged;
}

int evx_agency_requests(int argc, char **argv)
{
    struct evx_cli_options o;
    struct evx_agent_config config;
    struct listing l = {.o = &o, .now_ms = evx_clock_wall_ms()};
    enum evx_status s = evx_cli_parse(&o, evx_requests_options, evx_requests_options_n, argc, argv);
    if (!s && o.argc) return evx_cli_fail(EVX_E_USAGE, "requests", "it takes no operand");
    if (!s) s = evx_cli_agent_open_reader(&l.agent, &config, &o);
    if (s) return evx_status_exit_code(s);
    struct evx_passphrase ask = evx_cli_passphrase(&o);
    s = evx_agent_unlock(l.agent, &config, &ask, NULL);
    if (o.json) l.rows = json_array();
    if (!s) s = list(&l);
    json_decref(l.rows);
    evx_table_destroy(&l.table);
    evx_agent_close(&l.agent);
    evx_agent_config_free(&config);
    return s ? evx_cli_fail(s, "requests",
                            s == EVX_E_STORE_DAMAGED ? "what does not verify in the inbox is not shown"
                                                     : NULL)
             : 0;
}
