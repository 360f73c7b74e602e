// SPDX-License-Identifier: Apache-2.0
//
// The broker's worker threads. Each is started with its sockets' context and
// ends when it is told to (EVX_MESSAGE_QUIT, EVX_MESSAGE_STOP) or the context
// ends. Signals are masked before any of them starts.
#ifndef EVX_BROKER_NET_THREADS_H
#define EVX_BROKER_NET_THREADS_H

#include <pthread.h>

#include "broker/net/message.h"

#define EVX_PIPE_CORE      "inproc://evx-core"
#define EVX_PIPE_VERIFY    "inproc://evx-verify"
#define EVX_PIPE_SIGNER    "inproc://evx-signer"
#define EVX_PIPE_ADMISSION "inproc://evx-admission"

// State machine, journals, rejections. Holds the SIG key. Borrowed strings and keys
// outlive the thread; directories are references it drops.
struct evx_core_thread {
    void *context;
    const char *state; // folder
    const char *signer_state;
    struct evx_core_config config;
    uint64_t fold_bytes;
    struct evx_directory *newest, *older;
};
EVX_MUST_CHECK enum evx_status evx_core_thread_start(pthread_t *out, const struct evx_core_thread *t);

EVX_MUST_CHECK enum evx_status evx_verify_thread_start(pthread_t *out, void *context);

struct evx_signer_thread {
    void *context;
    const char *state;        // the journals' folder
    const char *signer_state; // the registers' folder
    const struct evx_sign_secret *key;
    struct evx_sign_public public_key;
};
EVX_MUST_CHECK enum evx_status evx_signer_thread_start(pthread_t *out, const struct evx_signer_thread *t);

#endif
