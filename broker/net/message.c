// SPDX-License-Identifier: Apache-2.0
#include "broker/net/message.h"

#include <stdlib.h>
#include <zmq.h>

#include "broker/metrics.h"

struct evx_message *evx_message_new(enum evx_message_kind kind)
{
    struct evx_message *m = calloc(1, sizeof *m);
    if (m) m->kind = kind;
    return m;
}

void evx_message_destroy(struct evx_message **m)
{
    if (!m || !*m) return;
    evx_buf_free(&(*m)->frame);
    evx_buf_free(&(*m)->body);
    evx_directory_destroy(&(*m)->newest);
    evx_directory_destroy(&(*m)->older);
    evx_verify_job_destroy(&(*m)->job);
    evx_report_destroy(&(*m)->report);
    free((*m)->text);
    free(*m);
    *m = NULL;
}

static void *pipe_socket(void *context)
{
    void *s = zmq_socket(context, ZMQ_PAIR);
    int none = 0;
    if (s) {
        zmq_setsockopt(s, ZMQ_SNDHWM, &none, sizeof none);
        zmq_setsockopt(s, ZMQ_RCVHWM, &none, sizeof none);
        zmq_setsockopt(s, ZMQ_LINGER, &none, sizeof none);
    }
    return s;
}

void *evx_pipe_bind(void *context, const char *address)
{
    void *s = pipe_socket(context);
    if (!s || !zmq_bind(s, address)) return s;
    zmq_close(s);
    return NULL;
}

void *evx_pipe_connect(void *context, const char *address)
{
    void *s = pipe_socket(context);
    if (!s || !zmq_connect(s, address)) return s;
    zmq_close(s);
    return NULL;
}

// Called by the socket when it is done with a message: taken or not.
static void let_go(void *data, void *hint)
{
    (void)hint;
    struct evx_message *m = data;
    if (!m->taken) evx_message_destroy(&m);
}

void evx_pipe_put(void *pipe, struct evx_message *m)
{
    if (!m) return;
    zmq_msg_t carrier;
    m->taken = false;
    if (zmq_msg_init_data(&carrier, m, sizeof *m, let_go, NULL)) {
        evx_message_destroy(&m);
        return;
    }
    if (zmq_msg_send(&carrier, pipe, ZMQ_DONTWAIT) < 0) zmq_msg_close(&carrier);
}

struct evx_message *evx_pipe_take(void *pipe, bool wait)
{
    zmq_msg_t carrier;
    zmq_msg_init(&carrier);
    int n;
    do
        n = zmq_msg_recv(&carrier, pipe, wait ? 0 : ZMQ_DONTWAIT);
    while (n < 0 && zmq_errno() == EINTR);
    struct evx_message *m = n == (int)sizeof *m ? zmq_msg_data(&carrier) : NULL;
    if (m) m->taken = true;
    zmq_msg_close(&carrier);
    return m;
}

void evx_pipe_close(void *pipe)
{
    if (pipe) zmq_close(pipe);
}
