// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agents/client/agency/front.h"

const struct evx_cli_option evx_stream_options[] = {
    {"wait", "SECONDS", "how long to wait for receipts, 60 unless given"},
    {"no-wait", NULL, "start the new stream and return"},
};
const size_t evx_stream_options_n = sizeof evx_stream_options / sizeof *evx_stream_options;

static int reset(struct evx_cli_options *o, struct evx_agent *agent, uint64_t seconds)
{
    uint64_t given_up = 0;
    enum evx_status s = evx_agent_stream_reset(agent, &given_up);
    if (s) return evx_cli_fail(s, "stream reset", NULL);
    if (o->json)
        printf("{\"schema\":\"evx.stream/1\",\"given_up\":%" PRIu64 "}\n", given_up);
    else
        printf("a new stream replaces the old one; %" PRIu64
               " consignments that never got a receipt are given up: submit their files again\n",
               given_up);
    return seconds ? evx_front_deliver(agent, seconds) : 0;
}

int evx_agency_stream(int argc, char **argv)
{
    struct evx_cli_options o;
    struct evx_agent *agent;
    struct evx_agent_config config;
    uint64_t seconds;
    enum evx_status s = evx_cli_parse(&o, evx_stream_options, evx_stream_options_n, argc, argv);
    if (!s && (o.argc != 1 || strcmp(o.argv[0], "reset") != 0))
        return evx_cli_fail(EVX_E_USAGE, "stream", "the one thing to do with a stream is: stream reset");
    if (!s && !evx_cli_confirm(&o, "Leave the current stream for a new one"))
        return evx_cli_fail(EVX_E_USAGE, "stream reset", "not confirmed; --yes says so without asking");
    if (!s) s = evx_front_wait(&seconds, &o);
    if (!s) s = evx_cli_agent_open(&agent, &config, &o);
    if (s) return evx_status_exit_code(s);
    int code = reset(&o, agent, seconds);
    evx_agent_close(&agent);
    evx_agent_config_free(&config);
    return code;
}
