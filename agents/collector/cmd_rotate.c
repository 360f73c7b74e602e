// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>

#include "agents/client/cli/json.h"
#include "agents/collector/cmd_keeper.h"
#include "agents/collector/commands.h"

static enum evx_status report(const struct evx_cli_options *o, uint64_t generation, uint64_t items)
{
    if (!o->json) {
        printf("store key generation %" PRIu64 ": %" PRIu64 " item keys re-wrapped\n"
               "Older copies of keys.db open only with an older store.key, and that only with the ENC key it "
               "was "
               "sealed to. Once every epoch that older backups were sealed to is over: evx keys destroy "
               "--use enc\n",
               generation, items);
        return EVX_OK;
    }
    json_t *j = evx_json_object("evx.collector-rotate/1");
    enum evx_status s = evx_json_set(j, "generation", evx_json_number(generation));
    if (!s) s = evx_json_set(j, "items", evx_json_number(items));
    enum evx_status printed = evx_json_print(stdout, j);
    return s ? s : printed;
}

static enum evx_status record(const struct evx_keeper *k)
{
    struct evx_audit_record r = {.verb = "alteration",
                                 .person = k->person,
                                 .on_behalf_of = evx_agent_organisation(k->agent),
                                 .purpose = "retention",
                                 .view = "store key rotated"};
    return evx_audit_append(evx_collector_audit(k->collector), &r, NULL, 0);
}

static enum evx_status rotate(const struct evx_keeper *k)
{
    struct evx_store *store = evx_collector_store(k->collector);
    struct evx_box_public newest;
    uint64_t items = 0;
    if (!evx_agent_enc_secret(k->agent, &newest)) return EVX_E_KEY_FILE;
    enum evx_status s = record(k);
    if (!s) s = evx_store_exclude_readers(store);
    if (s) return s;
    s = evx_store_rotate(store, &newest, &items);
    evx_store_admit_readers(store);
    return s ? s : report(&k->o, evx_store_key_generation(evx_store_master(store)), items);
}

int evx_collector_cmd_rotate(int argc, char **argv)
{
    struct evx_keeper k = {0};
    enum evx_status s = evx_cli_parse(&k.o, NULL, 0, argc, argv);
    if (s) return evx_status_exit_code(s);
    s = evx_keeper_open(&k);
    if (!s) {
        s = rotate(&k);
        if (s) evx_cli_error(s, k.folder, NULL);
    }
    evx_keeper_close(&k);
    return evx_status_exit_code(s);
}
