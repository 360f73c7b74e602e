// SPDX-License-Identifier: Apache-2.0
//
// An inspector's desk: configuration, directory, key, framework and the views, as
// every command needs them. Touches neither outbox nor network, so it works beside a
// running collector.
#ifndef EVX_AGENTS_INSPECTOR_CMD_DESK_H
#define EVX_AGENTS_INSPECTOR_CMD_DESK_H

#include "agents/client/cli/cli.h"
#include "agents/collector/store.h"
#include "agents/inspector/views/matrix.h"

struct evx_desk {
    struct evx_cli_options o;
    struct evx_agent_config config;
    struct evx_directory *directory;
    struct evx_box_secret *secret;
    struct evx_box_public public_key;
    struct evx_framework *framework; // NULL when this program does not have it
    const char *framework_id;
    struct evx_views *v;
    char *store;
    bool names;
};
// Parses, loads, opens. Prints its own error. Close in any case.
EVX_MUST_CHECK enum evx_status evx_desk_open(struct evx_desk *d, const struct evx_cli_option *own,
                                             size_t own_n, int argc, char **argv);
// Only the configuration, the key and the store itself, read-only: no index is made or
// read and nothing is recorded. Prints its own error. Close both in any case.
EVX_MUST_CHECK enum evx_status evx_desk_open_store(struct evx_desk *d, struct evx_store **out,
                                                   const struct evx_cli_option *own, size_t own_n, int argc,
                                                   char **argv);
void evx_desk_close(struct evx_desk *d);
// How a child is called on the desk: "O. K." or, with --names, "Orla K".
const char *evx_desk_child(struct evx_desk *d, const struct evx_child_fact *c);
// The child of the operand; prints its own error.
EVX_MUST_CHECK enum evx_status evx_desk_find_child(size_t *child, struct evx_desk *d, const char *text);
// "YYYY-MM-DD": the last millisecond of that day in UTC. False when it is none.
bool evx_desk_date(int64_t *end_ms, const char *text);
// Prints the status with `where` unless it is OK and gives the exit code.
int evx_desk_finish(struct evx_desk *d, enum evx_status s, const char *where);

#endif
