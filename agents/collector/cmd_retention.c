// SPDX-License-Identifier: Apache-2.0
//
// What is due to be erased: items of a retention class that were received longer ago than
// is told to keep them. Held ones are left out and counted, so one hold does not stop the rest.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/client/cli/json.h"
#include "agents/collector/cmd_erase.h"
#include "agents/collector/commands.h"
#include "agents/collector/holds.h"
#include "agents/collector/retention.h"
#include "proto/base/clock.h"

const struct evx_cli_option evx_collector_retention_options[EVX_COLLECTOR_RETENTION_OPTIONS] = {
    {"keep", "CLASS=DAYS", "items of this retention class are kept so many days; several: repeat it"},
    {"due", "DATE", "what is due on that day, YYYY-MM-DD (default: now)"},
    {"authority", "TEXT", "the schedule relied on; it goes into the certificates"},
    {"decided-by", "NAME", "who decided; it goes into the certificates"},
};

static bool read_date(uint64_t *ms, const char *text)
{
    char whole[32];
    int64_t utc;
    snprintf(whole, sizeof whole, "%sT00:00:00Z", text);
    if (strlen(text) != 10 || !evx_time_parse(&utc, whole) || utc < 0) return false;
    *ms = (uint64_t)utc;
    return true;
}

static enum evx_status read_options(struct evx_retention *r, const struct evx_keeper *k)
{
    const char *due = evx_cli_value(&k->o, "due"), *keep;
    size_t from = 0;
    r->now_ms = evx_clock_wall_ms();
    bool good = !due || read_date(&r->now_ms, due);
    while (good && (keep = evx_cli_next_value(&k->o, "keep", &from)))
        good = evx_retention_keep(r, keep);
    if (good && r->rules) return EVX_OK;
    evx_cli_error(
        EVX_E_USAGE, "retention",
        "--keep CLASS=DAYS is wanted at least once, --due as YYYY-MM-DD; class 1 is an inspection record");
    return EVX_E_USAGE;
}

static enum evx_status print(const struct evx_cli_options *o, const struct evx_retention *r, const char *how)
{
    if (!o->json) {
        printf("%zu items are due%s; %" PRIu64 " more are held\n", r->n, how, r->held);
        return EVX_OK;
    }
    json_t *j = evx_json_object("evx.collector-retention/1");
    enum evx_status s = evx_json_set(j, "due", evx_json_number(r->n));
    if (!s) s = evx_json_set(j, "held", evx_json_number(r->held));
    enum evx_status printed = evx_json_print(stdout, j);
    return s ? s : printed;
}

static enum evx_status erase_due(const struct evx_keeper *k, const struct evx_retention *r)
{
    struct evx_erase_order order = {.ground = EVX__V1__ERASURE_GROUND__ERASURE_RETENTION,
                                    .authority = evx_cli_value(&k->o, "authority"),
                                    .decided_by = evx_cli_value(&k->o, "decided-by"),
                                    .now_ms = evx_clock_wall_ms()};
    if (!order.authority || !order.decided_by || !*order.authority || !*order.decided_by) {
        evx_cli_error(EVX_E_USAGE, "retention", "--authority TEXT and --decided-by NAME are wanted to erase");
        return EVX_E_USAGE;
    }
    if (!evx_erase_confirm(&k->o, r->n)) return EVX_E_USAGE;
    return evx_erase_now(k, &order, r->row, r->n);
}

static enum evx_status retention(struct evx_keeper *k, struct evx_retention *r)
{
    struct evx_erase e = evx_keeper_erase(k);
    enum evx_status s = evx_retention_due(r, &e, k->person);
    if (s) {
        evx_cli_error(s, k->folder, NULL);
        return s;
    }
    if (k->o.dry_run || !r->n) return print(&k->o, r, k->o.dry_run ? "; nothing was erased" : "");
    return erase_due(k, r);
}

int evx_collector_cmd_retention(int argc, char **argv)
{
    struct evx_keeper k = {0};
    struct evx_retention r = {0};
    enum evx_status s =
        evx_cli_parse(&k.o, evx_collector_retention_options, EVX_COLLECTOR_RETENTION_OPTIONS, argc, argv);
    if (!s) s = read_options(&r, &k);
    if (!s) s = evx_keeper_open(&k);
    if (!s) s = retention(&k, &r);
    evx_retention_free(&r);
    evx_keeper_close(&k);
    return evx_status_exit_code(s);
}
