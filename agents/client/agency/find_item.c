// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "agents/client/agency/front.h"

struct search {
    struct evx_agent *agent;
    uint8_t prefix[5];
    unsigned bits;
    struct evx_item_id found;
    unsigned matches;
};

static bool begins_with(const uint8_t *id, const uint8_t *prefix, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(id, prefix, whole) != 0) return false;
    return rest == 0 || ((id[whole] ^ prefix[whole]) >> (8 - rest)) == 0;
}

static enum evx_status visit_item(void *user, const struct evx_outbox_item *item)
{
    struct search *s = user;
    if (!begins_with(item->id.b, s->prefix, s->bits)) return EVX_OK;
    s->found = item->id;
    s->matches++;
    return EVX_OK;
}

static enum evx_status visit_row(void *user, const struct evx_outbox_row *row)
{
    struct search *s = user;
    return evx_agent_items(s->agent, &row->id, visit_item, s);
}

enum evx_status evx_front_find_item(struct evx_item_id *out, struct evx_agent *a, const char *text)
{
    if (strlen(text) == 2 * sizeof out->b && evx_unhex(out->b, sizeof out->b, text)) return EVX_OK;
    struct search search = {.agent = a};
    if (!evx_short_id_parse(search.prefix, &search.bits, text)) return EVX_E_NOT_FOUND;
    enum evx_status s = evx_agent_status(a, visit_row, &search);
    if (s) return s;
    *out = search.found;
    return search.matches == 1 ? EVX_OK : search.matches ? EVX_E_AMBIGUOUS : EVX_E_NOT_FOUND;
}
