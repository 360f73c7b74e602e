// SPDX-License-Identifier: Apache-2.0
//
// What happened to the connection, from the socket's monitor, in words of the catalogue.
#ifndef EVX_AGENTS_CLIENT_NET_MONITOR_H
#define EVX_AGENTS_CLIENT_NET_MONITOR_H

#include "agents/client/net/link.h"

struct evx_monitor;
EVX_MUST_CHECK enum evx_status evx_monitor_open(struct evx_monitor **out, void *context, void *socket,
                                                const char *address);
void evx_monitor_close(struct evx_monitor **m, void *socket);
void *evx_monitor_socket(struct evx_monitor *m); // to be polled
enum evx_link_event evx_monitor_next(struct evx_monitor *m, enum evx_status *why);

#endif
