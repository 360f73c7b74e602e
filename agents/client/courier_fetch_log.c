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

// What the log shows as adopted is handed over like any entry; with a fault when it is
// not the directory that is known here, or an older one.
static enum evx_status directory_entry(struct evx_courier *c, const Evx__V1__Entry *m,
                                       struct evx_bytes log_entry)
{
    struct evx_log_directory e;
    if (m->body || m->expired || *m->sender || evx_log_directory_parse(&e, log_entry))
        return EVX_E_STORE_DAMAGED;
    enum evx_status fault = evx_courier_adopt(c, m->index, &e);
    c->fetch.stalled = fault == EVX_E_DIRECTORY_UNKNOWN;
    if (c->fetch.stalled) return EVX_OK;
    if (fault && fault != EVX_E_DIRECTORY_SPLIT && fault != EVX_E_DIRECTORY_ROLLBACK) return fault;
    struct evx_digest leaf;
    evx_log_leaf(&leaf, log_entry);
    evx_frontier_append(&c->fetch.frontier, &leaf, NULL, NULL);
    struct evx_fetched f = {.index = m->index,
                            .received_ms = e.received_ms,
                            .log_entry = log_entry,
                            .sender = "",
                            .adopted = &e,
                            .fault = fault,
                            .frontier = c->fetch.frontier};
    return c->port.entry(c->port.user, &f);
}

enum evx_status evx_courier_log_entry(struct evx_courier *c, const Evx__V1__Entry *m, struct evx_bytes body)
{
    if (m->index != c->fetch.frontier.size) return EVX_E_PROTOCOL; // one left out, or one twice
    struct evx_bytes log_entry = evx_bytes(m->log_entry.data, m->log_entry.len);
    if (evx_log_entry_is_directory(log_entry)) return directory_entry(c, m, log_entry);
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
