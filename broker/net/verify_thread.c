// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "broker/net/threads.h"

static void *run(void *pipe)
{
    struct evx_message *m;
    while ((m = evx_pipe_take(pipe, true))) {
        if (m->kind == EVX_MESSAGE_QUIT) {
            evx_message_destroy(&m);
            break;
        }
        if (m->job) evx_verify_run(m->job);
        evx_pipe_put(pipe, m);
    }
    evx_pipe_close(pipe);
    return NULL;
}

enum evx_status evx_verify_thread_start(pthread_t *out, void *context)
{
    void *pipe = evx_pipe_connect(context, EVX_PIPE_VERIFY);
    if (pipe && !pthread_create(out, NULL, run, pipe)) return EVX_OK;
    evx_pipe_close(pipe);
    return EVX_E_MEMORY;
}
