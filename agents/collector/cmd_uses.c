// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "agents/client/cli/json.h"
#include "agents/collector/collect.h"
#include "agents/collector/commands.h"
#include "agents/collector/tell.h"
#include "proto/base/clock.h"

const struct evx_cli_option evx_collector_uses_options[EVX_COLLECTOR_USES_OPTIONS] = {
    {"since", "NUMBER", "again from this record of reads on (default: what was not told yet)"},
};

static enum evx_status tell(struct evx_agent *agent, const char *folder, uint64_t since,
                            struct evx_told *told)
{
    struct evx_collector *c = NULL;
    enum evx_status s = evx_collector_open(&c, agent, folder);
    if (!s) {
        struct evx_tell t = {agent, evx_collector_audit(c), evx_collector_store(c)};
        s = evx_tell_uses(&t, evx_clock_wall_ms(), true, since, told);
    }
    evx_collector_close(&c);
    return s;
}

static enum evx_status report(const struct evx_cli_options *o, const struct evx_told *told)
{
    if (!o->json) {
        printf("%" PRIu64 " reports of %" PRIu64 " uses queued; they are sent by: evx-collector run\n",
               told->reports, told->uses);
        return EVX_OK;
    }
    json_t *j = evx_json_object("evx.collector-uses/1");
    enum evx_status s = evx_json_set(j, "reports", evx_json_number(told->reports));
    enum evx_status set = evx_json_set(j, "uses", evx_json_number(told->uses));
    enum evx_status printed = evx_json_print(stdout, j);
    return s ? s : set ? set : printed;
}

static enum evx_status uses(struct evx_cli_options *o, uint64_t since)
{
    struct evx_agent *agent = NULL;
    struct evx_agent_config config = {0};
    struct evx_told told = {0};
    enum evx_status s = evx_cli_agent_open(&agent, &config, o);
    if (s) return s;
    char *folder = evx_store_folder(config.state);
    s = folder ? tell(agent, folder, since, &told) : EVX_E_MEMORY;
    if (!s) s = report(o, &told);
    if (s) evx_cli_error(s, folder, NULL);
    free(folder);
    evx_agent_close(&agent);
    evx_agent_config_free(&config);
    return s;
}

int evx_collector_cmd_uses(int argc, char **argv)
{
    struct evx_cli_options o;
    uint64_t since = 0;
    enum evx_status s = evx_cli_parse(&o, evx_collector_uses_options, EVX_COLLECTOR_USES_OPTIONS, argc, argv);
    if (!s) s = evx_cli_number(&since, &o, "since", 1, INT64_MAX);
    if (!s) s = uses(&o, since);
    return evx_status_exit_code(s);
}
