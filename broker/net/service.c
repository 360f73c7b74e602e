// SPDX-License-Identifier: Apache-2.0
#include "broker/net/service.h"

#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <zmq.h>

#include "broker/net/loop.h"
#include "broker/net/threads.h"
#include "proto/base/log.h"

enum evx_status evx_service_disk_bytes(uint64_t *bytes, const char *path)
{
    struct statvfs v;
    *bytes = 0;
    if (statvfs(path, &v)) return EVX_E_IO;
    *bytes = (uint64_t)v.f_blocks * v.f_frsize;
    return EVX_OK;
}

struct threads {
    pthread_t core, verify, signer;
    bool has_core, has_verify, has_signer;
    void *to_core; // the loop's end of its pipe
};

// A pipe drops what is put in while nobody holds its other end. So every end that
// the core talks to is there before the core's thread runs.
static enum evx_status start(struct threads *t, void *context, const struct evx_service *s)
{
    struct evx_core_thread core = {.context = context,
                                   .state = s->state,
                                   .signer_state = s->signer_state,
                                   .config = {.sign = s->sign, .reserve_bytes = s->reserve_bytes},
                                   .fold_bytes = s->fold_bytes,
                                   .newest = s->directories->newest,
                                   .older = s->directories->older};
    evx_fingerprint_of(&core.config.signer, EVX_KEY_SIG, s->sign_public.b);
    struct evx_signer_thread signer = {.context = context,
                                       .state = s->state,
                                       .signer_state = s->signer_state,
                                       .key = s->log,
                                       .public_key = s->log_public};
    t->to_core = evx_pipe_connect(context, EVX_PIPE_CORE);
    enum evx_status status = t->to_core ? EVX_OK : EVX_E_MEMORY;
    if (!status) status = evx_verify_thread_start(&t->verify, context);
    t->has_verify = !status;
    if (!status) status = evx_signer_thread_start(&t->signer, &signer);
    t->has_signer = t->has_verify && !status;
    if (!status) status = evx_core_thread_start(&t->core, &core);
    t->has_core = t->has_signer && !status;
    return status;
}

static enum evx_status loop(void *context, void *to_core, const struct evx_service *s)
{
    struct evx_loop_options o = {.context = context,
                                 .core = to_core,
                                 .listen = s->listen,
                                 .directory_file = s->directory_file,
                                 .state = s->state,
                                 .metrics = s->metrics,
                                 .max_connections = s->max_connections,
                                 .signals = s->signals,
                                 .directories = s->directories,
                                 .listening = s->listening,
                                 .user = s->user};
    evx_box_secret_export(o.curve_secret, s->transport);
    enum evx_status status = evx_loop_run(&o);
    evx_wipe(o.curve_secret, sizeof o.curve_secret);
    return status;
}

// libzmq numbers its sessions upwards from rand(). Without a seed every peer knows
// the numbers, and one that claims a number before its turn makes libzmq abort.
static void hide_session_numbers(void)
{
    unsigned seed;
    evx_random(&seed, sizeof seed);
    srand(seed);
}

enum evx_status evx_service_run(const struct evx_service *s)
{
    hide_session_numbers();
    void *context = zmq_ctx_new();
    if (!context) return EVX_E_MEMORY;
    struct threads t = {0};
    enum evx_status status = start(&t, context, s);
    if (status)
        evx_pipe_close(t.to_core);
    else
        status = loop(context, t.to_core, s);
    // After a failed write nothing may be tidied up: what is on disk stays as it is.
    if (status == EVX_E_IO || status == EVX_E_STORE_DAMAGED) _exit(evx_status_exit_code(status));
    zmq_ctx_shutdown(context);
    if (t.has_core) pthread_join(t.core, NULL);
    if (t.has_verify) pthread_join(t.verify, NULL);
    if (t.has_signer) pthread_join(t.signer, NULL);
    zmq_ctx_term(context);
    return status;
}
