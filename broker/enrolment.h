// SPDX-License-Identifier: Apache-2.0
//
// What the directory says of a transport key: asked by the admission handler
// when a connection is made and by the core for every message after it.
#ifndef EVX_BROKER_ENROLMENT_H
#define EVX_BROKER_ENROLMENT_H

#include "crypto/directory.h"

// OK and the key, or UNKNOWN_KEY, EXPIRED_KEY, REVOKED, NOT_ENTITLED (the
// organisation is suspended). Pure.
EVX_MUST_CHECK enum evx_status evx_enrolled(const struct evx_dir_key **out, const struct evx_directory *d,
                                            const struct evx_fingerprint *transport, int64_t now_ms);

#endif
