// SPDX-License-Identifier: Apache-2.0
//
// One CURVE connection to the broker (ZeroMQ DEALER). Reconnects by itself, except after
// NOT_ENROLLED and SERVER_KEY: then close it and open another. What became of the connection is told as
// events with a name, so that "your key is not enrolled" is not mistaken for "the server is down". Loses
// messages when the connection breaks: the courier sends again.
//
// One thread, apart from evx_link_wake().
#ifndef EVX_AGENTS_CLIENT_NET_LINK_H
#define EVX_AGENTS_CLIENT_NET_LINK_H

#include "agents/client/parcel.h"

struct evx_link;
// Starts connecting; does not wait. `transport` is used during the call only.
// CONFIG (endpoint), MEMORY, IO.
EVX_MUST_CHECK enum evx_status evx_link_open(struct evx_link **out, const char *endpoint,
                                             const struct evx_box_public *server,
                                             const struct evx_box_secret *transport,
                                             const struct evx_box_public *transport_public);
void evx_link_close(struct evx_link **l);

// Waits until there is something to read or an event, a wake, or the time has passed.
EVX_MUST_CHECK enum evx_status evx_link_wait(struct evx_link *l, uint64_t timeout_ms);
// Ends a wait, now or the next one. Async-signal-safe, any thread.
void evx_link_wake(struct evx_link *l);

enum evx_link_event { EVX_LINK_NOTHING, EVX_LINK_UP, EVX_LINK_DOWN };
// The next event. While it is down *why says what is in the way: UNREACHABLE,
// NOT_ENROLLED, SERVER_KEY.
enum evx_link_event evx_link_next_event(struct evx_link *l, enum evx_status *why);

// One message that has arrived: control frame and joined parts, valid until the next
// call. NOT_FOUND when there is none; one over a limit is dropped whole and logged.
EVX_MUST_CHECK enum evx_status evx_link_receive(struct evx_link *l, struct evx_bytes *control,
                                                struct evx_bytes *body);
// Queues one message; body (may be NULL) is cut into parts and referenced, not copied.
// BUSY when the queue is full: nothing was taken.
EVX_MUST_CHECK enum evx_status evx_link_send(struct evx_link *l, struct evx_bytes control,
                                             struct evx_parcel *body);

#endif
