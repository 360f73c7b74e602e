// SPDX-License-Identifier: Apache-2.0
//
// The inside of the secret halves; for the files of this folder only.
#ifndef EVX_CRYPTO_SECRET_H
#define EVX_CRYPTO_SECRET_H

#include "crypto/keys.h"

struct evx_sign_secret {
    uint8_t b[64]; // seed || public key, as the library wants it
};
struct evx_box_secret {
    uint8_t b[32];
};

// Zeroed locked memory, or NULL.
void *evx_secret_alloc(size_t n);
// Wipes and frees; p may be NULL.
void evx_secret_free(void *p);

#endif
