// SPDX-License-Identifier: Apache-2.0
//
// What happens to a directory after it was founded: enrolment by request and
// approval, rotation, revocation, change of roots, a new log for an old inspection.
#ifndef EVX_AGENTS_EVX_DIRECTORY_LIFE_H
#define EVX_AGENTS_EVX_DIRECTORY_LIFE_H

#include "agents/client/cli/cli.h"
#include "agents/evx/compose.h"

extern const struct evx_cli_option evx_directory_request_options[];
extern const struct evx_cli_option evx_directory_approve_options[];
extern const struct evx_cli_option evx_directory_revoke_options[];
extern const struct evx_cli_option evx_directory_root_options[];
extern const struct evx_cli_option evx_directory_replace_options[];
extern const struct evx_cli_option evx_directory_log_options[];
#define EVX_DIRECTORY_REQUEST_OPTIONS 3
#define EVX_DIRECTORY_APPROVE_OPTIONS 3
#define EVX_DIRECTORY_REVOKE_OPTIONS  4
#define EVX_DIRECTORY_ROOT_OPTIONS    1
#define EVX_DIRECTORY_REPLACE_OPTIONS 2
#define EVX_DIRECTORY_LOG_OPTIONS     1

// Each runs one command line and returns an exit code.
int evx_directory_run_request(int argc, char **argv);
int evx_directory_run_approve(int argc, char **argv);
int evx_directory_run_rotate(int argc, char **argv);
int evx_directory_run_revoke(int argc, char **argv);
int evx_directory_run_root(int argc, char **argv);
int evx_directory_run_replace(int argc, char **argv);
int evx_directory_run_log(int argc, char **argv);

// The keys of a request that enough roots approved, into the draft. Prints its own error.
EVX_MUST_CHECK enum evx_status evx_directory_put_request(struct evx_draft *draft, const char *path);

// Writes a request for these key lines, signed with `keys`/sig.key's newest epoch and with
// every new key that can sign; prints what is to be read aloud. Prints its own error.
struct evx_request_signer {
    const struct evx_sign_secret *secret;
    struct evx_sign_public key;
};
EVX_MUST_CHECK enum evx_status evx_directory_write_request(const char *path, const char *org,
                                                           struct evx_bytes key_lines,
                                                           const struct evx_request_signer *signer, size_t n);

#endif
