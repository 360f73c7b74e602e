// SPDX-License-Identifier: Apache-2.0
//
// The commands of evx-inspect, one file each: the exit code of main().
#ifndef EVX_AGENTS_INSPECTOR_CMD_CMD_H
#define EVX_AGENTS_INSPECTOR_CMD_CMD_H

#include "agents/client/cli/cli.h"

int evx_inspect_disclose(int argc, char **argv);
int evx_inspect_summary(int argc, char **argv);
int evx_inspect_timeline(int argc, char **argv);
int evx_inspect_matrix(int argc, char **argv);
int evx_inspect_gaps(int argc, char **argv);
int evx_inspect_evidence(int argc, char **argv);
int evx_inspect_contradictions(int argc, char **argv);
int evx_inspect_search(int argc, char **argv);
int evx_inspect_link(int argc, char **argv);
int evx_inspect_judge(int argc, char **argv);
int evx_inspect_report(int argc, char **argv);
int evx_inspect_audit(int argc, char **argv);
int evx_inspect_completeness(int argc, char **argv);
int evx_inspect_request(int argc, char **argv);

// The table that generates dispatch, help and completion.
extern const struct evx_command evx_inspect_commands[];
extern const size_t evx_inspect_commands_n;

#endif
