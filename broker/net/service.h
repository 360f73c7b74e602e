// SPDX-License-Identifier: Apache-2.0
//
// All threads of a broker put together and taken apart again.
#ifndef EVX_BROKER_NET_SERVICE_H
#define EVX_BROKER_NET_SERVICE_H

#include "broker/directories.h"

// Everything borrowed for the call.
struct evx_service {
    const char *state, *signer_state, *listen, *directory_file, *metrics;
    size_t max_connections;
    uint64_t reserve_bytes, fold_bytes;
    struct evx_directories *directories;
    const struct evx_sign_secret *sign, *log;
    struct evx_sign_public sign_public, log_public;
    const struct evx_box_secret *transport;
    int signals;                                        // signalfd
    void (*listening)(void *user, const char *address); // may be NULL
    void *user;
};

// Runs until a signal says to stop. OK after a clean stop. Blocks.
EVX_MUST_CHECK enum evx_status evx_service_run(const struct evx_service *s);

// Size of the file system of `path`.
EVX_MUST_CHECK enum evx_status evx_service_disk_bytes(uint64_t *bytes, const char *path);

#endif
