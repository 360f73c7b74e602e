// SPDX-License-Identifier: Apache-2.0
//
// Reading a directory: for people, as JSON, and its verification.
#ifndef EVX_AGENTS_EVX_DIRECTORY_SHOW_H
#define EVX_AGENTS_EVX_DIRECTORY_SHOW_H

#include "agents/client/cli/cli.h"

extern const struct evx_cli_option evx_directory_verify_options[2];
int evx_directory_run_show(int argc, char **argv);
int evx_directory_run_verify(int argc, char **argv);

#endif
