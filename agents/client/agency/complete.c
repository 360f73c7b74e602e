// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "agents/client/agency/claims.h"
#include "agents/client/agency/front.h"

const struct evx_cli_option evx_complete_options[] = {
    {"final", NULL, "say also that nothing more will follow for this inspection"},
    {"wait", "SECONDS", "how long to wait for the receipt, 60 unless given"},
    {"no-wait", NULL, "put it into the outbox and return"},
};
const size_t evx_complete_options_n = sizeof evx_complete_options / sizeof *evx_complete_options;

static enum evx_status show(const struct evx_cli_options *o, const struct evx_claims *claims)
{
    if (!o->json) {
        evx_claims_print(claims);
        return EVX_OK;
    }
    json_t *j = evx_json_object("evx.complete/1");
    enum evx_status s = j ? evx_json_set(j, "statements", evx_claims_json(claims)) : EVX_E_MEMORY;
    if (!s) s = evx_json_line(stdout, j);
    json_decref(j);
    return s;
}

static int state(struct evx_cli_options *o, struct evx_agent *agent, uint64_t seconds)
{
    struct evx_claims claims = {0};
    enum evx_status s = evx_agent_state_completeness(agent, evx_cli_has(o, "final"), evx_claims_add, &claims);
    if (!s) s = show(o, &claims);
    evx_claims_free(&claims);
    if (s) return evx_cli_fail(s, "complete", NULL);
    int code = evx_front_deliver(agent, seconds);
    if (!code && !o->json)
        printf("an inspectorate confirms it when it has compared the log; see: %s status\n",
               evx_front_program());
    return code;
}

int evx_agency_complete(int argc, char **argv)
{
    struct evx_cli_options o;
    struct evx_agent *agent;
    struct evx_agent_config config;
    uint64_t seconds;
    enum evx_status s = evx_cli_parse(&o, evx_complete_options, evx_complete_options_n, argc, argv);
    if (!s && o.argc) return evx_cli_fail(EVX_E_USAGE, "complete", "it takes no operand");
    if (!s) s = evx_front_wait(&seconds, &o);
    if (!s) s = evx_cli_agent_open(&agent, &config, &o);
    if (s) return evx_status_exit_code(s);
    int code = state(&o, agent, seconds);
    evx_agent_close(&agent);
    evx_agent_config_free(&config);
    return code;
}
