// SPDX-License-Identifier: Apache-2.0
//
// What an agency learns of erasure: certificates from inspectorates, opened from the inbox.
#include <stdlib.h>
#include <string.h>

#include "agents/client/agent_state.h"
#include "agents/client/inbox.h"
#include "proto/base/clock.h"

struct taking {
    struct evx_agent *a;
    uint64_t now_ms, consignments;
};

static enum evx_status take_in_transaction(struct taking *t, const char *sender, const struct evx_item_id *id,
                                           size_t n)
{
    uint64_t moved = 0;
    enum evx_status s = evx_outbox_begin(t->a->outbox);
    if (s) return s;
    s = evx_outbox_erased(t->a->outbox, sender, id, n, t->now_ms, &moved);
    if (!s) s = evx_outbox_commit(t->a->outbox);
    if (s) evx_outbox_rollback(t->a->outbox);
    if (!s) t->consignments += moved;
    return s;
}

static enum evx_status take(void *user, const struct evx_inbox_row *row, const Evx__V1__Item *item)
{
    struct taking *t = user;
    const Evx__V1__ErasureCertificate *m = item->erasure;
    if (item->body_case != EVX__V1__ITEM__BODY_ERASURE) return EVX_OK;
    struct evx_item_id *id = calloc(m->n_item, sizeof *id);
    if (!id) return EVX_E_MEMORY;
    for (size_t i = 0; i < m->n_item; i++)
        memcpy(id[i].b, m->item[i].data, sizeof id[i].b); // 16 bytes: the item was unpacked strictly
    enum evx_status s = take_in_transaction(t, row->sender, id, m->n_item);
    free(id);
    return s;
}

enum evx_status evx_agent_take_certificates(struct evx_agent *a, uint64_t *consignments)
{
    struct taking t = {.a = a, .now_ms = evx_clock_wall_ms()};
    *consignments = 0;
    if (a->read_only) return EVX_E_NOT_ALLOWED;
    enum evx_status s = evx_agent_inbox(a, EVX__V1__ITEM__BODY_ERASURE, take, &t);
    *consignments = t.consignments;
    return s;
}
