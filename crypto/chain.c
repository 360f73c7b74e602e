// SPDX-License-Identifier: Apache-2.0
#include "crypto/chain.h"

#include <string.h>

enum evx_chain_verdict evx_chain_check(const struct evx_chain_head *head, const struct evx_chain_link *link)
{
    if (head->frozen) return EVX_CHAIN_FROZEN;
    if (link->sequence <= head->sequence) return EVX_CHAIN_OLD;
    if (link->sequence - head->sequence > 1) return EVX_CHAIN_GAP;
    static const struct evx_digest none;
    const struct evx_digest *expected = head->sequence ? &head->last : &none;
    bool follows = memcmp(link->previous.b, expected->b, sizeof expected->b) == 0;
    return follows ? EVX_CHAIN_NEXT : EVX_CHAIN_FORK;
}

void evx_chain_advance(struct evx_chain_head *head, const struct evx_chain_link *link,
                       const struct evx_digest *id)
{
    head->sequence = link->sequence;
    head->last = *id;
}
