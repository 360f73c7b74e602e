// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "agents/client/agency/front.h"
#include "agents/client/complete.h"

const struct evx_cli_option evx_sync_options[] = {
    {"wait", "SECONDS", "how long to wait for the last answer, 60 unless given"},
    {"no-wait", NULL, "one round only"},
    {"heartbeat", NULL, "say what was sent so far, if it is time to: for hosts that run sync from a timer"},
};
const size_t evx_sync_options_n = sizeof evx_sync_options / sizeof *evx_sync_options;

static bool can_wait(enum evx_status s)
{
    return s == EVX_OK || s == EVX_E_UNREACHABLE || s == EVX_E_TIMEOUT ||
           evx_error_info(s)->class == EVX_CLASS_AGAIN;
}

// Also with nothing to send: requests and reports of use wait in the log.
static bool up_to_date(void *unused, struct evx_agent *agent)
{
    return evx_agent_all_acknowledged(unused, agent) && evx_agent_caught_up(unused, agent);
}

// Those who were told that items of theirs were erased see it in `status`.
static enum evx_status take_certificates(struct evx_agent *agent)
{
    uint64_t consignments = 0;
    enum evx_status s = evx_agent_take_certificates(agent, &consignments);
    if (consignments)
        fprintf(stderr, "%llu consignments were erased at every inspectorate that held them\n",
                (unsigned long long)consignments);
    return s;
}

// Sends what the outbox holds and takes receipts, answers and what else is addressed to
// us, until every consignment has its final answer or the time is over.
static int sync_all(struct evx_agent *agent, uint64_t seconds)
{
    evx_cli_stop_on_signal(agent);
    struct evx_front_until until = {.done = up_to_date};
    enum evx_status s = evx_agent_run(agent, evx_front_settled, &until, seconds * 1000);
    evx_cli_stop_on_signal(NULL);
    enum evx_status taken = take_certificates(agent);
    if (taken) return evx_cli_fail(taken, evx_agent_organisation(agent), NULL);
    if (!can_wait(s)) return evx_cli_fail(s, evx_agent_organisation(agent), NULL);
    if (evx_agent_all_acknowledged(NULL, agent)) return 0;
    fprintf(stderr,
            "not every consignment has its final answer yet (%s); nothing is lost\n  look with: %s status "
            "--open\n",
            evx_error_info(s ? s : EVX_E_QUEUED)->code, evx_front_program());
    return evx_status_exit_code(EVX_E_QUEUED);
}

int evx_agency_sync(int argc, char **argv)
{
    struct evx_cli_options o;
    struct evx_agent *agent;
    struct evx_agent_config config;
    uint64_t seconds;
    enum evx_status s = evx_cli_parse(&o, evx_sync_options, evx_sync_options_n, argc, argv);
    if (!s) s = evx_front_wait(&seconds, &o);
    if (!s) s = evx_cli_agent_open(&agent, &config, &o);
    if (s) return evx_status_exit_code(s);
    bool queued;
    if (evx_cli_has(&o, "heartbeat")) s = evx_agent_heartbeat(agent, config.heartbeat_ms, &queued);
    int code = s ? evx_cli_fail(s, "sync", NULL) : sync_all(agent, seconds);
    evx_agent_close(&agent);
    evx_agent_config_free(&config);
    return code;
}
