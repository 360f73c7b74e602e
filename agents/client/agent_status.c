// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "agents/client/agent_state.h"

const char *evx_rung_name(enum evx_rung r)
{
    switch (r) {
    case EVX_RUNG_SPOOLED: return "spooled";
    case EVX_RUNG_ACCEPTED: return "accepted";
    case EVX_RUNG_ACKNOWLEDGED: return "acknowledged";
    case EVX_RUNG_REJECTED: return "rejected";
    case EVX_RUNG_WITHDRAWN: return "withdrawn";
    case EVX_RUNG_ERASED: return "erased";
    }
    return "?";
}

enum evx_status evx_agent_status(struct evx_agent *a, evx_outbox_visit visit, void *user)
{
    return evx_outbox_rows(a->outbox, visit, user);
}

enum evx_status evx_agent_receipt(struct evx_agent *a, const struct evx_digest *id,
                                  struct evx_receipt *receipt, struct evx_buf *log_entry)
{
    return evx_outbox_receipt(a->outbox, id, receipt, log_entry);
}

enum evx_status evx_agent_items(struct evx_agent *a, const struct evx_digest *id,
                                enum evx_status (*visit)(void *, const struct evx_outbox_item *), void *user)
{
    return evx_outbox_items(a->outbox, id, visit, user);
}

struct search {
    struct evx_digest full;
    bool is_full;
    uint8_t prefix[5];
    unsigned bits;
    struct evx_digest found;
    size_t n;
};

static bool begins_with(const uint8_t *id, const uint8_t *prefix, unsigned bits)
{
    for (unsigned i = 0; i < bits; i++)
        if ((id[i / 8] ^ prefix[i / 8]) & (0x80 >> i % 8)) return false;
    return true;
}

static enum evx_status look_at(void *user, const struct evx_outbox_row *row)
{
    struct search *s = user;
    bool hit = s->is_full ? memcmp(row->id.b, s->full.b, sizeof row->id.b) == 0
                          : begins_with(row->id.b, s->prefix, s->bits);
    if (hit) {
        s->found = row->id;
        s->n++;
    }
    return EVX_OK;
}

enum evx_status evx_agent_find(struct evx_agent *a, const char *id_text, struct evx_digest *id)
{
    struct search search = {0};
    *id = (struct evx_digest){0};
    search.is_full = evx_unhex(search.full.b, sizeof search.full.b, id_text);
    if (!search.is_full && !evx_short_id_parse(search.prefix, &search.bits, id_text)) return EVX_E_NOT_FOUND;
    enum evx_status s = evx_outbox_rows(a->outbox, look_at, &search);
    if (s) return s;
    if (search.n == 0) return EVX_E_NOT_FOUND;
    if (search.n > 1) return EVX_E_AMBIGUOUS;
    *id = search.found;
    return EVX_OK;
}
