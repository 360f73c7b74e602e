// SPDX-License-Identifier: Apache-2.0
//
// BLAKE2b-256 of eight inputs of one length side by side, one in each lane of wide
// registers: what hashing them one after the other gives, in a third of the time. For
// public bytes only (ciphertexts, records): no secret is hashed here. Where the processor
// has no wide registers libsodium does the work. Thread safe; no I/O.
#ifndef EVX_CRYPTO_BLAKE2B_LANES_H
#define EVX_CRYPTO_BLAKE2B_LANES_H

#include "crypto/keys.h"

#define EVX_LANES 8

// out[i] = BLAKE2b-256(prefix || the n bytes at data[i]).
void evx_blake2b_lanes(struct evx_digest out[EVX_LANES], struct evx_bytes prefix,
                       const uint8_t *const data[EVX_LANES], size_t n);

// For tests: the same by a named way. False when this processor does not have it.
enum evx_lane_way { EVX_LANES_ONE_BY_ONE, EVX_LANES_AVX2, EVX_LANES_AVX512 };
EVX_MUST_CHECK bool evx_blake2b_lanes_by(enum evx_lane_way way, struct evx_digest out[EVX_LANES],
                                         struct evx_bytes prefix, const uint8_t *const data[EVX_LANES],
                                         size_t n);

#endif
