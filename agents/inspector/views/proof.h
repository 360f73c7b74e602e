// SPDX-License-Identifier: Apache-2.0
//
// What the log says about the consignment an item came in: where it stands, when it
// was received, which key signed it. Checked again: the entry's id is recomputed.
#ifndef EVX_AGENTS_INSPECTOR_VIEWS_PROOF_H
#define EVX_AGENTS_INSPECTOR_VIEWS_PROOF_H

#include "agents/inspector/views/views.h"

struct evx_item_proof {
    uint64_t index, received_ms;
    uint32_t number; // of the item in its consignment
    struct evx_digest consignment;
    struct evx_fingerprint signer;
    char spoken[EVX_SPOKEN_TEXT];
    const char *organisation; // the directory's word on that key; "" when it is unknown
    uint64_t sequence;
    uint64_t sealed_ms; // sender's clock
};
EVX_MUST_CHECK enum evx_status evx_item_proof(struct evx_item_proof *out, struct evx_views *v,
                                              size_t position);

#endif
