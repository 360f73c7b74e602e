// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "agents/client/cli/json.h"
#include "agents/collector/collect.h"
#include "agents/collector/commands.h"

const struct evx_cli_option evx_collector_acknowledge_options[EVX_COLLECTOR_ACKNOWLEDGE_OPTIONS] = {
    {"from", "INDEX", "first log index, 0 when not given"},
    {"to", "INDEX", "last log index, the last stored when not given"},
};

struct range {
    uint64_t first, last;
};

static enum evx_status queue_again(struct evx_agent *agent, const char *folder, struct range range,
                                   uint64_t *queued)
{
    struct evx_collector *c = NULL;
    uint64_t again = 0;
    enum evx_status s = evx_collector_open(&c, agent, folder);
    if (!s) s = evx_store_owe_again(evx_collector_store(c), range.first, range.last, &again);
    if (!s) s = evx_collector_answer(c, queued);
    evx_collector_close(&c);
    return s;
}

static enum evx_status report(const struct evx_cli_options *o, uint64_t queued)
{
    if (!o->json) {
        printf("acknowledgements of %" PRIu64 " consignments queued; they are sent by: evx-collector run\n",
               queued);
        return EVX_OK;
    }
    json_t *j = evx_json_object("evx.collector-acknowledge/1");
    enum evx_status s = evx_json_set(j, "consignments", evx_json_number(queued));
    enum evx_status printed = evx_json_print(stdout, j);
    return s ? s : printed;
}

static enum evx_status acknowledge(struct evx_cli_options *o, struct range range)
{
    struct evx_agent *agent = NULL;
    struct evx_agent_config config = {0};
    enum evx_status s = evx_cli_agent_open(&agent, &config, o);
    if (s) return s;
    uint64_t queued = 0;
    char *folder = evx_store_folder(config.state);
    s = folder ? queue_again(agent, folder, range, &queued) : EVX_E_MEMORY;
    if (!s) s = report(o, queued);
    if (s) evx_cli_error(s, folder, NULL);
    free(folder);
    evx_agent_close(&agent);
    evx_agent_config_free(&config);
    return s;
}

int evx_collector_cmd_acknowledge(int argc, char **argv)
{
    struct evx_cli_options o;
    struct range range = {0, INT64_MAX};
    enum evx_status s =
        evx_cli_parse(&o, evx_collector_acknowledge_options, EVX_COLLECTOR_ACKNOWLEDGE_OPTIONS, argc, argv);
    if (!s) s = evx_cli_number(&range.first, &o, "from", 0, INT64_MAX);
    if (!s) s = evx_cli_number(&range.last, &o, "to", 0, INT64_MAX);
    if (!s) s = acknowledge(&o, range);
    return evx_status_exit_code(s);
}
