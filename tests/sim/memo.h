// SPDX-License-Identifier: Apache-2.0
#ifndef EVX_TESTS_SIM_MEMO_H
#define EVX_TESTS_SIM_MEMO_H

#include "crypto/keys.h"

// Forgets what earlier runs asked.
void sim_memo_begin(void);
// The product's own answer, kept. domain NULL: the message itself was signed.
bool sim_memo_verify(const struct evx_sign_public *k, const char *domain, struct evx_bytes message,
                     const struct evx_signature *s);

#endif
