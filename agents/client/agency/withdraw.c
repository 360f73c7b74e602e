// SPDX-License-Identifier: Apache-2.0
#include "agents/client/agency/front.h"

const struct evx_cli_option evx_withdraw_options[] = {
    {"reason", "TEXT", "why; the inspectorates read it"},
    {"wait", "SECONDS", "how long to wait for the receipt, 60 unless given"},
    {"no-wait", NULL, "put it into the outbox and return"},
    {"reopen", NULL, "although the final completeness statement was given: something does follow"},
};
const size_t evx_withdraw_options_n = sizeof evx_withdraw_options / sizeof *evx_withdraw_options;

static int withdraw(struct evx_cli_options *o, struct evx_agent *agent, const char *reason)
{
    struct evx_item_id target;
    enum evx_status s = evx_front_find_item(&target, agent, o->argv[0]);
    if (s) return evx_cli_fail(s, o->argv[0], NULL);
    Evx__V1__Withdrawal w = EVX__V1__WITHDRAWAL__INIT;
    w.target = (ProtobufCBinaryData){sizeof target.b, target.b};
    w.reason = (char *)(uintptr_t)reason;
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    item.body_case = EVX__V1__ITEM__BODY_WITHDRAWAL;
    item.withdrawal = &w;
    return evx_front_send_one(o, &item, agent);
}

int evx_agency_withdraw(int argc, char **argv)
{
    struct evx_cli_options o;
    struct evx_agent *agent;
    struct evx_agent_config config;
    enum evx_status s = evx_cli_parse(&o, evx_withdraw_options, evx_withdraw_options_n, argc, argv);
    if (s) return evx_status_exit_code(s);
    const char *reason = evx_cli_value(&o, "reason");
    if (o.argc != 1 || !reason)
        return evx_cli_fail(EVX_E_USAGE, "withdraw", "give one item and --reason TEXT");
    if (!evx_cli_confirm(&o, "Withdraw the item? Inspectors will see that it was withdrawn"))
        return evx_cli_fail(EVX_E_USAGE, "withdraw", "not confirmed; --yes says so without asking");
    s = evx_cli_agent_open(&agent, &config, &o);
    if (s) return evx_status_exit_code(s);
    int code = withdraw(&o, agent, reason);
    evx_agent_close(&agent);
    evx_agent_config_free(&config);
    return code;
}
