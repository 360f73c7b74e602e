// SPDX-License-Identifier: Apache-2.0
//
// One item's keys, padding and ciphertext. For the files of this folder and
// its tests only.
#ifndef EVX_CRYPTO_ITEM_CIPHER_H
#define EVX_CRYPTO_ITEM_CIPHER_H

#include "crypto/seal.h"

struct evx_item_secrets {
    uint8_t k_enc[32];
    struct evx_digest commitment;
};
// Wipe after use.
void evx_item_secrets_of(struct evx_item_secrets *out, const struct evx_item_key *ik);

// Pads content and writes its ciphertext, exactly evx_ciphertext_size(padded)
// bytes; `padded` is evx_padded_size(content.n).
void evx_item_encrypt(uint8_t *out, struct evx_bytes content, size_t padded, const uint8_t nonce[16],
                      uint32_t number, const uint8_t k_enc[32]);
// Appends the content without its padding to *plain. CIPHERTEXT, PADDING,
// MEMORY; *plain is as before unless EVX_OK.
EVX_MUST_CHECK enum evx_status evx_item_decrypt(struct evx_buf *plain, struct evx_bytes ciphertext,
                                                size_t padded, const uint8_t nonce[16], uint32_t number,
                                                const uint8_t k_enc[32]);

#endif
