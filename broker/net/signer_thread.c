// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "broker/engine/journal_sqlite.h"
#include "broker/net/threads.h"
#include "broker/places.h"
#include "broker/signer.h"
#include "proto/base/file.h"

// A log without entries gets its register; one with entries must have it
// already, else somebody took it away together with what it forbids.
static enum evx_status open_register(struct evx_register *out, const struct evx_journal_view *view,
                                     const char *path, const char *origin)
{
    enum evx_status s = evx_register_open(out, path, origin);
    if (s != EVX_E_NOT_FOUND) return s;
    uint64_t size = 0;
    s = view->size(view->user, &size);
    if (!s && size) s = EVX_E_LOG_BEHIND;
    if (!s) s = evx_register_create(path, origin);
    return s ? s : evx_register_open(out, path, origin);
}

static enum evx_status add_log(struct evx_signer *signer, const struct evx_signer_thread *t,
                               const struct evx_message *m)
{
    struct evx_journal_view view = {0};
    struct evx_register reg = {.fd = -1};
    char *journal = evx_journal_path(t->state, &m->log);
    char *path = evx_register_path(t->signer_state, &m->log);
    enum evx_status s = journal && path ? EVX_OK : EVX_E_MEMORY;
    if (!s) s = evx_journal_sqlite_view_open(&view, journal);
    if (!s) s = open_register(&reg, &view, path, m->text);
    if (!s) s = evx_signer_add(signer, &m->log, m->text, &view, evx_journal_sqlite_view_close, &reg);
    if (s) {
        evx_journal_sqlite_view_close(&view);
        evx_register_close(&reg);
    }
    free(journal);
    free(path);
    return s;
}

static void serve(struct evx_signer *signer, const struct evx_signer_thread *t, void *pipe)
{
    struct evx_message *m;
    enum evx_status refused = EVX_OK; // a log that could not be added: every request is refused
    while ((m = evx_pipe_take(pipe, true))) {
        if (m->kind == EVX_MESSAGE_LOG) {
            enum evx_status s = add_log(signer, t, m);
            if (s) refused = s;
        } else if (m->kind == EVX_MESSAGE_SIGN) {
            m->fault = refused ? refused : evx_signer_sign(signer, &m->frame, &m->log, m->amount, &m->root);
            evx_pipe_put(pipe, m);
            continue;
        }
        bool quit = m->kind == EVX_MESSAGE_QUIT;
        evx_message_destroy(&m);
        if (quit) return;
    }
}

struct running {
    struct evx_signer_thread t;
    void *pipe;
};

static void *run(void *user)
{
    struct running r = *(struct running *)user;
    free(user);
    struct evx_signer *signer = NULL;
    if (!evx_signer_new(&signer, r.t.key, &r.t.public_key)) serve(signer, &r.t, r.pipe);
    evx_signer_destroy(&signer);
    evx_pipe_close(r.pipe);
    return NULL;
}

enum evx_status evx_signer_thread_start(pthread_t *out, const struct evx_signer_thread *t)
{
    struct running *r = malloc(sizeof *r);
    if (!r) return EVX_E_MEMORY;
    *r = (struct running){*t, evx_pipe_connect(t->context, EVX_PIPE_SIGNER)};
    if (r->pipe && !pthread_create(out, NULL, run, r)) return EVX_OK;
    evx_pipe_close(r->pipe);
    free(r);
    return EVX_E_MEMORY;
}
