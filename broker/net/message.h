// SPDX-License-Identifier: Apache-2.0
//
// What the broker's threads say to each other. A message is one object on the
// heap that belongs to whoever holds it; the inproc sockets carry it without
// copying and free it when nobody is left to take it.
#ifndef EVX_BROKER_NET_MESSAGE_H
#define EVX_BROKER_NET_MESSAGE_H

#include "broker/core.h"

enum evx_message_kind {
    // loop -> core
    EVX_MESSAGE_FRAME,   // session, identity, fault, frame, body
    EVX_MESSAGE_CLOSED,  // session
    EVX_MESSAGE_DRAINED, // session, amount
    EVX_MESSAGE_STOP,
    // loop -> core and loop -> admission
    EVX_MESSAGE_DIRECTORY, // newest, older
    EVX_MESSAGE_PING,
    EVX_MESSAGE_QUIT,
    // core -> loop
    EVX_MESSAGE_SEND,    // session, frame, body
    EVX_MESSAGE_DROP,    // session
    EVX_MESSAGE_RELEASE, // amount
    EVX_MESSAGE_READY,
    EVX_MESSAGE_STOPPED, // fault: OK or why
    EVX_MESSAGE_REPORT,  // report
    // core <-> verify
    EVX_MESSAGE_VERIFY, // job
    // core -> signer, and back with fault and frame = note
    EVX_MESSAGE_LOG,  // log, text = origin
    EVX_MESSAGE_SIGN, // log, amount = size, root
};

struct evx_report; // broker/metrics.h

struct evx_message {
    struct evx_message *next; // for queues
    enum evx_message_kind kind;
    bool taken; // by its receiver, from the socket that carried it
    uint32_t session;
    enum evx_status fault;
    uint64_t amount;
    struct evx_fingerprint identity;
    struct evx_inspection_id log;
    struct evx_digest root;
    struct evx_buf frame;
    struct evx_buf body;
    struct evx_directory *newest, *older;
    struct evx_verify_job *job;
    struct evx_report *report;
    char *text;
};

// NULL without memory.
struct evx_message *evx_message_new(enum evx_message_kind kind);
void evx_message_destroy(struct evx_message **m); // and all it holds

// PAIR sockets between threads, one message an address.
void *evx_pipe_bind(void *context, const char *address);    // NULL on failure
void *evx_pipe_connect(void *context, const char *address); // NULL on failure
// Takes *m always: destroyed when it cannot be sent, or is NULL.
void evx_pipe_put(void *pipe, struct evx_message *m);
// NULL when nothing is there (or, with wait, when the context ends).
struct evx_message *evx_pipe_take(void *pipe, bool wait);
// What was never taken is freed.
void evx_pipe_close(void *pipe);

#endif
