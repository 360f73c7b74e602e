// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/store_parts.h"

#include <stdlib.h>
#include <string.h>

static void fill_row(struct evx_store_row *out, const struct evx_store_db_row *row, uint32_t number)
{
    struct evx_store_item item;
    evx_rows_unpack(&item, row->items, number);
    *out = (struct evx_store_row){.ref = {row->c.index, number},
                                  .item_id = item.record.item_id,
                                  .received_ms = row->c.received_ms,
                                  .kind = item.kind,
                                  .retention = item.record.retention,
                                  .code = item.code,
                                  .consignment = row->c.id};
    memcpy(out->sender, row->c.sender, sizeof out->sender);
}

struct walk {
    struct evx_store *store;
    evx_store_visit visit;
    void *user;
};

static enum evx_status walk_items(void *user, const struct evx_store_db_row *row)
{
    struct walk *w = user;
    enum evx_status s = evx_rows_check(w->store, row);
    for (uint32_t i = 0; !s && i < row->items.n / EVX_STORE_ITEM_BYTES; i++) {
        struct evx_store_row item;
        fill_row(&item, row, i);
        s = w->visit(w->user, &item);
    }
    return s;
}

enum evx_status evx_store_items(struct evx_store *s, uint64_t from_index, evx_store_visit visit, void *user)
{
    struct walk w = {s, visit, user};
    return evx_store_db_from(s->rows, from_index, walk_items, &w);
}

enum evx_status evx_store_items_at(struct evx_store *s, uint64_t index, evx_store_visit visit, void *user)
{
    struct walk w = {s, visit, user};
    return index > INT64_MAX ? EVX_E_NOT_FOUND : evx_store_db_at(s->rows, index, walk_items, &w);
}

struct one {
    struct evx_store *store;
    uint32_t number;
    struct evx_store_row *out;
};

static enum evx_status take_item(void *user, const struct evx_store_db_row *row)
{
    struct one *one = user;
    enum evx_status s = evx_rows_check(one->store, row);
    if (s) return s;
    if (one->number >= row->items.n / EVX_STORE_ITEM_BYTES) return EVX_E_NOT_FOUND;
    fill_row(one->out, row, one->number);
    return EVX_OK;
}

enum evx_status evx_store_row_at(struct evx_store *s, struct evx_store_ref ref, struct evx_store_row *row)
{
    *row = (struct evx_store_row){0};
    struct one one = {s, ref.number, row};
    return evx_store_db_at(s->rows, ref.index, take_item, &one);
}

struct sent {
    struct evx_store *store;
    struct evx_store_sent *out;
};

static enum evx_status take_sent(void *user, const struct evx_store_db_row *row)
{
    struct sent *sent = user;
    uint32_t rejected = row->c.addressed ? row->c.claimed - row->accepted : 0;
    *sent->out = (struct evx_store_sent){row->c.id, row->c.index, row->c.claimed, rejected};
    return evx_rows_check(sent->store, row);
}

enum evx_status evx_store_sent(struct evx_store *s, const struct evx_stream_id *stream, uint64_t sequence,
                               struct evx_store_sent *out)
{
    *out = (struct evx_store_sent){0};
    struct sent sent = {s, out};
    return evx_store_db_sent(s->rows, stream, sequence, take_sent, &sent);
}

// --- what is still to be acknowledged ---

struct owed {
    struct evx_store *store;
    evx_store_owed_visit visit;
    void *user;
    struct evx_store_item *item; // EVX_LIMIT_ITEMS of them
};

static enum evx_status walk_owed(void *user, const struct evx_store_db_row *row)
{
    struct owed *o = user;
    enum evx_status s = evx_rows_check(o->store, row);
    if (s) return s;
    size_t n = row->items.n / EVX_STORE_ITEM_BYTES;
    for (uint32_t i = 0; i < n; i++)
        evx_rows_unpack(&o->item[i], row->items, i);
    return o->visit(o->user, &row->c, o->item, n);
}

enum evx_status evx_store_owed(struct evx_store *s, evx_store_owed_visit visit, void *user)
{
    struct owed o = {s, visit, user, calloc(EVX_LIMIT_ITEMS, sizeof *o.item)};
    enum evx_status status = o.item ? evx_store_db_owed(s->rows, walk_owed, &o) : EVX_E_MEMORY;
    free(o.item);
    return status;
}

enum evx_status evx_store_owed_count(struct evx_store *s, uint64_t *n)
{
    return evx_store_db_owed_count(s->rows, n);
}

enum evx_status evx_store_mark_queued(struct evx_store *s, uint64_t last)
{
    return s->read_only ? EVX_E_BUG : evx_store_db_settle(s->rows, last);
}

enum evx_status evx_store_owe_again(struct evx_store *s, uint64_t first, uint64_t last, uint64_t *n)
{
    *n = 0;
    return s->read_only ? EVX_E_BUG : evx_store_db_owe(s->rows, first, last, n);
}

enum evx_status evx_store_count(struct evx_store *s, struct evx_store_totals *out)
{
    *out = (struct evx_store_totals){0};
    return evx_store_db_count(s->rows, out);
}

enum evx_status evx_store_senders(struct evx_store *s,
                                  enum evx_status (*visit)(void *user, const struct evx_store_sender *sender),
                                  void *user)
{
    return evx_store_db_senders(s->rows, visit, user);
}
