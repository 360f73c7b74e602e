// SPDX-License-Identifier: Apache-2.0
#ifndef EVX_AGENTS_COLLECTOR_COMMANDS_H
#define EVX_AGENTS_COLLECTOR_COMMANDS_H

#include "agents/client/cli/cli.h"

extern const struct evx_command evx_collector_commands[];
extern const size_t evx_collector_commands_n;

int evx_collector_cmd_run(int argc, char **argv);
int evx_collector_cmd_status(int argc, char **argv);
int evx_collector_cmd_acknowledge(int argc, char **argv);
#define EVX_COLLECTOR_RUN_OPTIONS         3
#define EVX_COLLECTOR_ACKNOWLEDGE_OPTIONS 2
extern const struct evx_cli_option evx_collector_run_options[EVX_COLLECTOR_RUN_OPTIONS];
extern const struct evx_cli_option evx_collector_acknowledge_options[EVX_COLLECTOR_ACKNOWLEDGE_OPTIONS];

#endif
