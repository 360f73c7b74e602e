// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/cmd_keeper.h"

#include <stdlib.h>

enum evx_status evx_keeper_open(struct evx_keeper *k)
{
    k->person = evx_cli_login();
    enum evx_status s = evx_cli_agent_open(&k->agent, &k->config, &k->o);
    if (s) return s;
    k->folder = evx_store_folder(k->config.state);
    s = k->folder ? evx_collector_open(&k->collector, k->agent, k->folder) : EVX_E_MEMORY;
    if (s) evx_cli_error(s, k->folder, NULL);
    return s;
}

void evx_keeper_close(struct evx_keeper *k)
{
    evx_collector_close(&k->collector);
    evx_agent_close(&k->agent);
    evx_agent_config_free(&k->config);
    free(k->folder);
    k->folder = NULL;
}

struct evx_erase evx_keeper_erase(const struct evx_keeper *k)
{
    return (struct evx_erase){k->agent, evx_collector_store(k->collector), evx_collector_audit(k->collector)};
}
