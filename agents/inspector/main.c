// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/cmd/cmd.h"

int main(int argc, char **argv)
{
    return evx_cli_dispatch(evx_inspect_commands, evx_inspect_commands_n, "evx-inspect", argc, argv);
}
