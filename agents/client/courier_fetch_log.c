// SPDX-License-Identifier: Apache-2.0
#include "agents/client/courier_state.h"

static enum evx_status hand_over(struct evx_courier *c, const Evx__V1__Entry *m, struct evx_bytes log_entry,
                                 struct evx_bytes body, const struct verified_entry *v)
{
    struct evx_fetched f = {.index = m->index,
                            .received_ms = v->received_ms,
                            .log_entry = log_entry,
                            .body = v->ours ? body : evx_bytes(NULL, 0), // an own one may come back whole
                            .sender = v->sender,
                            .key = v->key,
                            .consignment = v->ours && v->consignment.header ? &v->consignment : NULL,
                            .fault = v->fault,
                            .frontier = c->fetch.frontier};
    return c->port.entry(c->port.user, &f);
}

enum evx_status evx_courier_log_entry(struct evx_courier *c, const Evx__V1__Entry *m, struct evx_bytes body)
{
    if (m->index != c->fetch.frontier.size) return EVX_E_PROTOCOL; // one left out, or one twice
    struct evx_bytes log_entry = evx_bytes(m->log_entry.data, m->log_entry.len);
    struct verified_entry v;
    enum evx_status s = evx_courier_verify_entry(c, &v, m->index, log_entry, body, m->expired);
    if (!s) {
        struct evx_digest leaf;
        evx_log_leaf(&leaf, log_entry);
        evx_frontier_append(&c->fetch.frontier, &leaf, NULL, NULL);
        s = hand_over(c, m, log_entry, body, &v);
    }
    evx_consignment_close(&v.consignment);
    return s;
}
