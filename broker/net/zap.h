// SPDX-License-Identifier: Apache-2.0
//
// Admission: the ZAP handler (rfc.zeromq.org/spec/27) that libzmq asks about
// every CURVE handshake. It must be bound before the ROUTER binds. Only keys that
// the directory enrols get in; their User-Id is the key's fingerprint in hex.
// With the handler dead nobody gets in: the domain is enforced.
#ifndef EVX_BROKER_NET_ZAP_H
#define EVX_BROKER_NET_ZAP_H

#include <pthread.h>

#include "broker/net/message.h"

#define EVX_ZAP_DOMAIN "evx"

// Binds, then starts the thread. `directory` is borrowed for the call. BIND when
// another handler is there. The thread is told of new directories and pings by
// messages on EVX_PIPE_ADMISSION, which the caller has bound; a ping comes back
// with amount = admitted and session = refused handshakes.
EVX_MUST_CHECK enum evx_status evx_zap_start(pthread_t *out, void *context, struct evx_directory *directory);

// One decision, for the thread and for tests. `code` is "200" or "400".
struct evx_zap_request {
    struct evx_bytes version, domain, mechanism, credentials;
};
enum evx_status evx_zap_decide(struct evx_fingerprint *user, const struct evx_zap_request *q,
                               const struct evx_directory *d, int64_t now_ms);

#endif
