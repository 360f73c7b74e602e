// SPDX-License-Identifier: Apache-2.0
//
// What the commands that destroy, hold and rotate have in common: configuration, agent,
// the store as its one writer, and the record of reads.
#ifndef EVX_AGENTS_COLLECTOR_CMD_KEEPER_H
#define EVX_AGENTS_COLLECTOR_CMD_KEEPER_H

#include "agents/client/cli/cli.h"
#include "agents/collector/collect.h"
#include "agents/collector/erase.h"

struct evx_keeper {
    struct evx_cli_options o;
    struct evx_agent_config config;
    struct evx_agent *agent;
    struct evx_collector *collector;
    char *folder;
    const char *person; // who runs this
};
// After evx_cli_parse(&k->o, …). Prints its own error. Close in any case.
EVX_MUST_CHECK enum evx_status evx_keeper_open(struct evx_keeper *k);
void evx_keeper_close(struct evx_keeper *k);
struct evx_erase evx_keeper_erase(const struct evx_keeper *k);

#endif
