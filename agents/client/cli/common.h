// SPDX-License-Identifier: Apache-2.0
//
// The options that every command takes; shared by parsing and help.
#ifndef EVX_AGENTS_CLIENT_CLI_COMMON_H
#define EVX_AGENTS_CLIENT_CLI_COMMON_H

#include "agents/client/cli/cli.h"

extern const struct evx_cli_option evx_cli_common[];
extern const size_t evx_cli_common_n;

#endif
