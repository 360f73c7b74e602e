// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "agents/collector/collect.h"
#include "agents/collector/commands.h"
#include "agents/collector/erase.h"
#include "proto/base/log.h"

#define EVX_LONGEST_RUN_S (366ull * 24 * 3600)

const struct evx_cli_option evx_collector_run_options[EVX_COLLECTOR_RUN_OPTIONS] = {
    {"until-idle", NULL, "end when the log is stored to its end and every answer has its receipt"},
    {"timeout", "SECONDS", "end with EVX-4004 after this time"},
    {"metrics", "FILE", "write counts in Prometheus text form to FILE now and then"},
};

// What an earlier command decided and could not carry out. A certificate that still cannot be
// sent does not keep evidence from coming in.
static void finish_erasures(struct evx_agent *agent, struct evx_collector *c)
{
    struct evx_erase e = {agent, evx_collector_store(c), evx_collector_audit(c)};
    struct evx_erase_done done;
    enum evx_status s = evx_erase_finish(&e, &done);
    if (s || done.certified)
        evx_log(s ? EVX_LOG_WARN : EVX_LOG_INFO, "COLL-ERASED", "destroyed=%llu certified=%llu code=%s",
                (unsigned long long)done.destroyed, (unsigned long long)done.certified,
                evx_error_info(s)->code);
}

static enum evx_status work(struct evx_agent *agent, const struct evx_agent_config *config,
                            const struct evx_collector_run *how)
{
    char *folder = evx_store_folder(config->state);
    struct evx_collector *c = NULL;
    enum evx_status s = folder ? evx_collector_open(&c, agent, folder) : EVX_E_MEMORY;
    if (!s) {
        finish_erasures(agent, c);
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
