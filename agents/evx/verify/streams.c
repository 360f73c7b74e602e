// SPDX-License-Identifier: Apache-2.0
#include "agents/evx/verify/streams.h"

#include <stdlib.h>
#include <string.h>

void evx_streams_free(struct evx_streams *s)
{
    free(s->slot);
    memset(s, 0, sizeof *s);
}

// A collision-free name: nobody can make two streams share a slot's identity.
static void name_of(struct evx_digest *out, const char *org, const struct evx_stream_id *id)
{
    uint8_t input[EVX_ORG_ID_BYTES + sizeof id->b];
    size_t n = strlen(org) + 1;
    memcpy(input, org, n);
    memcpy(input + n, id->b, sizeof id->b);
    evx_sha256(out, evx_bytes(input, n + sizeof id->b));
}

// The slot of this name, or the free one where it belongs. There is always a free one.
static struct evx_stream *slot_of(const struct evx_streams *s, const struct evx_digest *name)
{
    size_t at = (size_t)evx_get_be64(name->b) & (s->slots - 1);
    while (s->slot[at].org[0] && memcmp(s->slot[at].name.b, name->b, sizeof name->b) != 0)
        at = (at + 1) & (s->slots - 1);
    return &s->slot[at];
}

static enum evx_status grow(struct evx_streams *s)
{
    if (s->used * 2 < s->slots) return EVX_OK;
    struct evx_streams more = {.slots = s->slots ? s->slots * 2 : 64, .used = s->used};
    more.slot = calloc(more.slots, sizeof *more.slot);
    if (!more.slot) return EVX_E_MEMORY;
    for (size_t i = 0; i < s->slots; i++)
        if (s->slot[i].org[0]) *slot_of(&more, &s->slot[i].name) = s->slot[i];
    free(s->slot);
    *s = more;
    return EVX_OK;
}

const struct evx_stream *evx_streams_find(const struct evx_streams *s, const char *org,
                                          const struct evx_stream_id *id)
{
    struct evx_digest name;
    if (!s->slots) return NULL;
    name_of(&name, org, id);
    const struct evx_stream *found = slot_of(s, &name);
    return found->org[0] ? found : NULL;
}

static void link_of(struct evx_chain_link *out, const struct evx_entry *e)
{
    memset(out, 0, sizeof *out);
    out->stream = e->stream;
    out->sequence = e->header->sequence;
    if (e->header->previous.len) memcpy(out->previous.b, e->header->previous.data, sizeof out->previous.b);
}

enum evx_status evx_streams_take(struct evx_streams *s, const struct evx_entry *e, const char *org,
                                 const struct evx_stream **out)
{
    struct evx_digest name;
    struct evx_chain_link link;
    enum evx_status status = grow(s);
    if (status) return status;
    name_of(&name, org, &e->stream);
    struct evx_stream *stream = slot_of(s, &name);
    if (!stream->org[0]) {
        stream->name = name;
        stream->id = e->stream;
        memcpy(stream->org, org, strlen(org) + 1);
        stream->replaces = e->header->flags & EVX__V1__HEADER_FLAG__FLAG_STREAM_RESET;
        s->used++;
    }
    link_of(&link, e);
    if (out) *out = stream;
    if (evx_chain_check(&stream->head, &link) != EVX_CHAIN_NEXT) return EVX_E_LOG_CHAIN;
    evx_chain_advance(&stream->head, &link, &e->id);
    stream->items += e->header->item_count;
    return EVX_OK;
}

void evx_stated_take(struct evx_stated *st, const struct evx_entry *e, const char *org, uint64_t index)
{
    struct evx_digest leaf;
    uint64_t sequence = e->header->sequence;
    if (memcmp(e->stream.b, st->stream.b, sizeof st->stream.b) != 0 || strcmp(org, st->org) != 0) return;
    if (index > st->index && st->final) st->later++;
    if (index >= st->index || sequence < st->first || sequence > st->last) return;
    evx_log_leaf(&leaf, evx_bytes(e->id.b, sizeof e->id.b));
    evx_frontier_append(&st->ids, &leaf, NULL, NULL);
    st->found_items += e->header->item_count;
}

enum evx_status evx_stated_judge(const struct evx_stated *st)
{
    struct evx_digest root;
    if (st->first == 0 || st->last + 1 < st->first) return EVX_E_STATEMENT_FALSE;
    evx_frontier_root(&root, &st->ids);
    bool all = st->ids.size == st->last - st->first + 1 && st->found_items == st->items;
    return all && memcmp(root.b, st->root.b, sizeof root.b) == 0 ? EVX_OK : EVX_E_STATEMENT_FALSE;
}
