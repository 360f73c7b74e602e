// SPDX-License-Identifier: Apache-2.0
//
// The loop thread: ROUTER, connection events, answers from the core, signals and
// timers. It decides nothing about evidence and holds no signing key.
#ifndef EVX_BROKER_NET_LOOP_H
#define EVX_BROKER_NET_LOOP_H

#include "broker/directories.h"

struct evx_loop_options {
    void *context;
    void *core; // the pipe to the core; taken over, closed at the end
    const char *listen;
    const char *directory_file;
    const char *state;
    const char *metrics;
    size_t max_connections;
    uint8_t curve_secret[32]; // wiped once libzmq has it
    int signals;              // signalfd: TERM, INT, HUP
    struct evx_directories *directories;
    // Told the address once agents can connect; may be NULL.
    void (*listening)(void *user, const char *address);
    void *user;
};

// Binds only after the core said that every log is confirmed. Returns OK after a
// clean stop, else why it had to end. Blocks.
EVX_MUST_CHECK enum evx_status evx_loop_run(struct evx_loop_options *o);

#endif
