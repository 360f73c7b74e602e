// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/commands.h"

const struct evx_command evx_collector_commands[] = {
    {.name = "run",
     .run = evx_collector_cmd_run,
     .help = "fetch, verify, store and answer until stopped",
     .usage = "[--until-idle] [--timeout SECONDS] [--metrics FILE]",
     .options = evx_collector_run_options,
     .options_n = EVX_COLLECTOR_RUN_OPTIONS},
    {.name = "status",
     .run = evx_collector_cmd_status,
     .help = "what is stored, from whom, and how far the log was read",
     .usage = ""},
    {.name = "acknowledge",
     .run = evx_collector_cmd_acknowledge,
     .help = "queue acknowledgements again, of all or of a range of the log",
     .usage = "[--from INDEX] [--to INDEX]",
     .options = evx_collector_acknowledge_options,
     .options_n = EVX_COLLECTOR_ACKNOWLEDGE_OPTIONS},
};
const size_t evx_collector_commands_n = sizeof evx_collector_commands / sizeof evx_collector_commands[0];
