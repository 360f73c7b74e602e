// SPDX-License-Identifier: Apache-2.0
//
// Watches the TCP connections beneath libzmq. A multipart message that never
// ends passes every limit libzmq has; here it shows as bytes that the kernel
// received and that never came out as whole messages, and the connection is cut.
// The same counters tell how much of what was sent the peer has taken.
#ifndef EVX_BROKER_NET_GAUGE_H
#define EVX_BROKER_NET_GAUGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/status.h"

struct evx_gauge;

EVX_MUST_CHECK enum evx_status evx_gauge_new(struct evx_gauge **out, size_t max_connections);
void evx_gauge_destroy(struct evx_gauge **g);

// From libzmq's monitor. The newest over the cap is cut at once: EVX-4011 in the log.
void evx_gauge_accepted(struct evx_gauge *g, int fd, uint64_t now_ms);
// True and the session, when one had spoken on this connection.
bool evx_gauge_ended(struct evx_gauge *g, int fd, uint32_t *session);

// A whole message came out of this connection.
void evx_gauge_delivered(struct evx_gauge *g, int fd, uint32_t session, uint64_t wire_bytes);
// Cuts connections that hold back more than EVX_LIMIT_PARTIAL_BYTES (EVX-4012) or
// have said nothing for EVX_LIMIT_GREETING_MS.
void evx_gauge_check(struct evx_gauge *g, uint64_t now_ms);
// Bytes the peer's kernel has acknowledged on this connection so far.
bool evx_gauge_acknowledged(const struct evx_gauge *g, int fd, uint64_t *bytes);
void evx_gauge_cut(struct evx_gauge *g, int fd);

size_t evx_gauge_connections(const struct evx_gauge *g);
uint64_t evx_gauge_cuts(const struct evx_gauge *g);

#endif
