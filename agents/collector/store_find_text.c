// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/store.h"

#include <string.h>

#define SHORTEST_BITS 15 // three characters

struct search {
    uint8_t prefix[5];
    unsigned bits;
    struct evx_store_row *out;
    size_t found;
};

static bool begins_with(const uint8_t *id, const uint8_t prefix[5], unsigned bits)
{
    for (unsigned i = 0; i < bits; i++)
        if ((id[i / 8] ^ prefix[i / 8]) >> (7 - i % 8) & 1) return false;
    return true;
}

// Of an item that was refused and came again, the accepted one is meant.
static enum evx_status look(void *user, const struct evx_store_row *row)
{
    struct search *s = user;
    if (!begins_with(row->item_id.b, s->prefix, s->bits)) return EVX_OK;
    bool same = s->found && memcmp(s->out->item_id.b, row->item_id.b, sizeof row->item_id.b) == 0;
    if (!s->found || (same && s->out->code && !row->code)) *s->out = *row;
    s->found += !same;
    return EVX_OK;
}

enum evx_status evx_store_find_text(struct evx_store_row *out, struct evx_store *store, const char *text)
{
    struct evx_item_id id;
    struct search s = {.out = out};
    if (strlen(text) == 2 * sizeof id.b && evx_unhex(id.b, sizeof id.b, text))
        return evx_store_find(store, &id, out);
    if (!evx_short_id_parse(s.prefix, &s.bits, text) || s.bits < SHORTEST_BITS) return EVX_E_NOT_FOUND;
    enum evx_status status = evx_store_items(store, 0, look, &s);
    if (status) return status;
    return s.found == 1 ? EVX_OK : s.found ? EVX_E_AMBIGUOUS : EVX_E_NOT_FOUND;
}
