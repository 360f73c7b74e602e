// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "agents/collector/collect.h"
#include "agents/collector/commands.h"

#define EVX_LONGEST_RUN_S (366ull * 24 * 3600)

const struct evx_cli_option evx_collector_run_options[EVX_COLLECTOR_RUN_OPTIONS] = {
    {"until-idle", NULL, "end when the log is stored to its end and every answer has its receipt"},
    {"timeout", "SECONDS", "end with EVX-4004 after this time"},
    {"metrics", "FILE", "write counts in Prometheus text form to FILE now and then"},
};

static enum evx_status work(struct evx_agent *agent, const struct evx_agent_config *config,
                            const struct evx_collector_run *how)
{
    char *folder = evx_store_folder(config->state);
    struct evx_collector *c = NULL;
    enum evx_status s = folder ? evx_collector_open(&c, agent, folder) : EVX_E_MEMORY;
    if (!s) {
        evx_cli_stop_on_signal(agent);
        s = evx_collector_run(c, how);
        evx_cli_stop_on_signal(NULL);
    }
    evx_collector_close(&c);
    if (s) evx_cli_error(s, folder, NULL);
    free(folder);
    return s;
}

int evx_collector_cmd_run(int argc, char **argv)
{
    struct evx_cli_options o;
    enum evx_status s = evx_cli_parse(&o, evx_collector_run_options, EVX_COLLECTOR_RUN_OPTIONS, argc, argv);
    uint64_t seconds = 0;
    if (!s) s = evx_cli_number(&seconds, &o, "timeout", 1, EVX_LONGEST_RUN_S);
    if (s) return evx_status_exit_code(s);
    struct evx_collector_run how = {.until_idle = evx_cli_has(&o, "until-idle"),
                                    .timeout_ms = seconds * 1000,
                                    .metrics = evx_cli_value(&o, "metrics")};
    struct evx_agent *agent = NULL;
    struct evx_agent_config config = {0};
    s = evx_cli_agent_open(&agent, &config, &o);
    if (s) return evx_status_exit_code(s);
    s = work(agent, &config, &how);
    evx_agent_close(&agent);
    evx_agent_config_free(&config);
    return evx_status_exit_code(s);
}
