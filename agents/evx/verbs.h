// SPDX-License-Identifier: Apache-2.0
//
// The verbs of `evx` itself; each runs one command line and returns an exit code.
#ifndef EVX_AGENTS_EVX_VERBS_H
#define EVX_AGENTS_EVX_VERBS_H

#include "agents/client/cli/cli.h"

int evx_verb_keys(int argc, char **argv);
int evx_verb_directory(int argc, char **argv);
int evx_verb_doctor(int argc, char **argv);
int evx_verb_explain(int argc, char **argv);
int evx_verb_verify(int argc, char **argv);
int evx_verb_demo(int argc, char **argv);
int evx_verb_disclose(int argc, char **argv);

int evx_keys_run_rotate(int argc, char **argv);
extern const struct evx_cli_option evx_keys_rotate_options[];
extern const size_t evx_keys_rotate_options_n;
extern const struct evx_cli_option evx_doctor_options[];
extern const size_t evx_doctor_options_n;
extern const struct evx_cli_option evx_explain_options[];
extern const size_t evx_explain_options_n;
extern const struct evx_cli_option evx_verify_options[];
extern const size_t evx_verify_options_n;

// The full table of `evx`, for dispatch and for the test that help agrees with it.
const struct evx_command *evx_verbs(size_t *n);

// Replaces this process by the program `name` found beside our own binary. Returns
// only on failure: NOT_FOUND.
enum evx_status evx_program_exec(const char *name, char **argv);
// The path of a file beside our binary, or above it (source tree); malloc'd, NULL if none.
char *evx_program_path(const char *name);

#endif
