// SPDX-License-Identifier: Apache-2.0
//
// CRC-32C (Castagnoli) of stored consignments, checked on every read: it finds
// what disks do to bytes. It is no defence against people; against them stand
// the signature, the hashes under it and the log, which every reader checks.
#ifndef EVX_BROKER_CHECKSUM_H
#define EVX_BROKER_CHECKSUM_H

#include "proto/base/bytes.h"

// Uses the processor's instruction where there is one.
uint32_t evx_crc32c(struct evx_bytes a);
// The table-driven form, for the test that both agree.
uint32_t evx_crc32c_portable(struct evx_bytes a);

#endif
