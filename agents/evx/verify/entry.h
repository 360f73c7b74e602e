// SPDX-License-Identifier: Apache-2.0
//
// One entry of the log, read strictly and judged by a directory.
#ifndef EVX_AGENTS_EVX_VERIFY_ENTRY_H
#define EVX_AGENTS_EVX_VERIFY_ENTRY_H

#include "crypto/directory_history.h"

// Borrows from the bytes it was read from; the header is owned.
struct evx_entry {
    bool adoption; // 0x02: a directory version takes effect; else 0x01, a consignment
    uint64_t received_ms;
    // a consignment
    struct evx_bytes header_bytes;
    const struct evx_signature *signature;
    Evx__V1__Header *header;
    struct evx_digest id;
    struct evx_inspection_id inspection;
    struct evx_stream_id stream;
    struct evx_log_directory directory; // an adoption
};
// MALFORMED (also a type that no entry has), TOO_LARGE, VERSION, SUITE,
// MEMORY. *out needs closing only after EVX_OK.
EVX_MUST_CHECK enum evx_status evx_entry_read(struct evx_entry *out, struct evx_bytes bytes);
void evx_entry_close(struct evx_entry *e);

// The signature of a consignment's entry, by a SIG key that this directory
// lists. UNKNOWN_KEY, SIGNATURE. *key borrows from the directory.
EVX_MUST_CHECK enum evx_status evx_entry_signed(const struct evx_dir_key **key, const struct evx_entry *e,
                                                const struct evx_directory *d);

#endif
