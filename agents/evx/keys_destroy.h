// SPDX-License-Identifier: Apache-2.0
#ifndef EVX_AGENTS_EVX_KEYS_DESTROY_H
#define EVX_AGENTS_EVX_KEYS_DESTROY_H

#include "agents/client/cli/cli.h"

// `evx keys destroy`: KEY_NEEDED while the newest epoch or a store key depends on it.
int evx_keys_run_destroy(int argc, char **argv);
#define EVX_KEYS_DESTROY_OPTIONS 4
extern const struct evx_cli_option evx_keys_destroy_options[EVX_KEYS_DESTROY_OPTIONS];

#endif
