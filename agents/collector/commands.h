// SPDX-License-Identifier: Apache-2.0
#ifndef EVX_AGENTS_COLLECTOR_COMMANDS_H
#define EVX_AGENTS_COLLECTOR_COMMANDS_H

#include "agents/client/cli/cli.h"

extern const struct evx_command evx_collector_commands[];
extern const size_t evx_collector_commands_n;

int evx_collector_cmd_run(int argc, char **argv);
int evx_collector_cmd_status(int argc, char **argv);
int evx_collector_cmd_acknowledge(int argc, char **argv);
int evx_collector_cmd_uses(int argc, char **argv);
int evx_collector_cmd_erase(int argc, char **argv);
int evx_collector_cmd_retention(int argc, char **argv);
int evx_collector_cmd_hold(int argc, char **argv);
int evx_collector_cmd_rotate(int argc, char **argv);
int evx_collector_cmd_export(int argc, char **argv);
#define EVX_COLLECTOR_RUN_OPTIONS         3
#define EVX_COLLECTOR_ACKNOWLEDGE_OPTIONS 2
#define EVX_COLLECTOR_USES_OPTIONS        1
#define EVX_COLLECTOR_ERASE_OPTIONS       3
#define EVX_COLLECTOR_RETENTION_OPTIONS   4
#define EVX_COLLECTOR_EXPORT_OPTIONS      4
extern const struct evx_cli_option evx_collector_export_options[EVX_COLLECTOR_EXPORT_OPTIONS];
extern const struct evx_cli_option evx_collector_run_options[EVX_COLLECTOR_RUN_OPTIONS];
extern const struct evx_cli_option evx_collector_acknowledge_options[EVX_COLLECTOR_ACKNOWLEDGE_OPTIONS];
extern const struct evx_cli_option evx_collector_uses_options[EVX_COLLECTOR_USES_OPTIONS];
extern const struct evx_cli_option evx_collector_erase_options[EVX_COLLECTOR_ERASE_OPTIONS];
extern const struct evx_cli_option evx_collector_retention_options[EVX_COLLECTOR_RETENTION_OPTIONS];

#endif
