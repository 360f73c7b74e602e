// SPDX-License-Identifier: Apache-2.0
//
// Offsets, sizes and domains of a consignment that sealing, checking and
// opening share. For the files of this folder only.
#ifndef EVX_CRYPTO_LAYOUT_H
#define EVX_CRYPTO_LAYOUT_H

#include "crypto/blake2b_lanes.h"
#include "crypto/consignment.h"

#define EVX_DOMAIN_HEADER      "evx/header/v1\n"
#define EVX_DOMAIN_CONSIGNMENT "evx/consignment/v1\n"
#define EVX_DOMAIN_ITEMS       "evx/items/v1\n"
#define EVX_DOMAIN_WRAPS       "evx/wraps/v1\n"
#define EVX_DOMAIN_CHUNK       "evx/chunk/v1\n"

#define EVX_PROTOCOL_VERSION 1u
#define EVX_SUITE            1u
#define EVX_PRELUDE_BYTES    8u // magic, header length
#define EVX_TAG_BYTES        16u
#define EVX_PADDED_MAX       1081344u // evx_padded_size(EVX_LIMIT_ITEM_BYTES)

// The size that n bytes of content take with their padding: at least one byte
// more, then up to the next bucket. Multiples of 256 below 4 KiB, above that
// the Padmé sizes (at most 12 % more, few different ones).
size_t evx_padded_size(size_t n);
// True for the sizes that the function above can give.
bool evx_padded_size_ok(size_t padded);

static inline size_t evx_chunks(size_t padded)
{
    return (padded + EVX_LIMIT_CHUNK_BYTES - 1) / EVX_LIMIT_CHUNK_BYTES;
}
static inline size_t evx_ciphertext_size(size_t padded)
{
    return padded + evx_chunks(padded) * EVX_TAG_BYTES;
}

void evx_record_write(uint8_t out[EVX_RECORD_BYTES], const struct evx_record *r);
// False if the two zero bytes are not zero.
bool evx_record_read(struct evx_record *out, const uint8_t in[EVX_RECORD_BYTES]);

// Root over the chunks of one ciphertext; n > 0.
void evx_ciphertext_root(struct evx_digest *out, struct evx_bytes ciphertext);
// The same of n <= EVX_LANES ciphertexts: faster when there are EVX_LANES of one length
// and of one chunk each.
void evx_ciphertext_roots(struct evx_digest *out, const struct evx_bytes *ciphertext, size_t n);
// evx_tree_leaf() of EVX_LANES data of one length.
void evx_tree_leaves(struct evx_digest out[EVX_LANES], const char *domain,
                     const uint8_t *const data[EVX_LANES], size_t bytes);

#endif
