// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/commands.h"

int main(int argc, char **argv)
{
    return evx_cli_dispatch(evx_collector_commands, evx_collector_commands_n, "evx-collector", argc, argv);
}
