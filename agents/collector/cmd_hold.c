// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/client/cli/json.h"
#include "agents/client/cli/table.h"
#include "agents/collector/cmd_keeper.h"
#include "agents/collector/commands.h"
#include "agents/collector/holds.h"
#include "proto/base/clock.h"

static const struct evx_cli_option add_options[] = {
    {"item", "EV-ID", "hold this item"},
    {"child", "SCHEME:VALUE", "hold every item that names this identifier: nhs-number:9990000000"},
    {"inspection", NULL, "hold everything in this store"},
    {"reason", "TEXT", "on whose request and under what"},
    {"by", "NAME", "who places it"},
};
static const struct evx_cli_option remove_options[] = {{"by", "NAME", "who lifts it"}};

// Placing and lifting leave a record of what was done beside the hold itself.
static enum evx_status record(const struct evx_keeper *k, const char *view, const struct evx_store_ref *ref,
                              size_t n)
{
    struct evx_audit_record r = {.verb = "alteration",
                                 .person = k->person,
                                 .on_behalf_of = evx_agent_organisation(k->agent),
                                 .purpose = "legal-proceedings",
                                 .view = view};
    return evx_audit_append(evx_collector_audit(k->collector), &r, ref, n);
}

static enum evx_status set_text(char out[EVX_HOLD_TEXT], const char *text)
{
    if (!text || !*text || strlen(text) >= EVX_HOLD_TEXT) return EVX_E_USAGE;
    memcpy(out, text, strlen(text) + 1);
    return EVX_OK;
}

static enum evx_status read_scope(struct evx_hold *h, const struct evx_keeper *k)
{
    const char *item = evx_cli_value(&k->o, "item"), *child = evx_cli_value(&k->o, "child");
    bool inspection = evx_cli_has(&k->o, "inspection");
    if ((item != NULL) + (child != NULL) + inspection != 1) return EVX_E_USAGE;
    h->scope = item ? EVX_HOLD_ITEM : child ? EVX_HOLD_CHILD : EVX_HOLD_INSPECTION;
    const char *colon = child ? strchr(child, ':') : NULL;
    if (child && (!colon || colon == child || !colon[1])) return EVX_E_USAGE;
    enum evx_status s = child ? set_text(h->child, child) : EVX_OK;
    if (!s) s = set_text(h->reason, evx_cli_value(&k->o, "reason"));
    return s ? s : set_text(h->placed_by, evx_cli_value(&k->o, "by"));
}

static enum evx_status place(struct evx_keeper *k, struct evx_hold *h)
{
    struct evx_store *store = evx_collector_store(k->collector);
    struct evx_store_row row = {0};
    const char *item = evx_cli_value(&k->o, "item");
    enum evx_status s = item ? evx_store_find_text(&row, store, item) : EVX_OK;
    if (s) {
        evx_cli_error(s, item, NULL);
        return s;
    }
    h->item = row.item_id;
    h->placed_ms = evx_clock_wall_ms();
    s = record(k, "hold add", &row.ref, item ? 1 : 0);
    if (!s) s = evx_hold_place(store, h);
    if (s)
        evx_cli_error(s, k->folder, NULL);
    else if (!k->o.json)
        printf("hold %" PRIu64 " placed on %s\n", h->number, evx_hold_scope_name(h->scope));
    else
        printf("{\"schema\":\"evx.collector-hold/1\",\"number\":%" PRIu64 "}\n", h->number);
    return s;
}

static int run_add(int argc, char **argv)
{
    struct evx_keeper k = {0};
    struct evx_hold h = {0};
    enum evx_status s =
        evx_cli_parse(&k.o, add_options, sizeof add_options / sizeof add_options[0], argc, argv);
    if (s) return evx_status_exit_code(s);
    if (read_scope(&h, &k))
        return evx_cli_fail(
            EVX_E_USAGE, "hold add",
            "one of --item, --child SCHEME:VALUE, --inspection; and --reason, --by (up to 255 bytes)");
    s = evx_keeper_open(&k);
    if (!s) s = place(&k, &h);
    evx_keeper_close(&k);
    return evx_status_exit_code(s);
}

static int run_remove(int argc, char **argv)
{
    struct evx_keeper k = {0};
    char *end = NULL;
    enum evx_status s = evx_cli_parse(&k.o, remove_options, 1, argc, argv);
    if (s) return evx_status_exit_code(s);
    const char *by = evx_cli_value(&k.o, "by");
    uint64_t number = k.o.argc == 1 ? strtoull(k.o.argv[0], &end, 10) : 0;
    if (!number || !end || *end || !by || !*by)
        return evx_cli_fail(EVX_E_USAGE, "hold remove", "the hold's number and --by NAME are wanted");
    s = evx_keeper_open(&k);
    if (!s) {
        s = record(&k, "hold remove", NULL, 0);
        if (!s) s = evx_hold_lift(evx_collector_store(k.collector), number, by, evx_clock_wall_ms());
        if (s) evx_cli_error(s, k.o.argv[0], NULL);
        if (!s) printf("hold %" PRIu64 " lifted\n", number);
    }
    evx_keeper_close(&k);
    return evx_status_exit_code(s);
}

static void what_of(char out[EVX_HOLD_TEXT], const struct evx_hold *h)
{
    char id[EVX_SHORT_ID_TEXT];
    evx_short_id(id, h->item.b);
    if (h->scope == EVX_HOLD_ITEM)
        snprintf(out, EVX_HOLD_TEXT, "EV-%s", id);
    else
        snprintf(out, EVX_HOLD_TEXT, "%s", h->child);
}

static enum evx_status add_json(json_t *list, const struct evx_hold *h)
{
    char what[EVX_HOLD_TEXT];
    what_of(what, h);
    json_t *j = json_object();
    enum evx_status s = evx_json_set(j, "number", evx_json_number(h->number));
    if (!s) s = evx_json_set(j, "scope", evx_json_text(evx_hold_scope_name(h->scope)));
    if (!s) s = evx_json_set(j, "of", evx_json_text(what));
    if (!s) s = evx_json_set(j, "reason", evx_json_text(h->reason));
    if (!s) s = evx_json_set(j, "placed_by", evx_json_text(h->placed_by));
    if (!s) s = evx_json_set(j, "placed", evx_json_time((int64_t)h->placed_ms));
    if (!s) s = evx_json_set(j, "lifted", h->lifted_ms ? evx_json_time((int64_t)h->lifted_ms) : json_null());
    enum evx_status added = evx_json_add(list, j);
    return s ? s : added;
}

static enum evx_status print_json(const struct evx_hold *h, size_t n)
{
    json_t *j = evx_json_object("evx.collector-holds/1"), *list = json_array();
    enum evx_status s = EVX_OK;
    for (size_t i = 0; !s && i < n; i++)
        s = add_json(list, &h[i]);
    enum evx_status set = evx_json_set(j, "holds", list);
    enum evx_status printed = evx_json_print(stdout, j);
    return s ? s : set ? set : printed;
}

static enum evx_status print_table(const struct evx_hold *h, size_t n, const struct evx_cli_options *o)
{
    static const char *const headers[] = {">number", "scope", "of", "placed", "by", "reason", "lifted"};
    struct evx_table *table = NULL;
    enum evx_status s = evx_table_new(&table, headers, 7);
    for (size_t i = 0; !s && i < n; i++) {
        char number[24], what[EVX_HOLD_TEXT], placed[EVX_TIME_TEXT], lifted[EVX_TIME_TEXT] = "";
        snprintf(number, sizeof number, "%" PRIu64, h[i].number);
        what_of(what, &h[i]);
        evx_time_text(placed, (int64_t)h[i].placed_ms);
        if (h[i].lifted_ms) evx_time_text(lifted, (int64_t)h[i].lifted_ms);
        const char *cells[] = {
            number, evx_hold_scope_name(h[i].scope), what, placed, h[i].placed_by, h[i].reason, lifted};
        s = evx_table_row(table, cells);
    }
    if (!s) s = evx_table_print(stdout, table, o->plain, evx_cli_colour(o));
    evx_table_destroy(&table);
    return s;
}

static int run_list(int argc, char **argv)
{
    struct evx_keeper k = {0};
    struct evx_hold *h = NULL;
    size_t n = 0;
    enum evx_status s = evx_cli_parse(&k.o, NULL, 0, argc, argv);
    if (s) return evx_status_exit_code(s);
    s = evx_keeper_open(&k);
    if (!s) {
        s = evx_holds_load(&h, &n, evx_collector_store(k.collector));
        if (!s) s = k.o.json ? print_json(h, n) : print_table(h, n, &k.o);
        if (s) evx_cli_error(s, k.folder, NULL);
    }
    free(h);
    evx_keeper_close(&k);
    return evx_status_exit_code(s);
}

int evx_collector_cmd_hold(int argc, char **argv)
{
    static const struct evx_command table[] = {
        {"add", run_add, "place a legal hold: nothing it covers is erased",
         "--item EV-ID | --child SCHEME:VALUE | --inspection  --reason TEXT --by NAME", add_options,
         sizeof add_options / sizeof add_options[0], false},
        {"remove", run_remove, "lift a hold", "NUMBER --by NAME", remove_options, 1, false},
        {"list", run_list, "all holds, standing and lifted", "", NULL, 0, false},
    };
    return evx_cli_dispatch(table, 3, "evx-collector hold", argc, argv);
}
