// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/cmd_erase.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "agents/client/cli/json.h"
#include "agents/collector/commands.h"
#include "proto/base/clock.h"

const struct evx_cli_option evx_collector_erase_options[EVX_COLLECTOR_ERASE_OPTIONS] = {
    {"ground", "GROUND", "why: retention, withdrawn, right, order or mistake"},
    {"authority", "TEXT", "the decision relied on; it goes into the certificate, so nothing personal"},
    {"decided-by", "NAME", "who decided; it goes into the certificate"},
};

enum evx_status evx_erase_order_read(struct evx_erase_order *out, const struct evx_keeper *k)
{
    const char *ground = evx_cli_value(&k->o, "ground");
    *out = (struct evx_erase_order){.ground = evx_erasure_ground_of(ground),
                                    .authority = evx_cli_value(&k->o, "authority"),
                                    .decided_by = evx_cli_value(&k->o, "decided-by"),
                                    .now_ms = evx_clock_wall_ms()};
    if (out->ground && out->authority && out->decided_by && *out->authority && *out->decided_by)
        return EVX_OK;
    evx_cli_error(EVX_E_USAGE, "erase",
                  "--ground GROUND, --authority TEXT and --decided-by NAME are wanted: they stand in the "
                  "certificate");
    return EVX_E_USAGE;
}

void evx_erase_explain_hold(const struct evx_erase_held *held)
{
    char id[EVX_SHORT_ID_TEXT], text[128];
    evx_short_id(id, held->item.b);
    snprintf(text, sizeof text, "hold %" PRIu64 " covers EV-%s; nothing was erased", held->hold, id);
    evx_cli_error(EVX_E_ERASE_HELD, "erase", text);
}

enum evx_status evx_erase_report(const struct evx_cli_options *o, const struct evx_erase_done *done)
{
    if (!o->json) {
        printf(
            "%" PRIu64 " items erased; %" PRIu64 " certificates for %" PRIu64
            " items queued; they are sent by: evx-collector run\n"
            "Copies in backups and at the broker open until the store key is rotated and the ENC epoch "
            "destroyed: evx-collector rotate-store-key, evx keys destroy\n"
            "Reports and bundles that were written before are outside of this store: destroy them by hand\n",
            done->destroyed, done->certificates, done->certified);
        return EVX_OK;
    }
    json_t *j = evx_json_object("evx.collector-erase/1");
    enum evx_status s = evx_json_set(j, "erased", evx_json_number(done->destroyed));
    if (!s) s = evx_json_set(j, "certified", evx_json_number(done->certified));
    if (!s) s = evx_json_set(j, "certificates", evx_json_number(done->certificates));
    enum evx_status printed = evx_json_print(stdout, j);
    return s ? s : printed;
}

// The keys are gone whatever becomes of the certificate: that is said, and it waits.
enum evx_status evx_erase_now(const struct evx_keeper *k, const struct evx_erase_order *order,
                              const struct evx_store_row *row, size_t n)
{
    struct evx_erase e = evx_keeper_erase(k);
    struct evx_erase_order by = *order;
    struct evx_erase_held held;
    struct evx_erase_done done = {0};
    by.person = k->person;
    enum evx_status s = evx_erase_decide(&e, &by, row, n, &held);
    if (s == EVX_E_ERASE_HELD) evx_erase_explain_hold(&held);
    if (s && s != EVX_E_ERASE_HELD) evx_cli_error(s, k->folder, "nothing was erased");
    if (s) return s;
    s = evx_erase_finish(&e, &done);
    if (s)
        evx_cli_error(s, k->folder,
                      s == EVX_E_STORE_READ
                          ? "decided, not yet erased: the next run of evx-collector does it"
                          : "the keys are destroyed; the certificate waits for the next run");
    return s ? s : evx_erase_report(&k->o, &done);
}

bool evx_erase_confirm(const struct evx_cli_options *o, size_t n)
{
    char question[96];
    snprintf(question, sizeof question, "Destroy the keys of %zu items for ever?", n);
    if (evx_cli_confirm(o, question)) return true;
    evx_cli_error(EVX_E_USAGE, "erase", "not confirmed: answer y on a terminal, or give --yes");
    return false;
}

static enum evx_status find_all(struct evx_store_row *row, const struct evx_keeper *k)
{
    struct evx_store *store = evx_collector_store(k->collector);
    for (int i = 0; i < k->o.argc; i++) {
        enum evx_status s = evx_store_find_text(&row[i], store, k->o.argv[i]);
        if (!s) continue;
        evx_cli_error(s, k->o.argv[i], NULL);
        return s;
    }
    return EVX_OK;
}

static enum evx_status erase(struct evx_keeper *k, const struct evx_erase_order *order)
{
    size_t n = (size_t)k->o.argc;
    struct evx_store_row *row = calloc(n, sizeof *row);
    enum evx_status s = row ? find_all(row, k) : EVX_E_MEMORY;
    if (!s && k->o.dry_run)
        printf("%zu items would be erased\n", n);
    else if (!s)
        s = evx_erase_confirm(&k->o, n) ? evx_erase_now(k, order, row, n) : EVX_E_USAGE;
    free(row);
    return s;
}

int evx_collector_cmd_erase(int argc, char **argv)
{
    struct evx_keeper k = {0};
    struct evx_erase_order order;
    enum evx_status s =
        evx_cli_parse(&k.o, evx_collector_erase_options, EVX_COLLECTOR_ERASE_OPTIONS, argc, argv);
    if (s) return evx_status_exit_code(s);
    s = evx_erase_order_read(&order, &k);
    if (!s && !k.o.argc) return evx_cli_fail(EVX_E_USAGE, "erase", "which items? EV-… or 32 hex characters");
    if (!s) s = evx_keeper_open(&k);
    if (!s) s = erase(&k, &order);
    evx_keeper_close(&k);
    return evx_status_exit_code(s);
}
