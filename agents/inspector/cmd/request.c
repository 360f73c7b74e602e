// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "agents/inspector/cmd/cmd.h"
#include "agents/inspector/cmd/options.h"
#include "agents/inspector/cmd/out.h"
#include "proto/base/clock.h"

#define AGENCIES_MAX  EVX_LIMIT_ACCOUNTABLE
#define RECEIVERS_MAX 64

struct asking {
    struct evx_desk d;
    const struct evx_child_fact *about; // the child, NULL for none
    Evx__V1__Request m;
    Evx__V1__Moment due;
    char *agency[AGENCIES_MAX];
    char names[AGENCIES_MAX][EVX_ORG_ID_BYTES];
    Evx__V1__Subject child, *children[1];
    Evx__V1__Identifier *identifier[EVX_LIMIT_IDENTIFIERS];
    const char *to[AGENCIES_MAX + RECEIVERS_MAX + 1];
    size_t receivers;
};

static enum evx_status refuse(enum evx_status s, const char *where, const char *detail)
{
    evx_cli_error(s, where, detail);
    return s;
}

static enum evx_status add_agency(struct asking *a, const char *id, size_t n)
{
    size_t i = a->m.n_agency;
    if (n == 0 || n >= EVX_ORG_ID_BYTES || i == AGENCIES_MAX) return EVX_E_USAGE;
    memcpy(a->names[i], id, n);
    const struct evx_views *v = a->d.v;
    for (size_t k = 0; k < v->agencies; k++) {
        if (strcmp(v->agency[k].id, a->names[i]) != 0) continue;
        a->agency[i] = a->names[i];
        a->m.n_agency++;
        return EVX_OK;
    }
    return EVX_E_NOT_FOUND;
}

// "a,b" or --agency a --agency b.
static enum evx_status take_agencies(struct asking *a)
{
    size_t from = 0;
    const char *text;
    enum evx_status s = EVX_OK;
    while (!s && (text = evx_cli_next_value(&a->d.o, "agency", &from)))
        for (const char *at = text; !s && *at;) {
            size_t n = strcspn(at, ",");
            s = add_agency(a, at, n);
            at += n + (at[n] == ',');
        }
    if (s) return refuse(s, text, "it is no agency of this inspection: evx-inspect summary lists them");
    if (a->m.n_agency == 0) return refuse(EVX_E_USAGE, "request", "whom? --agency ID[,ID]");
    a->m.agency = a->agency;
    return EVX_OK;
}

static enum evx_status take_due(struct asking *a)
{
    const char *text = evx_cli_value(&a->d.o, "due");
    int64_t end_ms = 0;
    if (!text) return EVX_OK;
    if (!evx_desk_date(&end_ms, text)) return refuse(EVX_E_USAGE, text, "a day such as 2026-03-31 is wanted");
    evx__v1__moment__init(&a->due);
    a->due.precision = EVX__V1__PRECISION__PRECISION_DAY;
    a->due.utc_ms = end_ms;
    a->due.zone = (char *)(uintptr_t) "UTC";
    a->due.text = (char *)(uintptr_t)text;
    a->m.due = &a->due;
    return EVX_OK;
}

// What identifies a child everywhere. One agency's own number is none of another's business.
static void take_identifiers(struct asking *a, const Evx__V1__Subject *from)
{
    for (size_t i = 0; i < from->n_identifier && a->child.n_identifier < EVX_LIMIT_IDENTIFIERS; i++)
        if (!*from->identifier[i]->issuer) a->identifier[a->child.n_identifier++] = from->identifier[i];
    a->child.identifier = a->identifier;
}

static enum evx_status take_child(struct asking *a)
{
    const char *text = evx_cli_value(&a->d.o, "child");
    size_t at = 0;
    if (!text) return EVX_OK;
    enum evx_status s = evx_desk_find_child(&at, &a->d, text);
    if (s) return s;
    const struct evx_child_fact *c = a->about = &a->d.v->children.child[at];
    evx__v1__subject__init(&a->child);
    a->child.role = EVX__V1__SUBJECT_ROLE__ROLE_CHILD;
    a->child.given_name = (char *)(uintptr_t)c->given;
    a->child.family_name = (char *)(uintptr_t)c->family;
    a->child.born = (Evx__V1__Moment *)(uintptr_t)c->born;
    for (size_t i = 0; i < c->records; i++)
        take_identifiers(a, a->d.v->facts.record[c->record[i]].subject);
    a->children[0] = &a->child;
    a->m.child = a->children;
    a->m.n_child = 1;
    return EVX_OK;
}

// The agencies asked, and every inspectorate, ourselves too: so that it stands among the
// open requests of all of them.
static void take_receivers(struct asking *a)
{
    const struct evx_dir_org *org[RECEIVERS_MAX];
    size_t n = evx_directory_members(a->d.directory, &a->d.v->options.inspection, EVX_RIGHT_RECEIVE, org,
                                     RECEIVERS_MAX);
    for (size_t i = 0; i < a->m.n_agency; i++)
        a->to[a->receivers++] = a->agency[i];
    for (size_t i = 0; i < n && i < RECEIVERS_MAX; i++)
        if (org[i]->role == EVX_ROLE_INSPECTORATE && org[i]->active) a->to[a->receivers++] = org[i]->id;
    a->to[a->receivers] = NULL;
}

static enum evx_status compose(struct asking *a)
{
    const char *kind = evx_cli_value(&a->d.o, "kind");
    evx__v1__request__init(&a->m);
    if (a->d.o.argc != 1 || !*a->d.o.argv[0])
        return refuse(EVX_E_USAGE, "request", "give what is asked for as one text");
    a->m.text = a->d.o.argv[0];
    a->m.kind = (char *)(uintptr_t)(kind ? kind : "");
    enum evx_status s = take_agencies(a);
    if (!s) s = take_due(a);
    if (!s) s = take_child(a);
    if (!s) take_receivers(a);
    return s;
}

static enum evx_status queue(struct asking *a, struct evx_item_id *id)
{
    struct evx_agent *agent = NULL;
    struct evx_buf packed = {0}, explain = {0};
    struct evx_queued queued = {0};
    struct evx_passphrase ask = evx_cli_passphrase(&a->d.o);
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    item.body_case = EVX__V1__ITEM__BODY_REQUEST;
    item.request = &a->m;
    enum evx_status s = evx_item_pack(&packed, &item);
    if (!s) s = evx_agent_open(&agent, &a->d.config, &ask, &explain);
    struct evx_plain_item plain = {.content = evx_buf_bytes(&packed)};
    if (!s) s = evx_agent_queue(agent, &plain, 1, a->to, 0, 0, &queued);
    if (!s) *id = queued.item_ids[0];
    evx_queued_free(&queued);
    evx_agent_close(&agent);
    if (packed.p) evx_wipe(packed.p, packed.cap);
    evx_buf_free(&packed);
    evx_buf_free(&explain);
    return s;
}

static enum evx_status show(struct asking *a, const struct evx_item_id *id)
{
    char hex[33];
    evx_hex(hex, id->b, sizeof id->b);
    if (a->d.o.json) {
        struct evx_jout j = evx_jout_schema("evx.request/1"), list = evx_jout_array();
        evx_jout_text(&j, "request", hex);
        for (size_t i = 0; i < a->m.n_agency; i++)
            evx_jout_add_text(&list, a->agency[i]);
        evx_jout_put(&j, "agencies", &list);
        return evx_jout_print(stdout, &j);
    }
    printf("request %s is in the outbox for %zu agenc%s; the collector's next run sends it\n", hex,
           a->m.n_agency, a->m.n_agency == 1 ? "y" : "ies");
    return EVX_OK;
}

static enum evx_status ask_them(struct asking *a)
{
    struct evx_item_id id;
    enum evx_status s = compose(a);
    if (s) return s;
    if (a->d.o.dry_run) return printf("nothing was sent\n") < 0 ? EVX_E_IO : EVX_OK;
    // Whoever is asked about a child learns its name and numbers from these.
    s = evx_views_release(a->d.v, "disclosure", "request", a->about ? a->about->item : NULL,
                          a->about ? a->about->items : 0);
    if (!s) s = queue(a, &id);
    if (!s) s = show(a, &id);
    if (s)
        evx_cli_error(s, "request",
                      s == EVX_E_ALREADY_RUNNING ? "the collector holds the outbox; nothing was sent" : NULL);
    return s;
}

int evx_inspect_request(int argc, char **argv)
{
    static struct asking a;
    memset(&a, 0, sizeof a);
    enum evx_status s = evx_desk_open(&a.d, evx_request_options, evx_request_options_n, argc, argv);
    if (!s) s = ask_them(&a);
    evx_desk_close(&a.d);
    return evx_status_exit_code(s);
}
