// SPDX-License-Identifier: Apache-2.0
//
// What every program's command line has in common: one table of commands that
// generates dispatch, help, usage and shell completion; the common options;
// errors in one form (what, where, why, remedy, code); passphrases from a
// terminal or a file descriptor, never from arguments or the environment.
//
//   static const struct evx_cli_option status_options[] = {
//       {"open", NULL, "only what has no final answer yet"},
//   };
//   static int run_status(int argc, char **argv)
//   {
//       struct evx_cli_options o;
//       enum evx_status s = evx_cli_parse(&o, status_options, 1, argc, argv);
//       if (s) return evx_status_exit_code(s);
//       …                                  // o.argv[0 .. o.argc-1] are the operands
//   }
//   static const struct evx_command commands[] = {
//       {"status", run_status, "the receipt ladder of everything sent", "[--open] [ID…]",
//        status_options, 1},
//   };
//   int main(int argc, char **argv) { return evx_cli_dispatch(commands, 1, "evx-police", argc, argv); }
#ifndef EVX_AGENTS_CLIENT_CLI_CLI_H
#define EVX_AGENTS_CLIENT_CLI_CLI_H

#include "agents/client/agent.h"
#include "crypto/keyfile.h"

// One option of one command: "--name" or "--name ARGUMENT" ("--name=ARGUMENT").
struct evx_cli_option {
    const char *name;     // without the dashes
    const char *argument; // "FILE"; NULL for a flag
    const char *help;
};

struct evx_command {
    const char *name;
    int (*run)(int argc, char **argv); // argv[0] is the command's name; returns an exit code
    const char *help;                  // one line
    const char *usage;                 // what stands after "program name", "[--out FILE] ID"
    const struct evx_cli_option *options;
    size_t options_n;
    bool group; // has commands of its own: help and options are left to it
};

// Runs the command named by argv[1] and returns its exit code. Initialises the
// locale and the cryptography first. Answers --help, --version, "help [COMMAND]",
// "COMMAND --help" and "completion" (bash) from the table. An unknown command is a
// usage error that names the nearest one.
int evx_cli_dispatch(const struct evx_command *table, size_t n, const char *program, int argc, char **argv);
// The texts that dispatch prints, for the test that they agree. MEMORY.
EVX_MUST_CHECK enum evx_status evx_cli_help(struct evx_buf *out, const struct evx_command *table, size_t n,
                                            const char *program);
EVX_MUST_CHECK enum evx_status evx_cli_command_help(struct evx_buf *out, const struct evx_command *c,
                                                    const char *program);
EVX_MUST_CHECK enum evx_status evx_cli_completion(struct evx_buf *out, const struct evx_command *table,
                                                  size_t n, const char *program);

// --- options ---
#define EVX_CLI_VALUES 64
struct evx_cli_options {
    const char *config; // --config FILE, else $EVX_CONFIG, else ~/.config/evx/evx.yaml (XDG); never NULL
    bool json;          // --json: one object on stdout
    bool plain;         // --plain: tab separated, no colour, no decoration
    bool yes;           // --yes: do not ask
    bool dry_run;       // --dry-run: everything but the effect
    int passphrase_fd;  // --passphrase-fd N, -1 when not given
    int argc;           // operands
    char **argv;
    struct {
        const struct evx_cli_option *option;
        const char *value; // "" for a flag
    } value[EVX_CLI_VALUES];
    size_t values;
    char config_default[4096];
};
// argv[0] is skipped; operands are moved to the front of argv + 1, "--" ends the
// options. `own` may be NULL. Prints its own error and returns USAGE.
EVX_MUST_CHECK enum evx_status evx_cli_parse(struct evx_cli_options *out, const struct evx_cli_option *own,
                                             size_t own_n, int argc, char **argv);
bool evx_cli_has(const struct evx_cli_options *o, const char *name);
// The last value given, or NULL.
const char *evx_cli_value(const struct evx_cli_options *o, const char *name);
// Every value given, in order; *from starts at 0. NULL at the end.
const char *evx_cli_next_value(const struct evx_cli_options *o, const char *name, size_t *from);
// Leaves *out alone when the option was not given. Prints its own error: USAGE.
EVX_MUST_CHECK enum evx_status evx_cli_number(uint64_t *out, const struct evx_cli_options *o,
                                              const char *name, uint64_t min, uint64_t max);

// --- errors ---
// On stderr: "error: what it is (where)", the detail, the remedy and the code.
// `where` and `detail` may be NULL. Control characters are replaced.
void evx_cli_error(enum evx_status s, const char *where, const char *detail);
// The same, and returns the exit code: `return evx_cli_fail(s, path, NULL);`
int evx_cli_fail(enum evx_status s, const char *where, const char *detail);
// The text alone.
EVX_MUST_CHECK enum evx_status evx_cli_error_text(struct evx_buf *out, enum evx_status s, const char *where,
                                                  const char *detail);
// The candidate nearest to `word` if it is near enough to be meant, else NULL.
const char *evx_cli_nearest(const char *word, const char *const *candidate, size_t n);

// --- people ---
// Asks on the terminal (no echo) or reads one line from --passphrase-fd. The
// struct borrows `o`.
struct evx_passphrase evx_cli_passphrase(struct evx_cli_options *o);
// Asks "question [y/N]" on the terminal; true at once with --yes, false without a
// terminal.
bool evx_cli_confirm(const struct evx_cli_options *o, const char *question);
// True when stdout is a terminal and neither NO_COLOR nor --plain forbids colour.
bool evx_cli_colour(const struct evx_cli_options *o);

// The login name, "unknown" without one. Static storage.
const char *evx_cli_login(void);

// --- the agent ---
// Loads o->config and opens the agent; prints its own error. Blocks on disk.
EVX_MUST_CHECK enum evx_status evx_cli_agent_open(struct evx_agent **out, struct evx_agent_config *config,
                                                  struct evx_cli_options *o);
// The same for read commands: no keys, no passphrase, no lock; works beside a running
// agent (see evx_agent_open_reader).
EVX_MUST_CHECK enum evx_status
evx_cli_agent_open_reader(struct evx_agent **out, struct evx_agent_config *config, struct evx_cli_options *o);
// A reader that can open what is addressed to it: the ENC keys, no lock.
EVX_MUST_CHECK enum evx_status evx_cli_agent_open_unlocked(struct evx_agent **out,
                                                           struct evx_agent_config *config,
                                                           struct evx_cli_options *o);
// SIGINT and SIGTERM call evx_agent_stop() from now on; NULL gives them back to whoever had them.
void evx_cli_stop_on_signal(struct evx_agent *a);
// True once one of them came meanwhile: a loop around it must end too.
bool evx_cli_stopped(void);
// 0 on success; errors printed as evx_cli_error does.
EVX_MUST_CHECK enum evx_status evx_cli_inspection(struct evx_inspection_id *out, const char *hex);

#endif
